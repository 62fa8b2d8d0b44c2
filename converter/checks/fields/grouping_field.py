"""Alerts are grouped by a field that cannot be grouped by.

What: a field of `threshold`, `new_terms_fields` or `alert_suppression` that no schema knows but nearly knows, or that
is analysed text or an object.
Why: Kibana fails at run time, or puts all events into one group without a value.
Example: `threshold = { field = ["message"], value = 5 }`.
Instead: a keyword, number, address or date field.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.checks import Check, Found, Subject
from converter.checks.fields.unknown_field import GROUPS, similar
from converter.fields import Fields


def run(subject: Subject) -> Iterator[Found]:
    schema = Fields.of(subject.fields)
    for pointer, name in _fields(subject.data):
        field = schema.field(name)
        if field.sort in ("text", "object", "nested") or field.type == "unmapped":
            yield subject.at(pointer, f"`{name}` is of type {field.type}: alerts cannot be grouped by it")
        elif not field.known and (near := similar(name, schema)) is not None:
            yield subject.at(pointer, f"`{name}` is in no field schema", f"did you mean `{near}`?", severity="warning")
        elif not field.known and name.partition(".")[0] in GROUPS:
            yield subject.at(pointer, f"`{name}` is in no field schema", severity="note")


def _fields(data: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    threshold, suppression = data.get("threshold"), data.get("alert_suppression")
    listed: list[tuple[tuple[str | int, ...], Any]] = [(("new_terms_fields",), data.get("new_terms_fields"))]
    if isinstance(threshold, dict):
        listed.append((("threshold", "field"), threshold.get("field")))
        counted = threshold.get("cardinality")
        names = [item.get("field") for item in counted if isinstance(item, dict)] if isinstance(counted, list) else []
        listed.append((("threshold", "cardinality"), names))
    if isinstance(suppression, dict):
        listed.append((("alert_suppression", "group_by"), suppression.get("group_by")))
    for pointer, value in listed:
        for name in [value] if isinstance(value, str) else value if isinstance(value, list) else ():
            if isinstance(name, str) and name and not name.startswith("Esql"):
                yield pointer, name


CHECK = Check("RP209", "grouping-field", "error", run, applies=("elastic",))
