"""The query cannot be read.

What: the query is no text of its language. As a note: it uses what ruleproof does not read, and was not checked
further.
Why: the rule fails each time that it runs.
Example: `process where process.name :`.
Instead: mend the query at the place shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.type == "machine_learning" or subject.query is not None or subject.failed is None:
        return
    for item in subject.failed.diagnostics:
        if item.code == "unsupported":
            message = f"the query was not checked: {item.message}"
            yield Found(message, item.span, item.source, item.help, severity="note")
        elif item.code != "type":
            yield Found.of(item)


CHECK = Check("RP201", "query-unreadable", "error", run)
