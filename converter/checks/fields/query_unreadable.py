"""The query cannot be read.

What: the query is no text of its language, or compares a field with a value that its type cannot take.
Why: the rule fails each time that it runs.
Instead: mend the query at the place shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.type == "machine_learning":
        return
    if subject.query is None and subject.failed is not None:
        yield from map(Found.of, subject.failed.diagnostics)


CHECK = Check("RP201", "query-unreadable", "error", run)
