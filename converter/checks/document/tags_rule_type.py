"""A machine-learning rule is not tagged as one.

What: a rule of type `machine_learning` without the tags `Rule Type: ML` and `Rule Type: Machine Learning`. In the
profile `elastic`.
Why: rules that need a running job are found by these tags.
Example: `type = "machine_learning"` with `tags = ["Domain: Endpoint"]`.
Instead: add both tags.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.finding import Fix

TAGS = ("Rule Type: ML", "Rule Type: Machine Learning")


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.type != "machine_learning":
        return
    tags = subject.texts("tags")
    for tag in TAGS:
        if tag not in tags:
            fix = Fix("add the tag", ("tags", len(tags)), tag) if "tags" in subject.data else None
            yield subject.at("tags", f"a machine-learning rule without the tag `{tag}`", fix=fix)


CHECK = Check("RP140", "tag-rule-type", "note", run, applies=("elastic",), profiles=("elastic",))
