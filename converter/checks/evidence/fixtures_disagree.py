"""A fixture decides otherwise than it says.

What: an event in `fixtures.yml` beside the rule that must match does not, or the other way round.
Why: the rule has drifted from what it was tested for, or the fixture is wrong.
Example: `expect: match` for an event that the rule's new exclusion shuts out.
Instead: `ruleproof replay --why` shows which condition decided.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.evidence.cases import cases, decide


def run(subject: Subject) -> Iterator[Found]:
    found = cases(subject)
    if not found.items or subject.query is None:
        return
    answer = decide(subject)
    for number, case in enumerate(found.items, 1):
        said = answer(case)
        wanted = case["expect"] == "match"
        if said is None or said == wanted:
            continue
        reason = f" ({case['reason']})" if case.get("reason") else ""
        verb = "does not match, but must" if wanted else "matches, but must not"
        yield subject.finding(f"fixture {number}{reason} {verb}", counterexample=case.get("event"))


CHECK = Check("RP401", "fixtures-disagree", "error", run)
