"""The exported folder: every form that is proven and replayed, whole or not at all."""

from converter.export.export import Exported, Form, Stale, export_document, stale, write

__all__ = ["Exported", "Form", "Stale", "export_document", "stale", "write"]
