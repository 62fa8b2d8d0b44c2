"""Index settings that change what a field's values are: normalizers, the default analyser, `ignore_above`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Settings:
    """`normalizers`: name → True (lower case), False (none); None for one that is not modelled."""

    normalizers: Mapping[str, bool | None] = field(default_factory=dict)
    ignore_above: int | None = None

    def normalizer(self, name: Any) -> bool | None:
        if name in ("lowercase",) and name not in self.normalizers:
            return True
        return self.normalizers.get(name) if isinstance(name, str) else None


def read_settings(settings: Any) -> tuple[Settings, list[tuple[str, str | None]]]:
    """The settings, and problems as (message, help); keys may be dotted and `index` may stand before them."""
    if not isinstance(settings, Mapping):
        return Settings(), [(f"`settings` holds no names but `{settings!r}`", None)]
    tree = _nested(settings)
    index = tree.pop("index", {})
    tree = _merge(tree, index if isinstance(index, Mapping) else {})
    problems: list[tuple[str, str | None]] = []
    analysis = _mapping(tree.get("analysis"))
    filters = _mapping(analysis.get("filter"))
    normalizers = {
        str(name): _lowers(_mapping(entry), filters) for name, entry in _mapping(analysis.get("normalizer")).items()
    }
    for name, entry in _mapping(analysis.get("analyzer")).items():
        if name in ("default", "default_search") and dict(_mapping(entry)) != {"type": "standard"}:
            problems.append((f"analyser `{name}` of the settings is not modelled", "text is read by `standard`"))
    bound = _mapping(tree.get("mapping")).get("ignore_above")
    number = int(bound) if isinstance(bound, int) or (isinstance(bound, str) and bound.isdecimal()) else None
    return Settings(normalizers, number), problems


def _lowers(normalizer: Mapping[str, Any], filters: Mapping[str, Any]) -> bool | None:
    """What a normalizer does to a value: True lower case, False nothing, None something else."""
    if normalizer.get("type", "custom") == "lowercase":
        return True
    names = normalizer.get("filter", [])
    names = [names] if isinstance(names, str) else names
    if normalizer.get("type", "custom") != "custom" or normalizer.get("char_filter") or not isinstance(names, list):
        return None
    kinds = [_mapping(filters.get(name)) or {"type": name} for name in names]
    if all(dict(kind) == {"type": "lowercase"} for kind in kinds):
        return bool(kinds)
    return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _nested(settings: Mapping[Any, Any]) -> dict[str, Any]:
    """Dotted keys as nested objects."""
    out: dict[str, Any] = {}
    for key, value in settings.items():
        inner: Any = _nested(value) if isinstance(value, Mapping) else value
        for part in reversed(str(key).split(".")):
            inner = {part: inner}
        out = _merge(out, inner)
    return out


def _merge(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(a)
    for key, value in b.items():
        held = out.get(key)
        out[key] = _merge(held, value) if isinstance(held, Mapping) and isinstance(value, Mapping) else value
    return out
