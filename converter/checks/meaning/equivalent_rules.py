"""Two rules of the set match the same events.

What: two rules over the same data whose conditions are equivalent; proven. Rules with a threshold, new terms or an
indicator match count only if these are the same too. Sequences count if they are built alike and each stage is
equivalent.
Why: each event raises two alerts, and a tuning made in the one is forgotten in the other.
Example: a copy of a rule with another name.
Instead: keep one of them; relate them if both must stay.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found
from converter.checks.meaning.pairs import pairs
from converter.checks.ruleset import Entry, RuleSet


def run_set(rules: RuleSet) -> Iterator[tuple[Entry, Found]]:
    for pair in pairs(rules):
        if pair.equal:
            here, there = (pair.inner, pair.outer) if pair.inner.given else (pair.outer, pair.inner)
            message = f"this rule matches the same events as `{there.name}`"
            yield here, Found(message, help=f"the other rule stands in {there.path}", related=(there.path,))


CHECK = Check("RP310", "equivalent-rules", "warning", run_set=run_set)
