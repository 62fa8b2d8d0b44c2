"""Short ways to write rules and ask them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

import converter
from converter.tree import Node


def rule(detection: Mapping[str, Any] | str, **head: Any) -> str:
    """A whole rule of a detection section; a string is indented below `detection:` as it stands."""
    top = {"title": "Case", "logsource": {"product": "test"}, **head}
    text = yaml.safe_dump(top, sort_keys=False, allow_unicode=True)
    if isinstance(detection, str):
        return text + "detection:\n" + "".join(f"    {line}\n" for line in detection.strip("\n").split("\n"))
    return text + yaml.safe_dump({"detection": dict(detection)}, sort_keys=False, allow_unicode=True)


def tree(selection: Any, condition: str = "sel", fields: Any = None) -> Node:
    query = converter.parse("sigma", rule({"sel": selection, "condition": condition}), fields)
    assert isinstance(query.tree, Node)
    return query.tree


def holds(selection: Any, event: Mapping[str, Any], condition: str = "sel", fields: Any = None) -> bool:
    text = rule({"sel": selection, "condition": condition})
    return converter.matches(converter.parse("sigma", text, fields), event)
