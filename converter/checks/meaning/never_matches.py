"""The rule can never match.

What: no event makes the condition true; proven over all events.
Why: the rule looks like protection and is none.
Example: `process.name == "a.exe" and not process.name : "*.exe"`.
Instead: look for the two conditions that exclude each other.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.meaning.exclusion_takes_all import too_wide


def run(subject: Subject) -> Iterator[Found]:
    if subject.never and next(too_wide(subject), None) is None:
        yield subject.finding("no event can match this rule", help="two of its conditions exclude each other")


CHECK = Check("RP301", "never-matches", "error", run)
