"""A timeline template is only half named.

What: `timeline_id` without `timeline_title`, or the other way round.
Why: Kibana opens the alert with an empty timeline, or shows a name that leads nowhere.
Example: `timeline_title = "Generic Process Timeline"` alone.
Instead: both, as the template has them.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    pair = ("timeline_id", "timeline_title")
    there = [key for key in pair if subject.data.get(key)]
    if len(there) == 1:
        lacking = next(key for key in pair if key not in there)
        yield subject.at(there[0], f"`{there[0]}` without `{lacking}`")


CHECK = Check("RP147", "timeline", "warning", run, applies=("elastic",))
