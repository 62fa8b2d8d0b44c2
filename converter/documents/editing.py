"""One key of a rule file changed, and every other character left as it stands.

The new value is spliced into the file's text at the place of the old one, and what comes out is read again: an edit
either gives the document that was asked for, or raises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from converter.diagnostics import ConverterError, DocumentError, UsageError
from converter.documents.document import Document, parse_pointer, show_pointer
from converter.documents.loading import loads
from converter.documents.positions import Pointer


def edit(document: Document, pointer: Sequence[str | int] | str, value: Any) -> str:
    """The file's text with the value at `pointer` (as in `Document.locate`) replaced, added, or with None removed.

    Comments, layout, line ends and the file's other rules stay. Raises `UsageError` (no such place) or
    `DocumentError` (the file's form has no room for the value).
    """
    path = parse_pointer(pointer)
    if not path or document.place is None:
        raise UsageError("an edit needs the name of a key")
    wanted = _changed(document.data, path, value)
    refused: DocumentError | None = None
    for attempt in _attempts(document, path, value):
        try:
            text = attempt()
            _check(document, text, wanted, path)
            break
        except DocumentError as error:
            refused = refused or error
    else:
        assert refused is not None
        raise refused
    if document.raw is not None and "\r\n" in document.raw:
        text = text.replace("\n", "\r\n")
    return text


def _changed(data: dict[str, Any], path: Pointer, value: Any) -> dict[str, Any]:
    changed = deepcopy(data)
    target: Any = changed
    try:
        for part in path[:-1]:
            target = target[part]
        if value is None:
            del target[path[-1]]
        elif isinstance(target, list) and path[-1] == len(target):
            target.append(value)
        else:
            target[path[-1]] = value
    except (KeyError, IndexError, TypeError):
        raise UsageError(f"the document has no place `{show_pointer(path)}`") from None
    return changed


def _attempts(document: Document, path: Pointer, value: Any) -> list[Callable[[], str]]:
    """Ways to change the text, the gentlest first."""
    found = document.spot(path)
    spot = found[1] if found and found[0] else None
    match document.format:
        case "toml":
            from converter.documents import splice_toml

            return [
                lambda: splice_toml.splice(document, path, value, spot),
                lambda: splice_toml.by_library(document, path, value),
            ]
        case "json" | "ndjson":
            from converter.documents import splice_json

            return [lambda: splice_json.splice(document, path, value, spot)]
        case "sigma":
            from converter.documents import splice_yaml

            return [
                lambda: splice_yaml.splice(document, path, value, spot),
                lambda: splice_yaml.by_library(document, path, value),
            ]
    raise DocumentError("a documentation page cannot be edited by key", help="write the rule as TOML first")


def _check(document: Document, text: str, wanted: dict[str, Any], path: Pointer) -> None:
    try:
        again = loads(text, document.format)
    except ConverterError as error:
        raise DocumentError(
            f"`{show_pointer(path)}` cannot be changed in place", help=error.diagnostics[0].message
        ) from None
    index = document.siblings.index(document) if document.siblings else 0
    if index >= len(again) or again[index].data != wanted or again[index].metadata != document.metadata:
        raise DocumentError(f"`{show_pointer(path)}` cannot be changed in place without changing its neighbours")
    for old, new in zip(document.siblings, again, strict=False):
        if old is not document and old.data != new.data:
            raise DocumentError(f"`{show_pointer(path)}` cannot be changed in place without changing another rule")
