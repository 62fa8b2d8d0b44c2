"""The rule's maturity or status is none that is known.

What: `maturity` of an Elastic rule file other than development, experimental, beta, production or deprecated;
`status` of a Sigma rule other than those of the specification.
Why: packaging leaves such rules out without a word.
Example: `maturity = "prod"`.
Instead: one of the words that the format knows.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.finding import Fix

MATURITY = ("development", "experimental", "beta", "production", "deprecated")
STATUS = ("stable", "test", "experimental", "deprecated", "unsupported")


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.kind == "sigma":
        status = subject.data.get("status")
        if status is not None and status not in STATUS:
            near = difflib.get_close_matches(str(status).lower(), STATUS, 1)
            fix = Fix(f"write `{near[0]}`", ("status",), near[0]) if near else None
            yield subject.at("status", f"there is no status `{status}`", "known: " + ", ".join(STATUS), fix=fix)
        return
    maturity = subject.metadata.get("maturity")
    if maturity is not None and maturity not in MATURITY:
        yield subject.in_metadata("maturity", f"there is no maturity `{maturity}`", "known: " + ", ".join(MATURITY))


CHECK = Check("RP112", "unknown-maturity", "warning", run)
