"""The rule names no ATT&CK tactic.

What: neither `threat` nor an `attack.` tag. In the profile `strict`.
Why: it is in no picture of what is covered.
Example: a Sigma rule with `tags: [cve.2024-1234]` alone.
Instead: name the tactic that the behaviour serves.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.attack import references, sigma_tags


def run(subject: Subject) -> Iterator[Found]:
    named = sigma_tags(subject) if subject.document.kind == "sigma" else references(subject)
    if not list(named):
        yield subject.finding_at_name("the rule names no tactic and no technique")


CHECK = Check("RP145", "attack-missing", "note", run, profiles=("strict",))
