"""The two field schemas of an audit: what the index makes of a rule's fields, and the values as the event holds them.

The emitted query meets the index: its fields may be normalised, analysed, or of another type. The rule speaks of the
values themselves, so its strings are read as plain keywords. Both read the same paths, and can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from converter.fields import Fields
from converter.fields.builtin import load
from converter.fields.kinds import KINDS
from converter.tree import Field

#: The field in which a search without a field is looked for: an event's message.
MESSAGE = "message"

_OF_SORT = {"integer": "long", "float": "double", "ip": "ip"}
_STRINGS = ("string", "text", "version")


@dataclass(frozen=True)
class Schemas:
    """`index` types the emitted query's fields, `rule` those of the rule; they differ in the strings only."""

    index: Fields
    rule: Fields


def schemas(uses: Mapping[str, set[str]], fields: str | Fields = "keyword") -> Schemas:
    """For a rule that compares its fields with these kinds of values (`number float boolean network text`).

    `fields`: `keyword` (no normaliser anywhere), `caseless` (a lowercase normaliser on names that end in `.caseless`),
    `lowercase` (on every keyword), or the user's own schema. In the first three a field is a keyword, except: ip where
    ECS says ip or the rule compares it with networks; long or double where ECS says so or the rule compares it with
    numbers only; boolean where the rule compares it with booleans only.
    """
    if isinstance(fields, Fields):
        names = [*uses, MESSAGE]
        return Schemas(fields, fields.extended(_closed(_plain(fields.field(name)) for name in names)))
    if fields not in KINDS:
        raise ValueError(fields)
    plain = [Field(name, _type(name, kinds)) for name, kinds in uses.items()]
    if MESSAGE not in uses:
        plain.append(Field(MESSAGE))
    return Schemas(_closed(_lowered(field, fields) for field in plain), _closed(plain))


def _closed(found: Iterable[Field]) -> Fields:
    return Fields({field.name: field for field in found}, closed=True)


def _plain(field: Field) -> Field:
    return replace(field, type="keyword") if field.sort in _STRINGS else field


def _lowered(field: Field, kind: str) -> Field:
    lowered = kind == "lowercase" or (kind == "caseless" and field.name.endswith(".caseless"))
    return replace(field, type="keyword_lowercase") if lowered and field.type == "keyword" else field


def _type(name: str, kinds: set[str]) -> str:
    table = load()[0]
    if "network" in kinds:
        return "ip"
    if name in table and table[name].sort in _OF_SORT:
        return _OF_SORT[table[name].sort]
    if kinds and kinds <= {"number", "float"}:
        return "double" if "float" in kinds else "long"
    return "boolean" if kinds == {"boolean"} else "keyword"


def items_of(detections: Any) -> Iterator[Any]:
    """All detection items of a pySigma rule's detections."""
    stack = list(detections.detections.values())
    while stack:
        item = stack.pop()
        if hasattr(item, "detection_items"):
            stack += item.detection_items
        else:
            yield item


def uses_of(detections: Any) -> dict[str, set[str]]:
    """The fields of a pySigma rule's detections (behind a pipeline), with the kinds of values each is compared with."""
    out: dict[str, set[str]] = {}
    for item in items_of(detections):
        if item.field is not None:
            kinds = out.setdefault(item.field, set())
            for value in item.value:
                _note(value, kinds, out)
    return out


def _note(value: Any, kinds: set[str], out: dict[str, set[str]]) -> None:
    from sigma import types as t

    match value:
        case t.SigmaExpansion():
            for inner in value.values:
                _note(inner, kinds, out)
        case t.SigmaNull() | t.SigmaExists():
            pass
        case t.SigmaCompareExpression():
            _note(value.number, kinds, out)
        case t.SigmaFieldReference():
            kinds.add("text")
            out.setdefault(str(value.field), set()).add("text")
        case t.SigmaCIDRExpression():
            kinds.add("network")
        case t.SigmaBool():
            kinds.add("boolean")
        case t.SigmaNumber():
            kinds.add("float" if isinstance(value.number, float) else "number")
        case _:
            kinds.add("text")
