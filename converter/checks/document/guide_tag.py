"""A rule with an investigation guide lacks the tag for it.

What: `note` holds an investigation guide, `tags` has no `Resources: Investigation Guide`. In the profile `elastic`.
Why: rules with a guide are found by that tag.
Example: a `note` with `### Investigating …` and `tags = []`.
Instead: add the tag.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.finding import Fix

TAG = "Resources: Investigation Guide"


def run(subject: Subject) -> Iterator[Found]:
    tags = subject.data.get("tags")
    if "Investigating" in (subject.text("note") or "") and TAG not in (tags or []):
        fix = Fix(f"add the tag `{TAG}`", ("tags", len(tags)), TAG) if isinstance(tags, list) else None
        yield subject.at("tags", f"the rule has a guide, but no tag `{TAG}`", fix=fix)


CHECK = Check("RP118", "guide-tag", "note", run, applies=("elastic",), profiles=("elastic",))
