"""pySigma's detection items as nodes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from converter.diagnostics import ConverterError, FieldTypeError, ParseError, Span, UnsupportedError
from converter.languages.sigma import _pysigma
from converter.languages.sigma.placeholders import placeholder_texts
from converter.languages.sigma.values import (
    Reading,
    as_number,
    as_text,
    exists,
    number_test,
    text_test,
)
from converter.matching.values import round_end
from converter.tree import (
    ANY,
    ANY_FIELD,
    NEVER,
    ONE,
    Arithmetic,
    Call,
    Cidr,
    Field,
    FieldValue,
    Fold,
    Literal,
    Node,
    Range,
    Regex,
    Script,
    Token,
    conj,
    disj,
    negate,
)
from converter.tree.regex import parse_text

#: More strings than this from the placeholders of one value are refused.
MAX_EXPANSION = 10_000

#: Parts of an expression in which a `$` is no sign: escapes and classes; and a `$` that no inline flag `m` precedes.
_NO_SIGNS = re.compile(r"\\.|\[\^?\]?[^\]]*\]", re.DOTALL)
_ENDS = re.compile(r"(?!.*\(\?[a-z]*m).*\$", re.DOTALL)


def detection_node(detection: Any, reading: Reading) -> Node:
    """The meaning of a selection: a map's items and-linked, a list's or-linked."""
    from sigma.conditions import ConditionAND
    from sigma.rule import SigmaDetection

    nodes = [
        detection_node(item, reading) if isinstance(item, SigmaDetection) else item_node(item, reading)
        for item in detection.detection_items
    ]
    return conj(nodes) if detection.item_linking is ConditionAND else disj(_possible(nodes))


def _possible(nodes: list[Node]) -> list[Node]:
    """Without the alternatives that can never hold, unless none is left."""
    return [node for node in nodes if node != NEVER] or nodes[:1]


def item_node(item: Any, reading: Reading) -> Node:
    """The meaning of one `field|modifiers: values`."""
    from sigma.conditions import ConditionAND
    from sigma.modifiers import SigmaCaseSensitiveModifier

    at: Span | None = getattr(item, "ruleproof_at", None)
    places = getattr(item, "ruleproof_values_at", None) or []
    cased = any(issubclass(cls, SigmaCaseSensitiveModifier) for cls in item.modifiers)
    values = _Values(reading, item, cased)
    if not item.value:
        if item.field is None:
            raise ParseError("a keyword cannot be null", span=at)
        nodes = [exists(reading.field(item.field, at), False, at)]
    else:
        known = len(places) == len(item.value)
        nodes = [values.node(value, places[i] if known else at) for i, value in enumerate(item.value)]
    node = conj(nodes, at) if item.value_linking is ConditionAND else disj(_possible(nodes), at)
    return negate(node, at) if item.negated else node


class _Values:
    """The values of one detection item."""

    def __init__(self, reading: Reading, item: Any, cased: bool) -> None:
        self.reading, self.item, self.cased = reading, item, cased

    def field(self, span: Span | None) -> Field:
        if self.item.field is None:
            return ANY_FIELD
        return self.reading.field(self.item.field, span)

    def node(self, value: Any, span: Span | None) -> Node:
        from sigma import types as t

        match value:
            case t.SigmaExpansion():
                return disj(_possible([self.node(inner, span) for inner in value.values]), span)
            case t.SigmaString():
                return self.text(value, span)
            case t.SigmaTimestampPart():
                return self.date_part(value, "==", span)
            case t.SigmaNumber():
                return self.number(value.number, span)
            case t.SigmaBool():
                return self.text_or_keyword((str(value.boolean).lower(),), "ascii", span)
            case t.SigmaNull():
                return self.null(span)
            case t.SigmaExists():
                return exists(self.field(span), value.exists, span)
            case t.SigmaRegularExpression():
                return self.regex(value, span)
            case t.SigmaCIDRExpression():
                return self.network(value, span)
            case t.SigmaCompareExpression():
                return self.compare(value, span)
            case t.SigmaFieldReference():
                return self.reference(value, span)
        raise _pysigma.unsupported_value(value, span)

    def null(self, span: Span | None) -> Node:
        if self.item.field is None:
            raise ParseError("a keyword cannot be null", span=span)
        self.reading.note("null", "`null` holds for a missing field as for a null value", span)
        return exists(self.field(span), False, span)

    def text(self, value: Any, span: Span | None) -> Node:
        if _pysigma.is_bytes_only(value):
            raise UnsupportedError(
                "a UTF-16 modifier over letters outside ASCII gives bytes that are no text", span=span,
                help="put `base64` or `base64offset` behind it",
            )  # fmt: skip
        from sigma.types import SigmaCasedString

        fold: Fold = "none" if self.cased or isinstance(value, SigmaCasedString) else "ascii"
        found = self.expanded(value.s, span)
        return disj([self.text_or_keyword(tokens, fold, span) for tokens in found], span)

    def expanded(self, parts: list[Any], span: Span | None) -> list[tuple[Token, ...]]:
        """The tokens of a string, one tuple for each way to fill its placeholders."""
        from sigma.types import SigmaString, SpecialChars

        out: list[tuple[Token, ...]] = [()]
        for part in parts:
            choices: list[tuple[Token, ...]]
            if isinstance(part, str):
                choices = [(part,)]
            elif isinstance(part, SpecialChars):
                choices = [(ANY if part is SpecialChars.WILDCARD_MULTI else ONE,)]
            else:
                texts = placeholder_texts(part.name, span)
                choices = [tokens for text in texts for tokens in self.expanded(SigmaString(text).s, span)]
            out = [head + choice for head in out for choice in choices]
            if len(out) > MAX_EXPANSION:
                raise UnsupportedError("the placeholders of this value have too many values", span=span)
        return out

    def text_or_keyword(self, tokens: tuple[Token, ...], fold: Fold, span: Span | None) -> Node:
        found = self.field(span)
        if self.item.field is None and not self._placed():
            self.reading.note("keywords", "a keyword is looked for in the text of every value of the event", span)
            tokens = (ANY, *tokens, ANY)
        return text_test(found, tokens, fold, span, self.reading)

    def _placed(self) -> bool:
        """Whether a keyword says itself where in a value it stands."""
        from sigma.modifiers import SigmaEndswithModifier, SigmaStartswithModifier

        return any(issubclass(cls, SigmaEndswithModifier | SigmaStartswithModifier) for cls in self.item.modifiers)

    def number(self, number: int | float, span: Span | None) -> Node:
        if self.item.field is None:
            return self.text_or_keyword((str(number),), "ascii", span)
        return number_test(self.field(span), number, span, self.reading)

    def regex(self, value: Any, span: Span | None) -> Node:
        from sigma.types import SigmaRegularExpressionFlag as Flag

        found = as_text(self.field(span))
        self.reading.note("re-searches", "a regular expression may be found anywhere in the value", span)
        flags = value.flags
        for pattern in (patterns := self.patterns(value.regexp, span)):
            _checked(pattern, Flag.MULTILINE in flags, Flag.DOTALL in flags, span)
            if Flag.MULTILINE not in flags and _ENDS.match(_NO_SIGNS.sub("", pattern)):
                self.reading.note("takes", "`$` in a regular expression is the very end of the value", span)
        return disj(
            [
                Regex(
                    found, pattern, "pcre", "ascii" if Flag.IGNORECASE in flags else "none", True,
                    Flag.MULTILINE in flags, Flag.DOTALL in flags, span=span,
                )
                for pattern in patterns
            ],
            span,
        )  # fmt: skip

    def patterns(self, regexp: Any, span: Span | None) -> list[str]:
        from sigma.types import Placeholder, SpecialChars

        out = [""]
        for part in regexp.s:
            if isinstance(part, Placeholder):
                out = [head + text for head in out for text in placeholder_texts(part.name, span)]
            else:
                text = part if isinstance(part, str) else "*" if part is SpecialChars.WILDCARD_MULTI else "?"
                out = [head + text for head in out]
        return out

    def network(self, value: Any, span: Span | None) -> Node:
        found = self.field(span)
        if found.sort not in ("ip", "string", "any", "unmapped"):
            found = as_text(found)
        return Cidr(found, str(value.cidr), span=span)

    def compare(self, value: Any, span: Span | None) -> Node:
        from sigma.types import SigmaTimestampPart

        op = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}.get(value.op.name)
        if op is None:
            node = self.node(value.number, span)
            return negate(node, span)
        if isinstance(value.number, SigmaTimestampPart):
            return self.date_part(value.number, op, span)
        if self.item.field is None:
            raise ParseError("a comparison needs a field", span=span)
        found, bound = self.field(span), value.number.number
        if found.sort in ("boolean", "ip", "date"):
            raise FieldTypeError(f"`{found.name}` ({found.type}) cannot be compared with a number", span=span)
        if not found.is_number and found.mapped:
            self.reading.note("read-as-number", f"`{found.name}` ({found.type}) is compared as a number", span)
            found = as_number(found)
        up, is_open = op in (">", ">="), len(op) == 1
        if found.sort == "float":
            bound, is_open = round_end(found, float(bound), up, is_open), is_open and found.scaling is None
        low, high = (bound, None) if up else (None, bound)
        return Range(found, low, high, up and is_open, not up and is_open, span=span)

    def date_part(self, value: Any, op: str, span: Span | None) -> Node:
        found = self.field(span)
        if self.item.field is None:
            raise ParseError("a time modifier needs a field", span=span)
        if found.sort in ("string", "text") or not found.mapped:
            found = replace(found, type="date") if found.mapped else found
        elif found.sort != "date":
            raise FieldTypeError(f"`{found.name}` ({found.type}) holds no dates", span=span)
        self.reading.note("date-parts", "parts of a date are taken in UTC, weeks as ISO 8601 counts them", span)
        part = Call(value.timestamp_part.name.lower(), (FieldValue(found, span=span),), span=span)
        return Script(Arithmetic(op, part, Literal(int(value.number)), span=span), span=span)

    def reference(self, value: Any, span: Span | None) -> Node:
        if self.item.field is None:
            raise ParseError("a field reference needs a field", span=span)
        left, right = self.field(span), self.reading.field(str(value.field), span)
        return field_reference(left, right, bool(value.starts_with), bool(value.ends_with), self.cased, span)


def _checked(pattern: str, multiline: bool, dotall: bool, span: Span | None) -> None:
    """Raises for an expression that cannot be read, with the place of the value."""
    try:
        parse_text(pattern, "pcre", "none", multiline, dotall)
    except ConverterError as error:
        first = error.diagnostics[0]
        raise type(error)(first.message, span=span, help=first.help) from None


def field_reference(
    left: Field, right: Field, starts: bool, ends: bool, cased: bool, span: Span | None = None
) -> Script:
    """`left` equals, begins with, ends with or contains (both) the value of `right`."""
    if left.sort != right.sort or left.sort == "text" or starts or ends:
        left, right = as_text(left), as_text(right)
    texts = left.sort in ("string", "version")
    fold: Fold = "ascii" if texts and not cased else "none"
    pair = (FieldValue(left, span=span), FieldValue(right, span=span))
    if not starts and not ends:
        return Script(Arithmetic("==", *pair, fold=fold, span=span), span=span)
    name = "stringContains" if starts and ends else "startsWith" if starts else "endsWith"
    return Script(Call(name, pair, fold, span=span), span=span)
