"""The investigation guide speaks of another rule.

What: the guide's heading `### Investigating …` does not end in the rule's name. In the profile `elastic`.
Why: the guide was copied or the rule renamed; the analyst cannot know whether the steps fit.
Example: `### Investigating Old Name` in the rule `New Name`.
Instead: write the rule's name into the heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    note = subject.text("note") or ""
    if "### Investigating" not in note:
        return
    if not re.search(rf"### Investigating\s+{re.escape(subject.document.name)}", note, re.I):
        yield subject.at("note", "the investigation guide's heading does not name this rule")


CHECK = Check("RP117", "guide-title", "warning", run, applies=("elastic",), profiles=("elastic",))
