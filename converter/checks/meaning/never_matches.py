"""The rule can never match.

What: no event makes the condition true; proven over all events. Of an ES|QL query that counts, the condition is what
it asks of an event before that.
Why: the rule looks like protection and is none.
Example: `process.name == "a.exe" and not process.name : "*.exe"`.
Instead: look for the two conditions that exclude each other.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.meaning.exclusion_takes_all import too_wide
from converter.proof import never_matches


def run(subject: Subject) -> Iterator[Found]:
    help_ = "two of its conditions exclude each other"
    if subject.never and next(too_wide(subject), None) is None:
        yield subject.finding("no event can match this rule", help=help_)
    if subject.predicate is None and subject.query is not None and subject.query.extra.get("front") is not None:
        (front,) = subject.conditions
        if never_matches(front):
            yield subject.finding("no event fulfils the conditions before the rule counts or joins", help=help_)


CHECK = Check("RP301", "never-matches", "error", run)
