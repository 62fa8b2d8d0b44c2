"""The rule has no fixtures.

What: no `fixtures.yml` beside the rule's file. In the profile `strict`.
Why: nothing shows that the rule fires, and a later change can break it unseen.
Example: a folder with `rule.toml` alone.
Instead: `ruleproof fixtures RULE` writes telling events; read them before you keep them.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.evidence.cases import cases


def run(subject: Subject) -> Iterator[Found]:
    if not cases(subject).there and subject.document.path and subject.document.type != "machine_learning":
        yield subject.finding_at_name("the rule has no fixtures", "`ruleproof fixtures` makes them")


CHECK = Check("RP407", "fixtures-missing", "note", run, profiles=("strict",))
