"""The rule has no id.

What: a Sigma rule without `id`, or an Elastic rule file without `rule_id`.
Why: without an id nothing can refer to the rule: updates make a second rule, exceptions and reports lose it.
Example: a Sigma file that begins with `title:` and has no `id:` at all.
Instead: add a UUID of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    key = "id" if subject.document.kind == "sigma" else "rule_id"
    if not subject.data.get(key) and subject.document.format != "docs":
        yield subject.finding_at_name(f"the rule has no `{key}`", "add a UUID and never change it again")


CHECK = Check("RP103", "id-missing", "warning", run)
