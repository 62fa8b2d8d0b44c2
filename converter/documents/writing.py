"""Documents as text, in any format."""

from __future__ import annotations

from collections.abc import Sequence

from converter.diagnostics import DocumentError, UsageError
from converter.documents.document import Document


def dump(document: Document | Sequence[Document], format: str = "toml") -> str:
    """The text of a document, or of several (JSON and NDJSON only), in `toml`, `ndjson`, `json` or `docs`.

    TOML, NDJSON and JSON hold everything, so that reading the text gives back `data`, `metadata` and the attachments
    in use; a documentation page holds what its layout has a place for. Raises `UsageError` or `DocumentError`.
    """
    documents = [document] if isinstance(document, Document) else list(document)
    if not documents:
        raise UsageError("there is no document to write")
    match format:
        case "ndjson":
            from converter.documents.json_write import write_ndjson

            return write_ndjson(documents)
        case "json":
            from converter.documents.json_write import write_json

            return write_json(documents)
        case "toml":
            from converter.documents.toml_write import write_toml as write
        case "docs":
            from converter.documents.docs_write import write_docs as write
        case _:
            raise UsageError(f"there is no format `{format}`", help="known formats: toml, ndjson, json, docs")
    if len(documents) > 1:
        raise DocumentError(f"a {format} file holds one rule, not {len(documents)}", help="write ndjson or json")
    return write(documents[0])
