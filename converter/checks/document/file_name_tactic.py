"""The file's name does not begin with the rule's first tactic.

What: `discovery_x.toml` for a rule whose first tactic is Persistence. In the profile `elastic`.
Why: in Elastic's repository files are found by tactic; such a file is found under the wrong one.
Example: a rule of the tactic Credential Access in `execution_dump.toml`.
Instead: rename the file, or put the tactic first in `threat`.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.attack import references


def run(subject: Subject) -> Iterator[Found]:
    if subject.file is None or subject.document.format != "toml" or subject.document.type == "machine_learning":
        return
    first = next((item for item in references(subject) if item.kind == "tactic"), None)
    if first is None or not first.name:
        return
    start = first.name.lower().replace(" ", "_")
    if not subject.file.name.startswith(start):
        message = f"the file `{subject.file.name}` does not begin with the rule's first tactic, `{first.name}`"
        yield subject.at((*first.pointer, "name"), message, f"name it `{start}_….toml`")


CHECK = Check("RP108", "file-name-tactic", "note", run, applies=("elastic",), profiles=("elastic",))
