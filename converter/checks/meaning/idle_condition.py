"""A condition or a value changes nothing.

What: with one part of the condition taken away the rule matches the very same events; proven. All parts that are
named can be taken away together. A value that another value of its list covers is a note only, and so is a condition
that the field is there.
Why: what another part covers costs readers time, and often is a mistake: the writer thought that it narrows or widens
the rule.
Example: `process.name : ("*.exe", "cmd.exe")`: the second value changes nothing.
Instead: take it away, or mend what it was meant to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from converter.checks import Check, Found, Subject
from converter.checks.meaning import idle, selections
from converter.proof.mutants import Mutant
from converter.tree import Exists


def run(subject: Subject) -> Iterator[Found]:
    for item in selections.whole(subject):
        if not item.exclusion:
            message = f"the selection `{item.name}` changes nothing"
            help_ = "without it the rule matches the same events"
            yield subject.finding(message, item.span, help_, severity="warning" if item.narrows else "note")
    for mutants in idle.parts(subject):
        plain = [item for item in mutants if not idle.is_exclusion(item)]
        plain = [item for item in plain if not selections.speaks(subject, idle.named(item))]
        found = [_found(subject, list(group)) for _, group in groupby(plain, key=lambda item: item.path)]
        found.sort(key=lambda item: item.severity != "warning")  # of a part and all around it the worse one is told
        yield from {(item.span, item.message): item for item in reversed(found)}.values()


def _found(subject: Subject, group: list[Mutant]) -> Found:
    """One finding for all idle values of one list."""
    group = sorted(group, key=lambda item: item.dropped or 0)
    first = idle.named(group[0])
    shown = ", ".join(idle.said(idle.named(item)) for item in group[:3])
    more = f" and {len(group) - 3} more" if len(group) > 3 else ""
    condition = idle.narrows(group[0]) and not isinstance(first, Exists) and not idle.is_covered(group)
    return subject.finding(
        f"this changes nothing: {shown}{more}", first.span, "without it the rule matches the same events",
        severity="warning" if condition else "note",
    )  # fmt: skip


CHECK = Check("RP303", "idle-condition", "warning", run)
