"""A condition on one event as an ES|QL query.

ES|QL's own operators are null on several values and on a missing field. So a condition goes into `QSTR`, which takes
any value and is two-valued under NOT; the plain operators stand where the tree asks for exactly one value (`Single`),
or where the user's schema declares the field to hold one, always. A negation is pushed inward until it stands before
something that is never null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from converter.diagnostics import Diagnostic, UnsupportedError
from converter.fields import Fields
from converter.languages.esql.operators import operator, two_fields
from converter.languages.esql.text import pipeline_text
from converter.matching.pipeline.rewriting import conjuncts, nullified
from converter.tree import (
    And,
    Category,
    Const,
    Exists,
    Field,
    Glob,
    Node,
    Not,
    Or,
    Script,
    Single,
    atoms,
    conj,
    disj,
    literal,
    transform,
)
from converter.tree.pipeline import (
    Both,
    Column,
    Constant,
    Either,
    Expression,
    From,
    Function,
    Inverse,
    IsNull,
    Operation,
    Pipeline,
    Where,
)

LIMITS: dict[str, str] = {
    "functions of several fields": "only whether two fields with one value each are equal has a form",
    "nested objects": "ES|QL reads no nested fields",
    "the number of values of a text field": "the index holds its words, ES|QL counts what was written",
    "what Lucene's query strings cannot say": "conditions are written into QSTR, to be exact on several values",
}

_FALSE = Constant(False, "boolean")
#: Columns of a query string on one line.
_LINE = 100


def render_node(tree: Node, fields: Fields, options: Mapping[str, Any]) -> str:
    """`FROM … | WHERE …`; `index`: patterns of the source (a list); `category_field`: EQL's event category. Raises
    `UnsupportedError` with every node that has no form."""
    index: Sequence[str] = options.get("index") or ("*",)
    category = fields.field(options.get("category_field") or "event.category")
    writer = _Writer(fields)
    condition = writer.when(_plain(tree, category), True)
    if writer.refused:
        raise UnsupportedError.of(list(dict.fromkeys(writer.refused)))
    source = From(tuple(index), ("_id", "_index", "_version"))
    return pipeline_text(Pipeline((source, Where(condition))))


def _plain(tree: Node, category: Field) -> Node:
    def change(node: Node) -> Node:
        match node:
            case Category(value=value):
                return Glob(category, literal(value), span=node.span)
            case And(items=items):
                return conj(items)
            case Or(items=items):
                return disj(items)
        return node

    return transform(tree, change)


class _Writer:
    """Writes what it can and collects the rest in `refused`."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.refused: list[Diagnostic] = []

    def when(self, node: Node, truth: bool) -> Expression:
        """An expression that is true exactly where the node has that truth (else false or null)."""
        match node:
            case Const(value=value):
                return Constant(value is truth, "boolean")
            case Not(item=item):
                return self.when(item, not truth)
            case Exists(field=field) if _is_column(field):
                return IsNull(Column(field.name), truth)
            case Single(field=field):
                return self._single(node, field, truth)
        declared = self._declared(node, truth)
        if declared is not None:
            return declared
        if not isinstance(node, And | Or) or not _is_plain(node):
            found = self._searched(node)
            if found is not None and truth and isinstance(node, And):
                return self._in_lines(node, found)
            if found is not None:
                return found if truth else Inverse(found)
        match node:
            case And(items=items):
                return self._every(items) if truth else self._not_every(items)
            case Or(items=items):
                parts = [self.when(item, truth) for item in self._gathered(items)]
                return either(parts) if truth else self.both(parts)
        raise AssertionError(node)

    def _single(self, node: Node, field: Field, truth: bool) -> Expression:
        if not _is_column(field) or field.sort == "text":
            message = f"ES|QL cannot say that `{field.name}` has a single value"
            self.refused.append(Diagnostic("unsupported", message, span=node.span))
            return _FALSE
        count = Function("mv_count", (Column(field.name),))
        if truth:
            return Operation("==", count, Constant(1, "integer"))
        return either([IsNull(Column(field.name)), Operation(">", count, Constant(1, "integer"))])

    def _declared(self, node: Node, truth: bool) -> Expression | None:
        """A test of a field that the user declared to have one value at most."""
        field = own_field(node)
        if field is None or not field.single or (isinstance(node, And | Or) and not field.present):
            return None
        found = operator(node, truth)
        if found is None or truth or field.present:
            return found
        return either([IsNull(Column(field.name)), found])

    def _every(self, items: Sequence[Node]) -> Expression:
        plain, rest = self._parted(items)
        return self.both([*plain, *(self.when(item, True) for item in rest)])

    def _not_every(self, items: Sequence[Node]) -> Expression:
        plain, rest = self._parted(items)
        parts = [self.when(item, False) for item in rest]
        if plain:
            parts.insert(0, Inverse(Function("coalesce", (self.both(plain), _FALSE))))
        return either(parts)

    def _parted(self, items: Sequence[Node]) -> tuple[list[Expression], list[Node]]:
        """The parts of a conjunction that plain operators say, which need one value each, so that a `Single` beside
        them is said too; and the rest."""
        alone = {item.field for item in items if isinstance(item, Single)}
        said: set[Field] = set()
        plain: list[Expression] = []
        rest: list[Node] = []
        for item in items:
            found = self._needs_single(item, alone)
            if found is None:
                rest.append(item)
            else:
                plain.append(found[0])
                said |= found[1]
        return plain, [item for item in rest if not (isinstance(item, Single | Exists) and item.field in said)]

    def _needs_single(self, item: Node, alone: set[Field]) -> tuple[Expression, set[Field]] | None:
        if isinstance(item, Single | Exists):
            return None
        pair = two_fields(item)
        if pair is not None:
            expression, fields = pair
            return (expression, set(fields)) if set(fields) <= alone else None
        field = own_field(item)
        if field is None or field not in alone:
            return None
        found = operator(item, True)
        return None if found is None else (found, {field})

    def _gathered(self, items: Sequence[Node]) -> list[Node]:
        """Alternatives that a query string can say, as one."""
        searched = [item for item in items if not _is_plain(item) and self._quietly(item)]
        if len(searched) < 2:
            return list(items)
        first = items.index(searched[0])
        rest = [item for item in items if item not in searched]
        return [*rest[:first], disj(searched), *rest[first:]]

    def _quietly(self, node: Node) -> bool:
        from converter.languages import get

        try:
            get("lucene").render(node, self.fields, {})
        except UnsupportedError:
            return False
        return True

    def _searched(self, node: Node) -> Expression | None:
        """The part as a query string, if Lucene's syntax can say it."""
        from converter.languages import get

        try:
            text = get("lucene").render(node, self.fields, {})
        except UnsupportedError as error:
            if isinstance(node, And | Or):
                return None
            self.refused += [
                replace(d, message=d.message if "ES|QL" in d.message else f"ES|QL cannot say {d.message}")
                for d in error.diagnostics
            ]
            return _FALSE
        return Function("qstr", (Constant(self._one_line(text), "keyword"),))

    def _in_lines(self, node: And, whole: Expression) -> Expression:
        """A long query string, which cannot be broken, as several that must all hold."""
        if _width(whole) <= _LINE:
            return whole
        groups: list[list[Node]] = []
        room = 0
        for item in node.items:
            width = _width(self._searched(item))
            if groups and width <= room:
                groups[-1].append(item)
                room -= width
            else:
                groups.append([item])
                room = _LINE - width
        parts = [self._searched(conj(group)) for group in groups]
        return self.both([part for part in parts if part is not None]) if all(parts) else whole

    def _one_line(self, text: str) -> str:
        """Without the line breaks of the layout; those of a value or an expression stay."""
        from converter.languages import parse

        joined = re.sub(r"\b(AND|OR)\n\s*", r"\1 ", text)
        joined = re.sub(r"\n\s*\)", ")", re.sub(r"\(\n\s*", "(", joined))
        if joined == text or parse("lucene", joined, self.fields).tree != parse("lucene", text, self.fields).tree:
            return text
        return joined

    def both(self, parts: Sequence[Expression]) -> Expression:
        """A conjunction. `x IS NULL` in it would turn other tests of x null; then a query string says it."""
        flat = _flat(parts, conjuncts)
        if any(item == _FALSE for item in flat):
            return _FALSE
        items = tuple(item for item in flat if item != Constant(True, "boolean"))
        if nullified(items) != items:
            items = tuple(self._missing(item) for item in items)
        if len(items) < 2:
            return items[0] if items else Constant(True, "boolean")
        return Both(items)

    def _missing(self, item: Expression) -> Expression:
        if not (isinstance(item, IsNull) and isinstance(item.item, Column) and not item.negated):
            return item
        found = self._searched(Exists(self.fields.field(item.item.name)))
        return item if found is None else Inverse(found)


