"""The rule's id is no UUID.

What: `rule_id` (Sigma: `id`) is not a UUID in its usual form.
Why: Kibana, Sigma tools and every list of exceptions know a rule by its id alone; SigmaHQ and Elastic take UUIDs only.
Example: `id: my-rule-1`.
Instead: make one with `python -c "import uuid; print(uuid.uuid4())"` and never change it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def run(subject: Subject) -> Iterator[Found]:
    key = "id" if subject.document.kind == "sigma" else "rule_id"
    value = subject.text(key)
    if value and not _UUID.fullmatch(value):
        yield subject.at(
            key, f"the rule's id `{value}` is no UUID", "an id that was published stays; new rules take a UUID"
        )


CHECK = Check("RP102", "id-malformed", "warning", run)
