"""Sigma correlations, read from their text, references resolved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from converter.diagnostics import ParseError, Span
from converter.languages.sigma.condition import Condition, Joined, Name, Negated, Of, parse_condition
from converter.languages.sigma.values import Reading
from converter.languages.sigma.yaml_reader import Map, Seq, Text
from converter.tree import Node
from converter.tree.correlation import Both, Correlation, Either, Expression, GroupKey, Member, Neither, renamed

if TYPE_CHECKING:
    from converter.languages.sigma.parse import Rule

TEMPORAL = ("temporal", "temporal_ordered")
VALUES = ("value_count", "value_sum", "value_avg", "value_percentile", "value_median")
TYPES = ("event_count", *VALUES, *TEMPORAL)
OPERATORS = ("eq", "neq", "gt", "gte", "lt", "lte")

#: Milliseconds; month and year as pySigma counts them.
_UNITS = {
    "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "M": 2_629_746_000,
    "y": 31_556_952_000,
}  # fmt: skip


def read_correlations(documents: list[Map], rules: list[Rule], reading: Reading) -> Correlation:
    """The correlation that no other one of the text refers to. Raises `ParseError`."""
    reader = _Reader(documents, rules, reading)
    found = [reader.correlation(document) for document in documents]
    used = {id(member.item) for correlation in found for member in correlation.members}
    outermost = [correlation for correlation in found if id(correlation) not in used]
    if len(outermost) > 1:
        raise ParseError(
            "the text holds several correlations that do not build on each other", span=outermost[1].span,
            help="give each a text of its own, with the rules that it refers to",
        )  # fmt: skip
    return outermost[0]


class _Reader:
    def __init__(self, documents: list[Map], rules: list[Rule], reading: Reading) -> None:
        self.reading = reading
        self.nodes: dict[str, Node] = {}
        for rule in rules:
            for name in (rule.id, rule.name):
                if name is not None:
                    self.nodes.setdefault(name, rule.tree)
        self.documents: dict[str, Map] = {}
        for document in documents:
            for key in ("id", "name"):
                if document.get(key) is not None:
                    self.documents.setdefault(str(document[key]), document)
        self.known = [
            {name for name in names if name is not None}
            for names in (
                *((rule.id, rule.name) for rule in rules),
                *((_text(document, "id"), _text(document, "name")) for document in documents),
            )
        ]
        self.done: dict[int, Correlation] = {}
        self.open: set[int] = set()

    def correlation(self, document: Map) -> Correlation:
        if id(document) in self.done:
            return self.done[id(document)]
        if id(document) in self.open:
            raise ParseError("a correlation refers to itself", span=document.at("correlation"))
        self.open.add(id(document))
        found = self.done[id(document)] = self._read(document)
        return found

    def _read(self, document: Map) -> Correlation:
        body = document["correlation"]
        if not isinstance(body, Map):
            raise ParseError("`correlation` holds a map", span=document.at("correlation"))
        kind = body.get("type")
        if kind not in TYPES:
            raise ParseError(
                f"there is no correlation type `{kind}`" if kind else "a correlation needs a `type`",
                span=body.at("type"), help="known types: " + ", ".join(TYPES),
            )  # fmt: skip
        condition = body.get("condition")
        expression = None
        if isinstance(condition, str):
            expression = self.expression(body, kind)
        members, expression = self.members(body, expression)
        bounds, fields, percentile = self.bounds(body, kind, members)
        return Correlation(
            kind, members, self.keys(body, members), _timespan(body), bounds,
            tuple(tuple(self.reading.field(name, body.at("condition")) for name in fields) for _ in members)
            if fields else (),
            percentile, expression, _generate(document, body), str(document.get("title") or ""),
            _text(document, "id"), _text(document, "name"),
            span=document.at("correlation"),
        )  # fmt: skip

    def members(self, body: Map, expression: Expression | None) -> tuple[tuple[Member, ...], Expression | None]:
        """The rules; those of an expression by the names that they are listed under."""
        listed, at = body.get("rules"), body.at("rules")
        names = [str(name) for name in listed] if isinstance(listed, list) else [str(listed)] if listed else []
        spans = listed.spans if isinstance(listed, Seq) else [at] * len(names)
        if expression is not None:
            used = list(dict.fromkeys(_names(expression)))
            same = {name: next((item for item in names if self.is_one(name, item)), name) for name in used}
            if names and set(names) != set(same.values()):
                odd = sorted(set(names) ^ set(same.values()))
                raise ParseError(f"`rules` and the condition do not name the same rules: {', '.join(odd)}", span=at)
            if not names:
                names, spans = used, [body.at("condition")] * len(used)
            expression = renamed(expression, same)
        if not names:
            raise ParseError("a correlation needs `rules`", span=at)
        members = [Member(name, self.resolve(name, span)) for name, span in zip(names, spans, strict=True)]
        return tuple(members), expression

    def is_one(self, name: str, other: str) -> bool:
        """Whether both are names of one rule: its `name` and its `id`."""
        return name == other or any(name in known and other in known for known in self.known)

    def resolve(self, name: str, span: Span) -> Node | Correlation:
        if name in self.documents:
            return self.correlation(self.documents[name])
        if name not in self.nodes:
            raise ParseError(
                f"there is no rule `{name}` in this text", span=span,
                help="refer to a rule by its `name` or `id`; it stands in this file, in this folder, or in a file that "
                "is given too",
            )  # fmt: skip
        return self.nodes[name]

    def keys(self, body: Map, members: tuple[Member, ...]) -> tuple[GroupKey, ...]:
        aliases = body.get("aliases") or {}
        if not isinstance(aliases, dict) or not all(isinstance(value, dict) for value in aliases.values()):
            raise ParseError(
                "`aliases` holds a map of names, each with a map of rules and fields", span=body.at("aliases")
            )
        listed, at = body.get("group-by"), body.at("group-by")
        names = listed if isinstance(listed, list) else [listed] if listed is not None else []
        out = []
        for name in map(str, names):
            fields = [self.aliased(name, aliases.get(name), member, body) for member in members]
            self.of_events(name, fields, members, at)
            out.append(GroupKey(name, tuple(self.reading.field(field, at) for field in fields)))
        return tuple(out)

    def aliased(self, name: str, mapping: dict[Any, Any] | None, member: Member, body: Map) -> str:
        """The field behind a key in one rule."""
        if mapping is None:
            return name
        found = next((field for rule, field in mapping.items() if self.is_one(str(rule), member.name)), None)
        if found is None:
            raise ParseError(f"the alias `{name}` has no field for `{member.name}`", span=body.at("aliases"))
        return str(found)

    def of_events(self, name: str, fields: list[str], members: tuple[Member, ...], at: Span) -> None:
        """Say where a correlation has no value of its own for a key."""
        for field, member in zip(fields, members, strict=True):
            if isinstance(member.item, Correlation) and field not in {key.name for key in member.item.keys}:
                self.reading.note(
                    "correlation-key", f"`{member.name}` does not group by `{field}`: each value of its events is "
                    f"taken for `{name}`, of which Sigma says nothing", at,
                )  # fmt: skip

    def bounds(
        self, body: Map, kind: str, members: tuple[Member, ...]
    ) -> tuple[tuple[tuple[str, int | float], ...], list[str], int | float | None]:
        condition, at = body.get("condition"), body.at("condition")
        if isinstance(condition, str):
            return (), [], None
        if condition is None and kind in TEMPORAL:
            return (("gte", len(members)),), [], None
        if not isinstance(condition, Map):
            raise ParseError("a correlation needs a `condition`: a map like `gte: 10`", span=at)
        for key in condition:
            if key not in (*OPERATORS, "field", "percentile"):
                raise ParseError(f"`{key}` has no place in a condition", span=condition.at(key))
        found = tuple((key, _number(condition, key)) for key in condition if key in OPERATORS)
        if not found:
            raise ParseError("the condition compares with nothing", span=at, help="one of " + ", ".join(OPERATORS))
        named = condition.get("field")
        fields = [str(name) for name in named] if isinstance(named, list) else [str(named)] if named is not None else []
        if kind in VALUES and not fields:
            raise ParseError(f"`{kind}` needs a `field` in its condition", span=at)
        return found, fields, _number(condition, "percentile") if "percentile" in condition else None

    def expression(self, body: Map, kind: str) -> Expression:
        at = body.spans["condition"]
        if kind not in TEMPORAL:
            raise ParseError(f"the condition of `{kind}` is a map like `gte: 10`", span=at)
        return _expression(parse_condition(body["condition"], at.start, at))


def _text(document: Map, key: str) -> str | None:
    return str(document[key]) if document.get(key) is not None else None


def _expression(condition: Condition) -> Expression:
    match condition:
        case Name(name=name):
            return name
        case Negated(item=item):
            return Neither(_expression(item))
        case Joined(op=op, items=items):
            parts = tuple(_expression(item) for item in items)
            return Both(parts) if op == "and" else Either(parts)
        case Of(pattern=pattern, span=span):
            raise ParseError(f"`of {pattern}` has no place in a correlation's condition", span=span)
    raise TypeError(type(condition).__name__)


def _names(expression: Expression) -> list[str]:
    match expression:
        case Both(items=items) | Either(items=items):
            return [name for item in items for name in _names(item)]
        case Neither(item=item):
            return _names(item)
    assert isinstance(expression, str)
    return [expression]


def _number(condition: Map, key: str) -> int | float:
    value = condition[key]
    if isinstance(value, str) and not isinstance(value, Text):
        try:
            value = float(value)
            value = int(value) if value == int(value) else value
        except (ValueError, OverflowError):
            pass
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) == float("inf"):
        raise ParseError(f"`{key}` needs a number", span=condition.at(key))
    return value


def _timespan(body: Map) -> int:
    text: Any = body.get("timespan")
    match = re.fullmatch(r"([0-9]+)([smhdwMy])", text) if isinstance(text, str) else None
    if match is None or not int(match[1]):
        shown = "a correlation needs a `timespan`" if text is None else f"`{text}` is no time span"
        raise ParseError(shown, span=body.at("timespan"), help="write it like 30s, 5m, 12h, 7d")
    return int(match[1]) * _UNITS[match[2]]


def _generate(document: Map, body: Map) -> bool:
    """The specification has it beside `correlation`, pySigma in it."""
    for holder in (body, document):
        if not isinstance(holder.get("generate", False), bool):
            raise ParseError("`generate` is true or false", span=holder.at("generate"))
    return bool(body.get("generate") or document.get("generate"))
