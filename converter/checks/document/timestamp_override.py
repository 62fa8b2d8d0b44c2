"""The rule does not count with late events.

What: a KQL or EQL rule (no sequence) without `timestamp_override = "event.ingested"`. In the profile `elastic`.
Why: by `@timestamp` an event that arrives after the look-back has passed is never seen.
Example: a `query` rule without `timestamp_override`.
Instead: set it; Kibana falls back to `@timestamp` where the field is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.finding import Fix
from converter.tree import Node


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.language not in ("kuery", "eql") or subject.query is None:
        return
    if not isinstance(subject.query.tree, Node):
        return
    if subject.data.get("timestamp_override") != "event.ingested":
        fix = Fix("set it", ("timestamp_override",), "event.ingested")
        yield subject.finding_at_name('the rule has no `timestamp_override = "event.ingested"`', fix=fix)


CHECK = Check("RP127", "timestamp-override", "note", run, applies=("elastic",), profiles=("elastic",))
