"""An ES|QL comparison does not see fields with several values.

What: `==`, `LIKE`, `IN`, … in ES|QL on a field that the schema calls an array.
Why: ES|QL's operators give null on several values: an event with two values is not matched, whatever they are.
Example: `WHERE process.args == "-enc"`.
Instead: `MV_CONTAINS`, or `MV_EXPAND` before the condition.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.tree import Single, atoms


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.language != "esql" or subject.predicate is None:
        return
    said: set[str] = set()
    parts = list(atoms(subject.predicate))
    for node in parts:
        if isinstance(node, Single) and node.field.array and node.field.name not in said:
            said.add(node.field.name)
            same = (p for p in parts if getattr(p, "field", None) == node.field and getattr(p, "span", None))
            first = next(same, None)
            message = f"`{node.field.name}` may hold several values, and then this comparison is null"
            yield subject.finding(message, first.span if first is not None else None, "use `MV_CONTAINS`")


CHECK = Check("RP205", "array-trap", "note", run, applies=("elastic",))
