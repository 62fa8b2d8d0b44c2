"""Id, name and address of an ATT&CK reference do not belong together.

What: a tactic or technique of `threat` whose name or reference is that of another id.
Why: the alert shows one thing and links to another.
Example: id T1059 with the name "PowerShell".
Instead: the name and address of the id; `--fix` writes them.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.attack import Reference, references, tactics, techniques
from converter.checks.finding import Fix


def run(subject: Subject) -> Iterator[Found]:
    names = {item[0]: item[1] for item in tactics().values()} | {key: row[0] for key, row in techniques().items()}
    for item in references(subject):
        wanted = names.get(item.id)
        at = (*item.pointer, "name")
        if wanted is not None and item.name and item.name.split(": ")[-1] != wanted:
            message = f"`{item.id}` is named `{wanted}`, not `{item.name}`"
            yield subject.at(at, message, fix=Fix(f"write `{wanted}`", at, wanted))
        at = (*item.pointer, "reference")
        if wanted is not None and item.url and _id_of(item) != item.id:
            folder = "tactics" if item.kind == "tactic" else "techniques"
            address = f"https://attack.mitre.org/{folder}/{item.id.replace('.', '/')}/"
            message = f"the reference of `{item.id}` leads to `{_id_of(item)}`"
            yield subject.at(at, message, fix=Fix(f"write `{address}`", at, address))


def _id_of(item: Reference) -> str:
    parts = item.url.rstrip("/").split("/")
    return ".".join(parts[-2:]) if "." in item.id and len(parts) > 1 and parts[-1].isdigit() else parts[-1]


CHECK = Check("RP143", "attack-names", "warning", run, applies=("elastic",))
