"""The rule names no ATT&CK tactic.

What: neither `threat` nor an `attack.` tag; or techniques without any tactic. In the profiles `strict` and `sigmahq`.
Why: it is in no picture of what is covered.
Example: a Sigma rule with `tags: [cve.2024-1234]` alone.
Instead: name the tactic that the behaviour serves.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.attack import references, sigma_tags, slug, tactics


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.kind != "sigma":
        if not list(references(subject)):
            yield subject.finding_at_name("the rule names no tactic and no technique")
        return
    words = [word for _, word in sigma_tags(subject)]
    if not words:
        yield subject.finding_at_name("the rule names no tactic and no technique")
    elif not any(slug(word) in tactics() for word in words):
        yield subject.at("tags", "the rule names techniques, but no tactic")


CHECK = Check("RP145", "attack-missing", "note", run, profiles=("strict", "sigmahq"))
