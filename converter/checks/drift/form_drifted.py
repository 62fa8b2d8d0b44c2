"""An exported form no longer matches what the rule matches.

What: a form in the export folder (`exported` in `ruleproof.toml`, else `output/`) that is not equivalent to what the
rule is exported as now; with an event that only one of the two matches. Also a form that cannot be read or is gone,
and one that the rule can no longer be exported as.
Why: the SIEM that got the form fires otherwise than the rule says.
Example: a new exclusion in `rule.toml`, and `output/eql/rule.eql` as it was.
Instead: run `ruleproof export` again.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found
from converter.checks.drift.exports import State, states
from converter.checks.ruleset import Entry, RuleSet

_RELATIONS = {
    "broader": "it matches more than the rule", "narrower": "it misses events of the rule",
    "different": "it misses events of the rule and matches others", "unknown": "it is not proven to match the same",
}  # fmt: skip


def run_set(rules: RuleSet) -> Iterator[tuple[Entry, Found]]:
    for entry, state in states(rules):
        said = _said(state)
        if said is not None:
            yield entry, Found(
                f"the exported form {state.file} {said}", help="run `ruleproof export` again",
                counterexample=state.event, related=(state.file,),
            )  # fmt: skip


def _said(state: State) -> str | None:
    match state.state:
        case "drifted":
            return f"is out of date: {_RELATIONS.get(state.relation, state.relation)}"
        case "refused":
            return f"is out of date: the rule is no longer exported as {state.language}"
        case "unreadable":
            return f"cannot be read: {state.reason}"
        case "gone":
            return "is gone"
    return None


CHECK = Check("RP501", "form-drifted", "error", run_set=run_set)
