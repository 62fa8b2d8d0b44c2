"""The alert suppression cannot work as it is written.

What: `alert_suppression` without a field to group by, with a field twice, with more than three, or with a duration of
zero.
Why: Kibana refuses the rule, or folds together alerts that have nothing in common.
Example: `group_by = ["host.id", "host.id"]`.
Instead: one to three different fields that tell what belongs together.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    said = subject.data.get("alert_suppression")
    if not isinstance(said, dict):
        return
    groups = said.get("group_by")
    if isinstance(groups, list):
        at = ("alert_suppression", "group_by")
        if not groups or len(groups) > 3:
            yield subject.at(at, f"alert suppression groups by {len(groups)} fields", "Kibana takes one to three")
        for name in sorted({str(item) for item in groups if groups.count(item) > 1}):
            yield subject.at(at, f"alert suppression groups by `{name}` twice")
    elif subject.document.type != "threshold":
        yield subject.at("alert_suppression", "alert suppression names no field to group by")
    length = said.get("duration")
    if isinstance(length, dict) and length.get("value") == 0:
        yield subject.at(("alert_suppression", "duration"), "alert suppression for no time at all")


CHECK = Check("RP131", "alert-suppression", "error", run, applies=("elastic",))
