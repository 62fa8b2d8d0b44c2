"""A Sigma YAML file with one value changed in its text."""

from __future__ import annotations

from typing import Any

import yaml

from converter.diagnostics import DocumentError
from converter.documents.document import Document, show_pointer
from converter.documents.positions import Pointer, Spot


def splice(document: Document, path: Pointer, value: Any, spot: Spot | None) -> str:
    """The text with `value` at `path`; `spot` is the old value's place, None if there is none. None removes."""
    text = document.source.text
    if spot is None:
        return _added(document, path, value)
    end = _end(document, path)
    if value is None:
        return _removed(text, spot, end, path)
    indent = _column(text, spot.key.start) if spot.key else _column(text, spot.value.start) - 2
    old = text[spot.value.start : spot.value.end]
    if spot.key and old[:1] not in ("'", '"') and _is_block(value):
        start = text.index(":", spot.key.end) + 1
        return text[:start] + _block(value, indent) + text[end:]
    start = spot.value.start
    if spot.key and "\n" in text[spot.key.end : start]:  # a block of its own becomes one line
        start = text.index(":", spot.key.end) + 1
        return text[:start] + " " + _flow(value, old, indent) + text[end:]
    return text[:start] + _flow(value, old, indent) + text[end:]


def _column(text: str, at: int) -> int:
    return at - (text.rfind("\n", 0, at) + 1)


def _end(document: Document, path: Pointer) -> int:
    """Where the value's own text ends: YAML's marks run on over blank lines and comments."""
    text = document.source.text
    leaves = [
        spot.value
        for inner, spot in document.spots.items()
        if inner[: len(path)] == path and not any(o[: len(inner)] == inner and o != inner for o in document.spots)
    ]
    own = document.spots[path].value
    if text[own.start : own.start + 1] in ("[", "{", "'", '"') or own in leaves:
        stop = own.end
    else:
        stop = max((leaf.end for leaf in leaves), default=own.end)
    return len(text[:stop].rstrip())


def _is_block(value: Any) -> bool:
    return bool(value) and (isinstance(value, (dict, list)) or (isinstance(value, str) and "\n" in value))


def _block(value: Any, indent: int) -> str:
    """A list, a mapping or a text of several lines, below its key."""
    if isinstance(value, str):
        return " " + _literal(value, indent)
    written = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=False)
    pad = " " * (indent + 4)
    return "\n" + "\n".join(pad + line if line else line for line in written.rstrip("\n").split("\n"))


def _literal(text: str, indent: int) -> str:
    pad = " " * (indent + 4)
    ends = len(text) - len(text.rstrip("\n"))
    if text[:1] in (" ", "\n", "\t") or ends > 1 or any(not c.isprintable() and c != "\n" for c in text):
        return _double(text)
    return (
        ("|" if ends else "|-") + "\n" + "\n".join(pad + line if line else "" for line in text.rstrip("\n").split("\n"))
    )


def _double(text: str) -> str:
    return str(yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10_000)).rstrip("\n")


def _flow(value: Any, old: str, indent: int) -> str:
    """On one line, in the old value's quotes if it had any."""
    if isinstance(value, str):
        style = old[:1] if old[:1] in ("'", '"') else None
        written = yaml.safe_dump(value, default_style=style, allow_unicode=True, width=10_000)
    else:
        written = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False)
    return str(written).removesuffix("...\n").rstrip("\n")


def _removed(text: str, spot: Spot, end: int, path: Pointer) -> str:
    if spot.key is None:
        start = text.rfind("-", 0, spot.value.start)
    else:
        start = spot.key.start
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end) + 1 or len(text)
    if text[begin:start].strip() or text[end:stop].split("#")[0].strip():
        raise DocumentError(f"`{show_pointer(path)}` does not stand on lines of its own")
    return text[:begin] + text[stop:]


def _added(document: Document, path: Pointer, value: Any) -> str:
    """As the last key of its mapping, or the last item of its list."""
    text = document.source.text
    *parent, name = path
    siblings = [
        (inner, spot)
        for inner, spot in document.spots.items()
        if len(inner) == len(path) and list(inner[:-1]) == parent
    ]
    if not siblings:
        raise DocumentError(f"`{show_pointer(path)}` has no neighbour in the file to stand beside")
    inner, spot = siblings[-1]
    at = len(text[: _end(document, inner)])
    stop = text.find("\n", at)
    stop = len(text) if stop < 0 else stop
    if isinstance(name, str):
        indent = _column(text, (spot.key or spot.value).start)
        shown = _flow(name, "", 0) + ":"
        line = " " * indent + shown + (_block(value, indent) if _is_block(value) else " " + _flow(value, "", indent))
    else:
        dash = text.rfind("-", 0, spot.value.start)
        line = " " * _column(text, dash) + "- " + _flow(value, text[spot.value.start :][:1], 0)
    return text[:stop] + "\n" + line + text[stop:]


def by_library(document: Document, path: Pointer, value: Any) -> str:
    """The same through ruamel.yaml, which keeps comments and quotes but may change indentation."""
    import io

    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    reader = YAML()
    reader.preserve_quotes = True
    reader.width = 10_000
    index = document.siblings.index(document) if document.siblings else 0
    try:
        parts = list(reader.load_all(document.source.text))
        target: Any = parts[index]
        for part in path[:-1]:
            target = target[part]
        if value is None:
            del target[path[-1]]
        elif isinstance(target, list) and path[-1] == len(target):
            target.append(value)
        else:
            target[path[-1]] = value
        out = io.StringIO()
        reader.dump_all(parts, out)
    except (YAMLError, KeyError, IndexError, TypeError, ValueError) as error:
        raise DocumentError(f"`{show_pointer(path)}` cannot be changed in place: {str(error).lower()}") from None
    return out.getvalue()
