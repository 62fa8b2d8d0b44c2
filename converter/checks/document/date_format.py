"""A date of the rule is no date.

What: `creation_date`, `updated_date`, `deprecation_date` of an Elastic rule file (2026/11/24), `date` or `modified`
of a Sigma rule (2026-11-24) in another form, or a day that does not exist.
Why: tools that sort and package rules by date fail on it, or sort it wrongly.
Example: `date: 2026-02-30`.
Instead: write the day as year, month, day in the form that the rule's format asks for.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.times import day


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.kind == "sigma":
        for key in ("date", "modified"):
            value = subject.data.get(key)
            if value is not None and day(value) is None:
                yield subject.at(key, f"`{key}` is no date: `{value}`", "write it like 2026-11-24")
        return
    for key in ("creation_date", "updated_date", "deprecation_date"):
        value = subject.metadata.get(key)
        if value is not None and (day(value) is None or "/" not in str(value)):
            yield subject.in_metadata(key, f"`{key}` is no date: `{value}`", "write it like 2026/11/24")


CHECK = Check("RP109", "date-format", "error", run)
