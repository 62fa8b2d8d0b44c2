"""No schema knows a field of the query.

What: a field name that stands in no known schema (ECS, Elastic Defend, the integrations' own, a `--fields` file).
Why: a misspelt field is never there: a condition on it never holds, an exclusion on it never excludes.
Instead: mend the name, or add the field to a file of own fields.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.porting.porter import speaks_ecs


def run(subject: Subject) -> Iterator[Found]:
    query = subject.query
    if query is None or (subject.document.kind == "sigma" and not speaks_ecs(subject.document.data)):
        return
    for note in query.notes:
        if note.code == "unknown-field":
            yield subject.finding(note.message, note.span)


CHECK = Check("RP202", "unknown-field", "note", run)
