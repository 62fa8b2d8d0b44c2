"""A predicate tree as a Sigma rule in YAML, in the order and style of SigmaHQ."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from converter.diagnostics import Span, UnsupportedError
from converter.fields import Fields
from converter.languages.sigma.items import Item
from converter.languages.sigma.layout import lay_out
from converter.languages.sigma.sayable import sayable
from converter.languages.sigma.yaml_writer import Folded, Remarked, document
from converter.query import Tree
from converter.tree import Const, Node, Regex, transform

#: The order of a rule's keys; others follow as they come.
KEYS = (
    "title", "id", "name", "related", "taxonomy", "status", "description", "license", "references", "author", "date",
    "modified", "tags", "logsource", "detection", "correlation", "fields", "falsepositives", "level", "scope",
)  # fmt: skip
#: Longer words of a source are not repeated.
_MAX_REMARK = 100
_ID_SPACE = uuid.UUID("5f0f6e0a-0d1c-5a65-9f0b-6f2f0c9c8a55")


def render(tree: Tree, fields: Fields, options: Mapping[str, Any]) -> str:
    """The rule's text. Options: `metadata`, the top-level keys and values around the detection (placeholders stand for
    a missing title, id and log source); `category_field`, the name behind an EQL category; `source`, the text that the
    tree's spans count in: a test that had to be written as an expression shows what it was, as a comment;
    `origins`, the field that such a test was of, by its span, where it was another one; `inexact="broader"`: words of
    analysed text may become parts of the whole value.

    Raises `UnsupportedError` that lists every node that Sigma cannot say.
    """
    if not isinstance(tree, Node):
        raise UnsupportedError(f"a query of the kind `{type(tree).__name__}` is no single Sigma rule")
    category = fields.field(options.get("category_field") or "event.category")
    said = sayable(tree, category, options.get("inexact") == "broader")
    if options.get("source"):
        origins = options.get("origins") or {}
        said = transform(said, lambda node: _remarked(node, options["source"], origins))
    detection = detection_of(said, category.name)
    return document(with_metadata(detection, options.get("metadata") or {}))


def _remarked(node: Node, source: str, origins: Mapping[Span, str]) -> Node:
    """An expression with the words of the source that it stands for, unless it is those words."""
    if not isinstance(node, Regex) or node.span is None:
        return node
    words = " ".join(source[node.span.start : node.span.end].split())
    if not words or len(words) > _MAX_REMARK or node.pattern.removeprefix("^").removesuffix("$") in words:
        return node
    about = origins.get(node.span, "")
    return replace(node, pattern=Remarked(node.pattern, words, "" if about in words else about))


def detection_of(tree: Node, known_field: str) -> dict[str, Any]:
    """The `detection` section of a sayable tree; `known_field` serves where the tree is a constant."""
    if isinstance(tree, Const):
        body = {Item(known_field, ("exists",), (True,)).key: True}
        return {"selection": body, "condition": f"selection {'or' if tree.value else 'and'} not selection"}
    selections, condition = lay_out(tree)
    return {**selections, "condition": Folded(condition)}


def with_metadata(detection: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The whole rule, keys in SigmaHQ's order."""
    held = {key: value for key, value in metadata.items() if value is not None and value != []}
    held["detection"] = detection
    held.setdefault("title", "Untitled Rule")
    held.setdefault("id", str(uuid.uuid5(_ID_SPACE, document({"title": held["title"], "detection": detection}))))
    if not held.get("logsource"):
        held["logsource"] = {"service": "unspecified"}
    return ordered(held)


def ordered(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a rule in SigmaHQ's order, those of no place in it behind them."""
    known = {key: rule[key] for key in KEYS if key in rule}
    return known | {key: value for key, value in rule.items() if key not in known}
