"""Trees as Query DSL: exact for every node that one document can be asked, else refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.diagnostics import ConverterError, Diagnostic, Span, UnsupportedError
from converter.fields import Fields
from converter.languages.dsl.layout import layout
from converter.languages.dsl.values import atom, listable
from converter.matching.saying import Unsayable, tidy
from converter.tree import And, Category, Const, Nested, Node, Not, Or

LIMITS: Mapping[str, str] = {
    "Script": "functions of several fields need a script, which a rule cannot carry",
    "Single": "Query DSL cannot count the values of a field",
    "Phrase with a prefix": "match_phrase_prefix looks up only some of the words that begin so",
    "Cidr on a string field": "networks are known to fields of type ip only",
    "Sequence": "a stream of events has no query",
    "flattened": "a key of a flattened field takes no wildcard, no expression and no range with one end",
    "regular expression": "an index refuses one of more than 1,000 characters, or one that is too complex",
}

Query = dict[str, Any]


def render(tree: Any, fields: Fields, options: Mapping[str, Any]) -> str:
    """The tree as JSON text. `category_field` (option) is where the event category stands. Raises `UnsupportedError`
    with a diagnostic for each node that Query DSL cannot say."""
    if not isinstance(tree, Node):
        raise UnsupportedError("a query over a stream of events has no Query DSL", help="port its single stages")
    writer = _Writer(fields, str(options.get("category_field") or "event.category"))
    found = writer.say(tidy(tree))
    if writer.problems:
        raise UnsupportedError.of(writer.problems)
    return layout(found)


class _Writer:
    """Writes one tree and collects what cannot be said."""

    def __init__(self, fields: Fields, category: str) -> None:
        self.fields, self.category = fields, category
        self.problems: list[Diagnostic] = []

    def say(self, node: Node) -> Query:
        match node:
            case Const(value=value):
                return {"match_all" if value else "match_none": {}}
            case And(items=items):
                return self.every(items)
            case Or(items=items):
                found = self.each(items)
                return found[0] if len(found) == 1 else self.bool_(should=found)
            case Not(item=item):
                return self.bool_(must_not=self.each(item.items if isinstance(item, Or) else (item,)))
            case Nested(path=path, item=item):
                return {"nested": {"path": path, "query": self.say(item)}}
            case Category(value=value):
                return {"term": {self.category: value}}
        try:
            return atom(node, self.fields)
        except Unsayable as error:
            self.problem(str(error), node.span, error.help)
        except ConverterError as error:
            self.problem(error.diagnostics[0].message, node.span, error.diagnostics[0].help)
        return {"match_none": {}}

    def problem(self, message: str, span: Span | None, help_: str | None) -> None:
        self.problems.append(Diagnostic("unsupported", message, span=span, help=help_))

    def every(self, items: tuple[Node, ...]) -> Query:
        kept = [self.say(item) for item in items if not isinstance(item, Not)]
        out: list[Node] = []
        for item in items:
            if isinstance(item, Not):
                out.extend(item.item.items if isinstance(item.item, Or) else (item.item,))
        return self.bool_(filter_=kept, must_not=self.each(tuple(out)))

    def each(self, items: tuple[Node, ...]) -> list[Query]:
        """A query for each node of which any may hold; values of one field in one `terms`."""
        groups: dict[Any, list[Any]] = {}
        order: list[Any] = []
        for i, item in enumerate(items):
            found = listable(item)
            key: Any = found[0] if found else i
            if key not in groups:
                groups[key] = []
                order.append((key, item))
            groups[key].append(found[1] if found else item)
        out: list[Query] = []
        for key, item in order:
            values = groups[key]
            out.append({"terms": {item.field.name: values}} if len(values) > 1 else self.say(item))
        return out

    def bool_(
        self,
        filter_: list[Query] | None = None,
        should: list[Query] | None = None,
        must_not: list[Query] | None = None,
    ) -> Query:
        parts: Query = {}
        if filter_:
            parts["filter"] = filter_
        if should:
            parts |= {"should": should, "minimum_should_match": 1}
        if must_not:
            parts["must_not"] = must_not
        if should == [] or not parts:
            return {"match_none" if should == [] else "match_all": {}}
        return {"bool": parts}
