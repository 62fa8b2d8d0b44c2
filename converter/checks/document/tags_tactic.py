"""Tags and tactics differ.

What: a tag `Tactic: …` that is not in `threat`, or the first tactic of `threat` without its tag. In the profile
`elastic`.
Why: coverage is counted by the one and filtered by the other.
Example: `threat` with Persistence and `tags` with `Tactic: Execution` alone.
Instead: name the same tactics in both.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.attack import references
from converter.checks.finding import Fix


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.type == "machine_learning" or subject.document.format == "docs":
        return
    named = [item.name for item in references(subject) if item.kind == "tactic" and item.name]
    tags = subject.texts("tags")
    if named and f"Tactic: {named[0]}" not in tags:
        fix = Fix("add the tag", ("tags", len(tags)), f"Tactic: {named[0]}") if "tags" in subject.data else None
        yield subject.at("tags", f"the rule's first tactic has no tag: `Tactic: {named[0]}`", fix=fix)
    for number, tag in enumerate(tags):
        if tag.startswith("Tactic: ") and named and tag.removeprefix("Tactic: ") not in named:
            yield subject.at(("tags", number), f"`{tag}` is not among the rule's tactics in `threat`")


CHECK = Check("RP138", "tag-tactic", "note", run, applies=("elastic",), profiles=("elastic",))
