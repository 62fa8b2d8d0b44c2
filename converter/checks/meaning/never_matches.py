"""The rule can never match.

What: no event makes the condition true; proven over all events.
Why: the rule looks like protection and is none.
Example: `process.name == "a.exe" and not process.name : "*.exe"`.
Instead: look for the two conditions that exclude each other.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.proof import never_matches


def run(subject: Subject) -> Iterator[Found]:
    if subject.query is not None and subject.predicate is not None and never_matches(subject.query):
        yield subject.finding("no event can match this rule", help="two of its conditions exclude each other")


CHECK = Check("RP301", "never-matches", "error", run)
