"""A form of the rule decides otherwise on a fixture.

What: the rule is written in each language (Sigma, EQL, KQL, Lucene, ES|QL, Query DSL), and a fixture decides
otherwise on one of these forms than it must. Forms that are refused are passed over; one that is only broader may
match more.
Why: the form would fire otherwise than the rule once it is exported.
Example: an event with two values in a field that ES|QL compares with `==`.
Instead: `ruleproof port` shows what the form lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.evidence.cases import cases
from converter.languages import names
from converter.matching import EventValues, compile_node
from converter.porting import port
from converter.porting.porter import predicate_of, speaks_ecs


def run(subject: Subject) -> Iterator[Found]:
    items = [case for case in cases(subject).items if "event" in case]
    if not items or subject.predicate is None:
        return
    decide = compile_node(subject.predicate)
    sound = [case for case in items if decide(EventValues(case["event"])) == (case["expect"] == "match")]
    mapped = subject.document.kind == "sigma" and not speaks_ecs(subject.data)
    for language in ["sigma"] if mapped else names():  # the other forms read fields of other names than the fixtures
        made = port(subject.document, language, "ecs", subject.fields)  # the fixtures hold the rule's own fields
        tree = predicate_of(made.target) if made.target is not None else None
        if tree is None or made.relation not in ("equivalent", "broader"):
            continue
        form = compile_node(tree)
        for case in sound:
            said, wanted = form(EventValues(case["event"])), case["expect"] == "match"
            if said != wanted and not (made.relation == "broader" and said):
                verb = "matches" if said else "does not match"
                reason = f" ({case['reason']})" if case.get("reason") else ""
                message = (
                    f"as {language} the rule {verb} a fixture that it must{'' if wanted else ' not'} match{reason}"
                )
                yield subject.finding(message, counterexample=case["event"])
                break


CHECK = Check("RP405", "forms-disagree", "error", run)
