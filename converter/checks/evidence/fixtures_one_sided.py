"""The fixtures show one side only.

What: fixtures, but none that must match, or none that must not.
Why: a rule that matches everything passes positive fixtures, one that matches nothing passes negative ones.
Example: a `fixtures.yml` with ten times `expect: match`.
Instead: add a near miss: an event that differs in one field.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.evidence.cases import cases


def run(subject: Subject) -> Iterator[Found]:
    found = cases(subject)
    if not found.there or found.failed is not None:
        return
    said = {case["expect"] for case in found.items}
    for expect, words in (("match", "must match"), ("no_match", "must not match")):
        if expect not in said:
            yield subject.finding_at_name(f"no fixture {words}")


CHECK = Check("RP403", "fixtures-one-sided", "warning", run)
