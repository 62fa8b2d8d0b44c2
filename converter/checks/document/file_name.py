"""The file's name is not written as those of the repository.

What: a rule file whose name holds anything but lower-case letters, digits and underscores. In the profile `elastic`.
Why: detection-rules loads no other files; on some systems two names that differ in case only are one file.
Example: `MyRule.toml`.
Instead: `my_rule.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    if subject.file is None or subject.document.format != "toml":
        return
    if not re.fullmatch(r"[a-z0-9_]+\.toml", subject.file.name):
        help_ = "lower-case letters, digits and underscores, for example `execution_odd_child.toml`"
        yield subject.finding_at_name(f"the file is named `{subject.file.name}`", help_)


CHECK = Check("RP107", "file-name", "warning", run, applies=("elastic",), profiles=("elastic",))
