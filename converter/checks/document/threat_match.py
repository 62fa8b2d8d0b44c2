"""An indicator-match rule compares in a way that cannot work.

What: a `threat_query` without `threat_language`; a group of `threat_mapping` that only denies (`negate`), or that asks
for a pair of fields and denies it too.
Why: the rule is refused, read as another language than was meant, or never alerts.
Example: `entries = [{ field = "source.ip", type = "mapping", value = "threat.indicator.ip", negate = true }]` alone.
Instead: at least one entry of each group that must match.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.type != "threat_match":
        return
    if subject.data.get("threat_query") and not subject.data.get("threat_language"):
        yield subject.at(
            "threat_query", "`threat_query` without `threat_language`", "kuery or lucene", severity="warning"
        )
    groups = subject.data.get("threat_mapping")
    for number, group in enumerate(groups if isinstance(groups, list) else ()):
        entries = group.get("entries") if isinstance(group, dict) else None
        items = [item for item in entries if isinstance(item, dict)] if isinstance(entries, list) else []
        at = ("threat_mapping", number)
        if items and all(item.get("negate") for item in items):
            yield subject.at(at, "every entry of this group denies: nothing is looked for in the indicators")
        denied = {_pair(item) for item in items if item.get("negate")}
        for field, other in sorted(denied & {_pair(item) for item in items if not item.get("negate")}):
            yield subject.at(at, f"`{field}` must be `{other}` and must not: the group never matches")


def _pair(item: dict[str, object]) -> tuple[str, str]:
    return str(item.get("field")), str(item.get("value"))


CHECK = Check("RP157", "threat-match", "error", run, applies=("elastic",))
