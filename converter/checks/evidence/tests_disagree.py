"""A rule's own tests decide otherwise than they say.

What: an event of `RULE.test.yml` beside the rule that must match does not, or the other way round; or another number of
events than expected matches in a regression test that a Sigma rule names (`regression_tests_path`).
Why: the rule has drifted from what it was tested for, or the test is wrong.
Example: `match_count: 1` where three events of the EVTX file fulfil the rule.
Instead: `ruleproof replay --all` shows each event on each form, `--why` which condition decided.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.diagnostics import ConverterError
from converter.replay.evidence import disagreements


def run(subject: Subject) -> Iterator[Found]:
    if subject.query is None or subject.predicate is None:
        return
    try:
        for message in disagreements(subject.document, subject.query):
            yield subject.finding(message)
    except ConverterError as error:
        for diagnostic in error.diagnostics:
            yield Found.of(diagnostic, "warning")


CHECK = Check("RP402", "tests-disagree", "error", run)
