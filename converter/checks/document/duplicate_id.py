"""Two rules have one id.

What: an id stands in two rules of the set.
Why: the second one to be imported replaces the first one; exceptions and reports mix them up.
Example: a rule file that was copied to begin a new rule.
Instead: give the newer rule an id of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from converter.checks import Check, Found
from converter.checks.ruleset import Entry, RuleSet


def run_set(rules: RuleSet) -> Iterator[tuple[Entry, Found]]:
    by_id: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in sorted(rules.entries, key=lambda entry: entry.order):
        if entry.id:
            by_id[entry.kind, entry.id.lower()].append(entry)
    for (_, id_), entries in by_id.items():
        for entry in entries:
            others = [other for other in entries if other is not entry]
            if others and entry.given:
                yield (
                    entry,
                    Found(
                        f"the id `{id_}` is also that of `{others[0].name}`",
                        help=f"the other rule stands in {others[0].path}",
                        related=tuple(dict.fromkeys(other.path for other in others)),
                    ),
                )


CHECK = Check("RP104", "duplicate-id", "error", run_set=run_set)
