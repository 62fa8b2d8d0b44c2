"""The fixtures cannot be read.

What: `fixtures.yml` beside the rule is no valid YAML, or not built as fixtures are.
Why: none of its events has been looked at.
Example: `expect: yes`.
Instead: a list `fixtures:`, each with `expect: match` or `no_match` and an `event`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from converter.checks import Check, Found, Subject
from converter.checks.evidence.cases import cases


def run(subject: Subject) -> Iterator[Found]:
    failed = cases(subject).failed
    for item in failed.diagnostics if failed is not None else ():
        place = item.position
        where = f"{PurePath(place.path).name}:{place.line}: " if place is not None and place.path else ""
        yield subject.finding_at_name(f"{where}{item.message}", item.help)


CHECK = Check("RP406", "fixtures-unreadable", "error", run)
