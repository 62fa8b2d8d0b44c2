"""A threshold counts what it cannot count.

What: a field that is grouped by twice, or that is counted (`cardinality`) and grouped by at once; a threshold of one
event without a group; more than five fields to group by (three before Kibana 9.2).
Why: within a group a grouping field has one value, so its cardinality never gets above one: the rule never alerts.
Example: `threshold = { field = ["user.name"], value = 1, cardinality = [{ field = "user.name", value = 5 }] }`.
Instead: count another field than those that are grouped by.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.diagnostics import Severity


def run(subject: Subject) -> Iterator[Found]:
    said = subject.data.get("threshold")
    if subject.document.type != "threshold" or not isinstance(said, dict):
        return
    field = said.get("field")
    groups = [field] if isinstance(field, str) else field if isinstance(field, list) else []
    for name in sorted({str(item) for item in groups if groups.count(item) > 1}):
        yield subject.at(("threshold", "field"), f"the threshold groups by `{name}` twice", severity="warning")
    if len(groups) > 3:
        severity: Severity = "error" if len(groups) > 5 else "note"
        message = f"the threshold groups by {len(groups)} fields"
        yield subject.at(("threshold", "field"), message, "Kibana takes five, before 9.2 three", severity=severity)
    counted = said.get("cardinality")
    for item in counted if isinstance(counted, list) else ():
        if isinstance(item, dict) and item.get("field") in groups and (item.get("value") or 0) > 1:
            message = f"`{item['field']}` is grouped by, so it never has {item['value']} values in a group"
            yield subject.at(("threshold", "cardinality"), message)
    if not [name for name in groups if name] and said.get("value") == 1 and not counted:
        yield subject.at(("threshold", "value"), "a threshold of one event is no threshold", severity="note")


CHECK = Check("RP133", "threshold", "error", run, applies=("elastic",))
