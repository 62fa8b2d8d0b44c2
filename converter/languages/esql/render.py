"""A condition on one event as an ES|QL query.

ES|QL's own operators are null on several values and on a missing field. So a condition goes into `QSTR`, which takes
any value and is two-valued under NOT; the plain operators stand where the tree asks for exactly one value, or where the
user's schema declares the field to hold one, always.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from converter.diagnostics import Diagnostic, UnsupportedError
from converter.fields import Fields
from converter.languages.esql.text import index_text, name_text, quoted
from converter.matching.saying import address_text, network_text
from converter.tree import (
    ANY,
    And,
    Category,
    Cidr,
    Const,
    Exists,
    Field,
    Glob,
    Node,
    Not,
    Or,
    Range,
    Single,
    Term,
    Wild,
    atoms,
    literal,
    text_of,
    transform,
)

LIMITS: dict[str, str] = {
    "scripts": "functions of several fields have no form that is exact on several values",
    "nested objects": "ES|QL reads no nested fields",
    "exactly one value": "only beside a test of the same field, which its own operators then are",
    "what Lucene's query strings cannot say": "conditions are written into QSTR, to be exact on several values",
}

_WIDTH = 110


def render_node(tree: Node, fields: Fields, options: Mapping[str, Any]) -> str:
    """`FROM … | WHERE …`; `index`: patterns of the source (a list); `category_field`: EQL's event category. Raises
    `UnsupportedError` with every node that has no form."""
    index: Sequence[str] = options.get("index") or ("*",)
    writer = _Writer(fields)
    category = fields.field(options.get("category_field") or "event.category")
    body = writer.conjuncts(_plain(tree, category))
    if writer.refused:
        raise UnsupportedError.of(list(dict.fromkeys(writer.refused)))
    return f"FROM {', '.join(index_text(name) for name in index)} METADATA _id, _index, _version\n| WHERE {body}"


def _plain(tree: Node, category: Field) -> Node:
    return transform(tree, lambda n: Glob(category, literal(n.value), span=n.span) if isinstance(n, Category) else n)


class _Writer:
    """Writes what it can and collects the rest in `refused`."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.refused: list[Diagnostic] = []

    def conjuncts(self, tree: Node) -> str:
        """The top of the condition: a line for each part of a conjunction."""
        if isinstance(tree, And):
            return " AND\n  ".join(self._parts(tree.items))
        text = self.expression(tree)
        return text[1:-1] if isinstance(tree, Or) and text.startswith("(") else text

    def _parts(self, items: Sequence[Node]) -> list[str]:
        """Parts of a conjunction; a test of a field and `Single` of it are one plain operator."""
        alone = {item.field for item in items if isinstance(item, Single)}
        tested = {own for item in items if not isinstance(item, Single) and (own := _own(item)) in alone}
        out = []
        for item in items:
            if isinstance(item, Single) and item.field in tested:
                continue
            own = _own(item)
            text = self._operator(item) if own is not None and own in alone else None
            out.append(text if text is not None else self.expression(item))
        return out

    def expression(self, node: Node) -> str:
        match node:
            case Const(value=value):
                return "TRUE" if value else "FALSE"
            case Exists(field=field) if field.known and field.sort not in ("object", "nested", "any"):
                return f"{name_text(field.name)} IS NOT NULL"
            case Not(item=Exists(field=field)) if field.known and field.sort not in ("object", "nested", "any"):
                return f"{name_text(field.name)} IS NULL"
        if _declared(node):
            text = self._operator(node)
            if text is not None:
                return text
        text = self._searched(node)
        if text is not None:
            return text
        match node:
            case Not(item=item):
                inner = self.expression(item)
                return f"NOT {_bracketed(inner) if isinstance(item, And) else inner}"
            case And(items=items):
                return " AND ".join(self._parts(items))
            case Or(items=items):
                parts = (
                    _bracketed(t) if isinstance(item, And) else t for item in items for t in [self.expression(item)]
                )
                return _bracketed(" OR ".join(parts))
        return "FALSE"

    def _searched(self, node: Node) -> str | None:
        """The part as a query string, if Lucene's syntax can say it; a negation stands outside."""
        if isinstance(node, Not):
            inner = self._searched(node.item)
            return None if inner is None else f"NOT {inner}"
        if isinstance(node, And | Or) and any(isinstance(item, Single) or _declared(item) for item in atoms(node)):
            return None
        from converter.languages import get

        try:
            text = get("lucene").render(node, self.fields, {})
        except UnsupportedError as error:
            if not isinstance(node, And | Or):
                self.refused += [
                    replace(d, message=d.message if "ES|QL" in d.message else f"ES|QL cannot say {d.message}")
                    for d in error.diagnostics
                ]
                return "FALSE"
            return None
        return f"QSTR({quoted(self._one_line(text))})"

    def _one_line(self, text: str) -> str:
        """Without the line breaks of the layout; those of a value or an expression stay."""
        from converter.languages import parse

        joined = re.sub(r"\b(AND|OR)\n\s*", r"\1 ", text)
        joined = re.sub(r"\n\s*\)", ")", re.sub(r"\(\n\s*", "(", joined))
        if joined == text or parse("lucene", joined, self.fields).tree != parse("lucene", text, self.fields).tree:
            return text
        return joined

    def _operator(self, node: Node) -> str | None:
        """One of ES|QL's own operators: null on several values and on none."""
        match node:
            case Not(item=item):
                inner = self._operator(item)
                return None if inner is None else f"NOT {inner}"
            case Or(items=items):
                return self._any_of(items)
            case Glob(field=field, tokens=tokens, fold="none") if field.sort == "string":
                name, text = name_text(field.name), text_of(tokens)
                if text is not None:
                    return f"{name} == {quoted(text)}"
                return None if tokens == (ANY,) else f"{name} LIKE {quoted(_like(tokens))}"
            case Term(field=field, value=value):
                name = name_text(field.name)
                if isinstance(value, bool):
                    return f"{name} == {str(value).lower()}"
                if field.sort == "ip":
                    return f"{name} == {quoted(address_text(int(value)))}"
                return f"{name} == {value}" if field.is_number else None
            case Range(field=field, low=low, high=high) if field.is_number:
                return _between(name_text(field.name), node, low, high)
            case Cidr(field=field, network=network) if field.sort == "ip" and network_text(network):
                return f"CIDR_MATCH({name_text(field.name)}, {quoted(str(network_text(network)))})"
        return None

    def _any_of(self, items: Sequence[Node]) -> str | None:
        """Alternatives of one field: a list of texts, or operators one after another."""
        texts = [text_of(i.tokens) if isinstance(i, Glob) and i.fold == "none" else None for i in items]
        field = _own(items[0])
        if field is not None and field.sort == "string" and all(text is not None for text in texts):
            return f"{name_text(field.name)} IN ({', '.join(quoted(str(text)) for text in texts)})"
        parts = [self._operator(item) for item in items]
        return None if None in parts else _bracketed(" OR ".join(str(part) for part in parts))


def _own(node: Node) -> Field | None:
    """The one field that a test, a negated one or a list of alternatives looks at."""
    inner = node.item if isinstance(node, Not) else node
    if isinstance(inner, Or):
        found = {_own(item) for item in inner.items}
        return found.pop() if len(found) == 1 else None
    field = getattr(inner, "field", None)
    return field if isinstance(field, Field) else None


def _declared(node: Node) -> bool:
    field = _own(node)
    return field is not None and field.single and field.present


def _like(tokens: tuple[str | Wild, ...]) -> str:
    return "".join(
        token.value if isinstance(token, Wild) else "".join(f"\\{c}" if c in "\\*?" else c for c in token)
        for token in tokens
    )


def _between(name: str, node: Range, low: Any, high: Any) -> str | None:
    parts = []
    if low is not None:
        parts.append(f"{name} {'>' if node.low_open else '>='} {low}")
    if high is not None:
        parts.append(f"{name} {'<' if node.high_open else '<='} {high}")
    return _bracketed(" AND ".join(parts)) if len(parts) > 1 else (parts[0] if parts else None)


def _bracketed(text: str) -> str:
    return f"({text})"


__all__ = ["LIMITS", "render_node"]
