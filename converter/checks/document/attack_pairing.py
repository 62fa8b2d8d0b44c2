"""A technique stands under a tactic that it does not serve.

What: a technique under a tactic of `threat` that ATT&CK does not list it for; a Sigma rule whose tactic tags fit none
of the technique's tactics.
Why: coverage by tactic shows what is not there.
Example: T1003 (OS Credential Dumping) under Persistence.
Instead: put it under one of its own tactics.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.attack import references, sigma_tags, slug, tactics, techniques


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.kind == "sigma":
        tags = list(sigma_tags(subject))
        named = {slug(word) for _, word in tags if slug(word) in tactics()}
        for at, word in tags:
            homes = techniques().get(word, [])[1:]
            if named and homes and not named & set(homes):
                yield subject.at(at, f"technique `{word}` serves none of the tagged tactics", _homes(homes))
        return
    for item in references(subject):
        homes = techniques().get(item.id, [])[1:] if item.kind == "technique" else []
        if homes and slug(item.tactic) in tactics() and slug(item.tactic) not in homes:
            yield subject.at((*item.pointer, "id"), f"`{item.id}` does not serve `{item.tactic}`", _homes(homes))


def _homes(homes: list[str]) -> str:
    return "its tactics: " + ", ".join(tactics()[name][1] for name in homes if name in tactics())


CHECK = Check("RP142", "attack-pairing", "warning", run)
