"""The exported folder: every form that is proven and replayed, whole or not at all."""

from converter.export.export import Exported, Form, export_document, write

__all__ = ["Exported", "Form", "export_document", "write"]
