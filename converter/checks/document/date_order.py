"""The rule was changed before it was made.

What: `updated_date` (Sigma: `modified`) lies before `creation_date` (`date`).
Why: one of the two is wrong, and lists of what changed since a day miss the rule.
Example: `date: 2026-11-24` and `modified: 2025-11-30`.
Instead: mend the wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.times import day


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.kind == "sigma":
        made, changed = day(subject.data.get("date")), day(subject.data.get("modified"))
        if made and changed and changed < made:
            yield subject.at("modified", f"modified on {changed}, before it was made on {made}")
        return
    made, changed = day(subject.metadata.get("creation_date")), day(subject.metadata.get("updated_date"))
    if made and changed and changed < made:
        yield subject.in_metadata("updated_date", f"updated on {changed}, before it was made on {made}")


CHECK = Check("RP110", "date-order", "warning", run)
