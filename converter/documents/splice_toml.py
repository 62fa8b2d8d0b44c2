"""A TOML file with one value changed in its text; tables go through tomlkit, which keeps the rest as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.diagnostics import DocumentError
from converter.documents.document import Document, show_pointer
from converter.documents.positions import Pointer, Spot
from converter.documents.toml_write import literal, multiline, toml_key, toml_value


def splice(document: Document, path: Pointer, value: Any, spot: Spot | None) -> str:
    """The text with `value` at `path`; `spot` is the old value's place, None if there is none. None removes."""
    text = document.source.text
    assert document.place is not None
    route = document.place.route(path)
    simple = spot is not None and spot.key is not None and spot.value != spot.key
    if simple and value is not None and not _has_tables(value):
        assert spot is not None
        return text[: spot.value.start] + _rendered(text, spot, value, str(path[-1])) + text[spot.value.end :]
    if simple and value is None:
        assert spot is not None and spot.key is not None
        start, stop = text.rfind("\n", 0, spot.key.start) + 1, text.find("\n", spot.value.end)
        if not text[start : spot.key.start].strip() and not text[spot.value.end : stop].strip(" \t"):
            return text[:start] + text[stop + 1 :]
    if spot is None and not _has_tables(value):
        added = _added(document, route, value)
        if added is not None:
            return added
    return by_library(document, path, value)


def _has_tables(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and any(isinstance(v, (Mapping, list)) for v in value)
    )


def _rendered(text: str, spot: Spot, value: Any, key: str) -> str:
    """In the quotes of the old value, if they can hold the new one."""
    if isinstance(value, str):
        if text.startswith("'''", spot.value.start) and (kept := literal(value)) is not None:
            return kept
        if text.startswith('"""', spot.value.start):
            return multiline(value, "\n" if text.startswith('"""\n', spot.value.start) else "")
    return toml_value(value, key)


def _added(document: Document, route: Pointer, value: Any) -> str | None:
    """A new key in its table: after the last key that the alphabet puts before it."""
    *table, name = route
    text = document.source.text
    neighbours = [
        (str(path[-1]), spot.key, spot.value)
        for path, spot in document.spots.items()
        if len(path) == len(route) and list(path[:-1]) == table and spot.key and spot.key != spot.value
    ]
    if not neighbours or not isinstance(name, str):
        return None
    before = [place.end for key, _, place in neighbours if key < name]
    line = f"{toml_key(name)} = {toml_value(value, name)}\n"
    if before:
        at = text.find("\n", max(before)) + 1 or len(text)
    else:
        at = text.rfind("\n", 0, min(place.start for _, place, _ in neighbours)) + 1
    return text[:at] + ("" if text[:at].endswith("\n") or not at else "\n") + line + text[at:]


def by_library(document: Document, path: Pointer, value: Any) -> str:
    """The same through tomlkit, for whole tables and keys within inline tables."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    assert document.place is not None
    route = document.place.route(path)
    try:
        whole = tomlkit.parse(document.source.text)
        target: Any = whole
        for part in route[:-1]:
            target = target[part]
        if value is None:
            del target[route[-1]]
        elif isinstance(target, list) and route[-1] == len(target):
            target.append(value)
        else:
            target[route[-1]] = value
        return tomlkit.dumps(whole)
    except (TOMLKitError, KeyError, IndexError, TypeError, ValueError) as error:
        raise DocumentError(f"`{show_pointer(path)}` cannot be changed in place: {str(error).lower()}") from None
