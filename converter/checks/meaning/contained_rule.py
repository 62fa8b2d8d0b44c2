r"""Every event of one rule is matched by another one too.

What: a rule whose condition implies that of another rule over the same data; proven.
Why: each of its events raises two alerts. That may be wanted (the narrow rule is the more severe one); then say so.
Example: `Image|endswith: '\certutil.exe'` with a command line, beside a rule for any `certutil.exe`.
Instead: exclude the narrow case from the wide rule, or suppress this finding with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from converter.checks import Check, Found
from converter.checks.meaning.pairs import pairs
from converter.checks.ruleset import Entry, RuleSet


def run_set(rules: RuleSet) -> Iterator[tuple[Entry, Found]]:
    wider: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    narrower: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    by_order = {entry.order: entry for entry in rules.entries}
    for pair in pairs(rules):
        if pair.equal:
            continue
        if pair.inner.given:
            wider[pair.inner.order].append(pair.outer)
        else:
            narrower[pair.outer.order].append(pair.inner)
    for order, others in wider.items():
        yield by_order[order], _found("every event of this rule is matched too by", others)
    for order, others in narrower.items():
        yield by_order[order], _found("this rule matches every event of", others)


def _found(said: str, others: list[Entry]) -> Found:
    shown = ", ".join(f"`{other.name}`" for other in others[:3])
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    paths = tuple(dict.fromkeys(other.path for other in others))
    return Found(f"{said} {shown}{more}", help=f"see {paths[0]}", related=paths)


CHECK = Check("RP311", "contained-rule", "note", run_set=run_set)
