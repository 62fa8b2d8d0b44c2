"""Mistakes in the rule would go unseen.

What: the rule is changed in one small way after another (a condition left out, another case, a bound moved by one);
the share of these mutants that the fixtures tell from the rule is less than asked for (`min-kill` in
`ruleproof.toml`, `--min-kill`). Mutants that match the same events do not count. In the profile `strict` all of them
must be told apart.
Why: fixtures that pass with a broken rule prove nothing.
Example: a rule with five excluded paths and fixtures for two of them.
Instead: add an event for each survivor that is named.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.evidence.cases import cases, decide, kill
from converter.proof.mutants import Mutant


def run(subject: Subject) -> Iterator[Found]:
    wanted = subject.config.min_kill if subject.config.min_kill is not None else _default(subject)
    found = cases(subject)
    if wanted is None or not found.items:
        return
    answer = decide(subject)
    events = [(case["event"], case["expect"] == "match") for case in found.items if "event" in case]
    events = [(event, expect) for event, expect in events if answer({"event": event}) == expect]
    result = kill(subject, events)
    if result is None:
        return
    subject.facts.update(mutants=result.size, mutants_killed=result.killed)
    if result.share < wanted:
        yield subject.finding(
            f"the fixtures tell {result.killed} of {result.size} mutants from the rule ({result.share:.0%}), "
            f"asked for are {wanted:.0%}",
            help="survivors: " + "; ".join(_said(mutant) for mutant in result.alive[:5])
            + (f" (and {len(result.alive) - 5} more)" if len(result.alive) > 5 else ""),
        )  # fmt: skip


def _default(subject: Subject) -> float | None:
    return 1.0 if subject.config.profile == "strict" else None


def _said(mutant: Mutant) -> str:
    return f"{mutant.family}: {mutant.reason}"


CHECK = Check("RP404", "mutants-survive", "warning", run)
