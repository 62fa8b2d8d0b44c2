"""A tactic stands in `threat` twice.

What: two entries of `threat` with one tactic.
Why: Kibana shows the tactic twice, and counts of coverage do too.
Example: two entries `Execution`, one with T1059, one with T1047.
Instead: one entry a tactic, with all its techniques.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.attack import references


def run(subject: Subject) -> Iterator[Found]:
    seen: set[str] = set()
    for item in references(subject):
        if item.kind == "tactic" and item.id:
            if item.id in seen:
                yield subject.at((*item.pointer, "id"), f"the tactic `{item.name or item.id}` stands there twice")
            seen.add(item.id)


CHECK = Check("RP144", "attack-duplicate", "warning", run, applies=("elastic",))
