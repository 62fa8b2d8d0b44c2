"""JSON laid out to be read: two spaces a level, what fits on a line stays on one."""

from __future__ import annotations

import json
from typing import Any

WIDTH = 100


def layout(value: Any, indent: int = 0) -> str:
    """The JSON text of a query. Queries that hold queries are always broken, leaves only where they are too long."""
    flat = json.dumps(value, ensure_ascii=False)
    if _is_leaf(value) and indent + len(flat) <= WIDTH:
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, dict) and value:
        rows = [
            f"{pad}{json.dumps(key, ensure_ascii=False)}: {layout(item, indent + 2)}" for key, item in value.items()
        ]
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    if isinstance(value, list) and value:
        if all(not isinstance(item, dict | list) for item in value):
            return "[\n" + _filled(value, pad) + "\n" + " " * indent + "]"
        return "[\n" + ",\n".join(pad + layout(item, indent + 2) for item in value) + "\n" + " " * indent + "]"
    return flat


def _is_leaf(value: Any) -> bool:
    """Whether it holds no query that holds queries."""
    if isinstance(value, dict):
        return not value.keys() & {"bool", "nested"} and all(_is_leaf(item) for item in value.values())
    return not isinstance(value, list) or all(not isinstance(item, dict) for item in value)


def _filled(values: list[Any], pad: str) -> str:
    """Plain values, as many as fit on a line."""
    lines = [pad]
    for i, value in enumerate(values):
        shown = json.dumps(value, ensure_ascii=False) + ("," if i + 1 < len(values) else "")
        if lines[-1] == pad:
            lines[-1] += shown
        elif len(lines[-1]) + 1 + len(shown) <= WIDTH:
            lines[-1] += " " + shown
        else:
            lines.append(pad + shown)
    return "\n".join(lines)
