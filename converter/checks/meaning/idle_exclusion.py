"""An exclusion excludes nothing.

What: the rule selects no event that the exclusion takes, or another exclusion takes them all already; proven.
Why: what it was meant to shut out still raises alerts, or never did; most often a field, a case or a path is wrong in
it.
Example: `process.name == "a" and not process.name == "b"`.
Instead: take it away, or mend what it was meant to take.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.meaning import idle, selections


def run(subject: Subject) -> Iterator[Found]:
    for selection in selections.whole(subject):
        if selection.exclusion:
            message = f"the exclusion `{selection.name}` excludes nothing"
            message += f": {selection.why}" if selection.why else ""
            yield subject.finding(message, selection.span, "the rule matches the same events without it")
    for mutants in idle.parts(subject):
        for item in mutants:
            if idle.is_exclusion(item) and not selections.speaks(subject, idle.named(item)):
                node = idle.dropped(item)
                message = f"this exclusion excludes nothing: {idle.said(node)}"
                yield subject.finding(message, node.span, "the rule matches the same events without it")


CHECK = Check("RP304", "idle-exclusion", "warning", run)
