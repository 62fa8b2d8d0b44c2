"""A lowest version is given without the reason.

What: `min_stack_version` without `min_stack_comments`, or in a form that is no version. In the profile `elastic`.
Why: nobody can tell later whether the limit still holds.
Example: `min_stack_version = "8.13"`.
Instead: version and comment together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    version = subject.metadata.get("min_stack_version")
    if version is None:
        return
    if not re.fullmatch(r"\d+\.\d+(\.\d+)?", str(version)):
        yield subject.in_metadata("min_stack_version", f"`{version}` is no version", "write it like 8.13.0")
    elif not subject.metadata.get("min_stack_comments"):
        yield subject.in_metadata("min_stack_version", "`min_stack_version` without `min_stack_comments`")


CHECK = Check("RP148", "min-stack", "note", run, applies=("elastic",), profiles=("elastic",))
