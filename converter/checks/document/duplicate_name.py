"""Two rules have one name.

What: a name (Sigma: title) stands in two rules of the set.
Why: in alerts and lists nobody can tell which of them fired.
Example: two rules `Suspicious PowerShell`.
Instead: say in the name what is special about each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from converter.checks import Check, Found
from converter.checks.ruleset import Entry, RuleSet


def run_set(rules: RuleSet) -> Iterator[tuple[Entry, Found]]:
    by_name: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in sorted(rules.entries, key=lambda entry: entry.order):
        if entry.name:
            by_name[entry.kind, " ".join(entry.name.lower().split())].append(entry)
    for entries in by_name.values():
        for entry in entries:
            others = [other for other in entries if other is not entry]
            if others and entry.given:
                yield (
                    entry,
                    Found(
                        f"another rule is also named `{entry.name}`",
                        help=f"it stands in {others[0].path}",
                        related=tuple(dict.fromkeys(other.path for other in others)),
                    ),
                )


CHECK = Check("RP105", "duplicate-name", "warning", run_set=run_set)
