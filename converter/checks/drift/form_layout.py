"""An exported form is written otherwise than it would be now.

What: a form in the export folder whose text differs from what the rule is exported as now, though it matches the same
events.
Why: the next export changes the file, and hides that change among others.
Example: a file exported by an older version of ruleproof, or a changed title.
Instead: run `ruleproof export` again.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found
from converter.checks.drift.exports import states
from converter.checks.ruleset import Entry, RuleSet


def run_set(rules: RuleSet) -> Iterator[tuple[Entry, Found]]:
    for entry, state in states(rules):
        if state.state == "layout":
            message = f"the exported form {state.file} would be written otherwise now; it matches the same events"
            yield entry, Found(message, help="run `ruleproof export` again", related=(state.file,))


CHECK = Check("RP502", "form-layout", "note", run_set=run_set)
