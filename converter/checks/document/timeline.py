"""A timeline template is only half named, or by another one's name.

What: `timeline_id` without `timeline_title`, or the other way round; the id of one of Elastic's own templates with a
title that is not its own.
Why: Kibana opens the alert with an empty timeline, or shows a name that leads nowhere.
Example: `timeline_title = "Generic Process Timeline"` alone.
Instead: both, as the template has them.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.finding import Fix

#: Templates that Kibana comes with, as detection-rules names them.
TEMPLATES = {
    "db366523-f1c6-4c1f-8731-6ce5ed9e5717": "Generic Endpoint Timeline",
    "91832785-286d-4ebe-b884-1a208d111a70": "Generic Network Timeline",
    "76e52245-7519-4251-91ab-262fb1a1728c": "Generic Process Timeline",
    "495ad7a7-316e-4544-8a0f-9c098daee76e": "Generic Threat Match Timeline",
    "4d4c0b59-ea83-483f-b8c1-8c360ee53c5c": "Comprehensive File Timeline",
    "e70679c2-6cde-4510-9764-4823df18f7db": "Comprehensive Process Timeline",
    "300afc76-072d-4261-864d-4149714bf3f1": "Comprehensive Network Timeline",
    "3e47ef71-ebfc-4520-975c-cb27fc090799": "Comprehensive Registry Timeline",
}


def run(subject: Subject) -> Iterator[Found]:
    pair = ("timeline_id", "timeline_title")
    there = [key for key in pair if subject.data.get(key)]
    if len(there) == 1:
        lacking = next(key for key in pair if key not in there)
        yield subject.at(there[0], f"`{there[0]}` without `{lacking}`")
    title = TEMPLATES.get(subject.text("timeline_id") or "")
    if len(there) == 2 and title is not None and subject.data["timeline_title"] != title:
        fix = Fix(f"write `{title}`", ("timeline_title",), title)
        yield subject.at("timeline_title", f"the template of this id is named `{title}`", fix=fix)


CHECK = Check("RP147", "timeline", "warning", run, applies=("elastic",))
