"""A tree as KQL text that means exactly the same, or a list of what KQL cannot say.

Written for Kibana's dialect; quoted values, ranges and parentheses around mixed `and`/`or` give Elasticsearch's dialect
the same meaning. Options: `dialect="elasticsearch"` writes for the 8.19 `kql` query (no value lists, its escapes);
`inexact="narrower"` or `"broader"` lets an atom stand for one that has no form, wherever the whole then only loses
(gains) events, but in a narrower form nothing wider is excluded: the caller proves the result; `category_field` for
EQL's event category; `width` of a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from converter.diagnostics import Diagnostic, UnsupportedError, UsageError
from converter.fields import Fields
from converter.languages.kuery import writing
from converter.languages.kuery.folding import MAX_LISTED, SHORT, Direction, listed, unfold, unlisted
from converter.languages.kuery.layout import WIDTH, Braced, Clause, Doc, Negated, Plain, join, layout
from converter.languages.kuery.values import LIMITS, Compared, Unsayable, form
from converter.tree import (
    ANY_FIELD,
    And,
    Category,
    Const,
    Exists,
    Field,
    Glob,
    Nested,
    Node,
    Not,
    Or,
    Range,
    Regex,
    Single,
    disj,
    literal,
)

__all__ = ["LIMITS", "render"]

_FLIPPED: dict[Direction, Direction] = {"exact": "exact", "narrower": "broader", "broader": "narrower"}


def render(tree: Any, fields: Fields, options: Mapping[str, Any]) -> str:
    """Raises `UnsupportedError` with a diagnostic for each node that KQL cannot say."""
    direction = options.get("inexact") or "exact"
    if direction not in _FLIPPED:
        raise UsageError(f"`inexact` is `narrower` or `broader`, not `{direction}`")
    if options.get("dialect") not in (None, "kibana", "elasticsearch"):
        raise UsageError(f"KQL has no dialect `{options['dialect']}`", help="its dialects: kibana, elasticsearch")
    if not isinstance(tree, Node):
        raise UnsupportedError("KQL tests single events: it has no sequences, samples, pipes or aggregations")
    writer = _Writer(
        fields,
        elastic=options.get("dialect") == "elasticsearch",
        category=fields.field(options.get("category_field") or "event.category"),
        widens=direction == "broader",
    )
    try:
        doc = writer.write(tree, direction)
        if writer.problems:
            raise _refused(writer.problems)
        return layout(doc, int(options.get("width") or WIDTH))
    except RecursionError:
        raise UnsupportedError("the condition is nested too deeply to be written") from None


def _refused(problems: list[Diagnostic]) -> UnsupportedError:
    error = UnsupportedError("; ".join(dict.fromkeys(problem.message for problem in problems)))
    error.diagnostics = tuple(dict.fromkeys(problems))
    return error


@dataclass
class _Writer:
    """`path` is the nested object in whose braces the text stands."""

    fields: Fields
    elastic: bool
    category: Field
    widens: bool
    path: str | None = None
    problems: list[Diagnostic] = field(default_factory=list)

    def write(self, node: Node, direction: Direction) -> Doc:
        match node:
            case Const(value=truth):
                return Plain("*:*") if truth else Negated(Plain("*:*"))
            case Not(item=Not(item=item)):
                return self.write(item, direction)
            case Not(item=Const(value=truth)):
                return self.write(Const(not truth), direction)
            case Not(item=item):
                found = self.write(item, _FLIPPED[direction])
                return found.item if isinstance(found, Negated) else Negated(found)
            case And(items=items) | Or(items=items):
                op = "and" if isinstance(node, And) else "or"
                return join(op, [self.write(item, direction) for item in items], lists=not self.elastic)
            case Nested(path=path, item=item):
                return self.nested(path, item, direction)
            case Category(value=value):
                return self.write(Glob(self.category, literal(value), span=node.span), direction)
            case Single(field=held) if held.single:
                return self.write(Exists(held, span=node.span), direction)
        try:
            return self.atom(node, direction)
        except Unsayable as reason:
            self.problems.append(Diagnostic("unsupported", str(reason), span=node.span))
            return Plain("*:*")

    def atom(self, node: Node, direction: Direction) -> Doc:
        if direction == "broader" and not self.widens:  # what is excluded is never more, to get a narrower form
            direction = "exact"
        if isinstance(node, Glob):
            unfolded = unfold(node, self.fields, direction, self.elastic)
            if isinstance(unfolded, Const):
                return self.write(unfolded, direction)
            node = unfolded
        if isinstance(node, Regex):
            wider = direction == "broader"  # then a long list is worth no more than its fixed texts
            found = listed(node, SHORT if wider else MAX_LISTED)
            wide = unlisted(node) if found is None and wider else None
            if found is None and wide is None:
                found = listed(node)
            if found is not None or wide is not None:
                return self.write(wide or disj(found or [], node.span), direction)
        try:
            return self.clause(node)
        except Unsayable:
            if not isinstance(node, Range) or node.low is None or node.high is None:
                raise
            # Two clauses may be met by two values: more events, unless the field has one value at most.
            if direction != "broader" and not node.field.single:
                raise
            ends = (replace(node, high=None, high_open=False), replace(node, low=None, low_open=False))
            return join("and", [self.clause(end) for end in ends], lists=False)

    def clause(self, node: Node) -> Doc:
        found = form(node, self.elastic)
        held: Field = node.field  # type: ignore[union-attr]  # `form` takes only atoms of one field
        if isinstance(found, Compared):
            return Plain(f"{self.name(held)} {found.operator} {found.bound}")
        if held == ANY_FIELD:
            return self.unscoped(found.values)
        name = self.name(held)
        return join("or", [Clause(name, value) for value in found.values], lists=not self.elastic)

    def unscoped(self, values: tuple[str, ...]) -> Doc:
        if self.fields.closed or self.path is not None:
            raise Unsayable("text without a field would be searched in each field of the schema, by its type")
        return Plain(values[0])

    def name(self, held: Field) -> str:
        if held.nested is not None and held.nested != self.path:
            raise Unsayable(f"`{held.name}` is reached only within `{held.nested}:{{ … }}`")
        if self.path is not None and not held.name.startswith(self.path + "."):
            raise Unsayable(f"`{held.name}` is no field of `{self.path}`, in whose braces it stands")
        relative = held.name[len(self.path) + 1 :] if self.path else held.name
        name = writing.name(relative, pattern=not (held.mapped or self.fields.closed))
        if name is None:
            raise Unsayable(f"the name `{held.name}` has no spelling in KQL")
        return name

    def nested(self, path: str, item: Node, direction: Direction) -> Doc:
        outer = self.path
        relative = path.removeprefix(outer + ".") if outer else path
        if outer is not None and relative == path:
            self.problems.append(Diagnostic("unsupported", f"`{path}` is no part of `{outer}`", span=item.span))
        self.path = path
        inner = self.write(item, direction)
        self.path = outer
        return Braced(writing.name(relative) or relative, inner)
