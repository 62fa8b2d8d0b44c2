"""Rule files in one layout: nothing of their meaning changes, and that is proven before anything is written."""

from converter.formatting.files import Formatted, format_file, format_text

__all__ = ["Formatted", "format_file", "format_text"]
