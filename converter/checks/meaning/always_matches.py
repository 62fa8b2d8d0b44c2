"""The rule matches every event.

What: the condition is true for all events; proven.
Why: each event becomes an alert, up to the limit of alerts, and hides what matters.
Example: `any where process.name == "a" or process.name != "a"`.
Instead: an exclusion is probably joined by `or` where `and` was meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.proof import always_matches


def run(subject: Subject) -> Iterator[Found]:
    if subject.query is not None and subject.predicate is not None and always_matches(subject.query):
        yield subject.finding("every event matches this rule")


CHECK = Check("RP302", "always-matches", "error", run)
