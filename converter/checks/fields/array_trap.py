"""An ES|QL comparison does not see fields with several values.

What: `==`, `LIKE`, `IN`, … in ES|QL on a field that the schema calls an array.
Why: ES|QL's operators give null on several values: an event with two values is not matched, whatever they are.
Example: `WHERE process.args == "-enc"`.
Instead: `process.args : "-enc"`, `KQL("…")` or `MATCH`, which any value fulfils; or `MV_EXPAND` before the condition.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.tree import Single, atoms

_HELP = "any value fulfils `field : value`, `KQL()` and `MATCH()`"


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.language != "esql":
        return
    said: set[str] = set()
    for query in subject.conditions:
        parts = list(atoms(query.tree if query.is_event else query.extra["predicate"]))
        for node in parts:
            if isinstance(node, Single) and node.field.array and node.field.name not in said:
                said.add(node.field.name)
                same = (p for p in parts if getattr(p, "field", None) == node.field and getattr(p, "span", None))
                first = next(same, None)
                message = f"`{node.field.name}` may hold several values, and then this comparison is null"
                yield subject.finding(message, first.span if first is not None else None, _HELP)


CHECK = Check("RP205", "array-trap", "note", run, applies=("elastic",))
