"""A field is compared with what its type cannot be.

What: a value that the field's type does not take, an operator that it does not know; or a number as the end of a
range over a field of texts.
Why: Elasticsearch refuses the query, or compares as text, where "10" comes before "9".
Example: `process.pid == "abc"`, `event.code >= "1000"`.
Instead: a value of the field's type, or the values one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.tree import Range, walk

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def run(subject: Subject) -> Iterator[Found]:
    if subject.query is None and subject.failed is not None:
        for item in subject.failed.diagnostics:
            if item.code == "type":
                yield Found.of(item)
    for query in subject.conditions if subject.document.kind == "elastic" else ():
        for node in walk(query.tree if query.is_event else query.extra["predicate"]):
            if not isinstance(node, Range) or node.field.sort != "string" or not node.field.known:
                continue
            ends = [end for end in (node.low, node.high) if isinstance(end, str)]
            if ends and all(_NUMBER.fullmatch(end) for end in ends):
                message = f"`{node.field.name}` is a field of texts: the range compares letter by letter"
                yield subject.finding(message, node.span, 'so "10" comes before "9"', severity="warning")


CHECK = Check("RP203", "wrong-type", "error", run)
