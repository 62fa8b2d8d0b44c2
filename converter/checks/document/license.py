"""The licence is missing or one that was given up.

What: an Elastic rule that says `Elastic License` without `v2`; in the profile `strict` also any rule without a licence.
Why: without it nobody may say whether the rule may be used and passed on; the first Elastic License was replaced.
Example: `license = "Elastic License"`.
Instead: `license = "Elastic License v2"`, or the licence of your own rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.finding import Fix


def run(subject: Subject) -> Iterator[Found]:
    text = subject.text("license")
    if text is not None and "elastic license" in text.lower() and text != "Elastic License v2":
        fix = Fix("write `Elastic License v2`", ("license",), "Elastic License v2")
        yield subject.at(
            "license", f"the licence is `{text}`", "Elastic's rules are under `Elastic License v2`", fix=fix
        )
    if text is None and subject.config.profile == "strict":
        yield subject.finding_at_name("the rule has no licence", "add `license`", severity="note")


CHECK = Check("RP114", "license", "warning", run)