def _width(item: Expression | None) -> int:
    """The columns of a query string."""
    text = item.args[0] if isinstance(item, Function) else None
    return len(str(text.value)) if isinstance(text, Constant) else _LINE


def either(parts: Sequence[Expression]) -> Expression:
    """A disjunction."""
    flat = _flat(parts, lambda item: item.items if isinstance(item, Either) else (item,))
    if any(item == Constant(True, "boolean") for item in flat):
        return Constant(True, "boolean")
    items = tuple(item for item in flat if item != _FALSE)
    if len(items) < 2:
        return items[0] if items else _FALSE
    return Either(items)


def _flat(parts: Sequence[Expression], split: Callable[[Expression], tuple[Expression, ...]]) -> tuple[Expression, ...]:
    return tuple(dict.fromkeys(item for part in parts for item in split(part)))


def _is_column(field: Field) -> bool:
    """Whether ES|QL can name the field: it is in the index, with values of its own."""
    return (
        field.known and field.nested is None and field.sort not in ("object", "nested", "any", "flattened", "unmapped")
    )


def _is_plain(node: Node) -> bool:
    """Whether plain operators must or may say a part of the node."""
    for item in atoms(node):
        field = own_field(item)
        if isinstance(item, Single | Script) or (field is not None and field.single):
            return True
    return False


def own_field(node: Node) -> Field | None:
    """The one field that a test, a negated one or a group of tests looks at."""
    inner = node.item if isinstance(node, Not) else node
    if isinstance(inner, And | Or):
        found = {own_field(item) for item in inner.items}
        return found.pop() if len(found) == 1 else None
    field = getattr(inner, "field", None)
    return field if isinstance(field, Field) else None


__all__ = ["LIMITS", "render_node"]
