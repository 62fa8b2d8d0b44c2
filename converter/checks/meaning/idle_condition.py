"""A condition or a value changes nothing.

What: with one part of the condition taken away the rule matches the very same events; proven. All parts that are
named can be taken away together.
Why: what another part covers costs readers time, and often is a mistake: the writer thought that it narrows or widens
the rule.
Example: `process.name : ("*.exe", "cmd.exe")`: the second value changes nothing.
Instead: take it away, or mend what it was meant to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from converter.checks import Check, Found, Subject
from converter.checks.meaning import idle
from converter.proof.mutants import Mutant
from converter.tree import And


def run(subject: Subject) -> Iterator[Found]:
    for mutants in idle.parts(subject):
        plain = [item for item in mutants if not idle.is_exclusion(item) and not idle.is_made(item)]
        for _, group in groupby(plain, key=lambda item: item.path):
            yield _found(subject, list(group))


def _found(subject: Subject, group: list[Mutant]) -> Found:
    """One finding for all idle values of one list."""
    group = sorted(group, key=lambda item: item.dropped or 0)
    first = idle.dropped(group[0])
    shown = ", ".join(idle.said(idle.dropped(item)) for item in group[:3])
    more = f" and {len(group) - 3} more" if len(group) > 3 else ""
    condition = isinstance(idle.parent(group[0]), And) != idle.negated(group[0])
    return subject.finding(
        f"this changes nothing: {shown}{more}", first.span, "without it the rule matches the same events",
        severity="warning" if condition else "note",
    )  # fmt: skip


CHECK = Check("RP303", "idle-condition", "warning", run)
