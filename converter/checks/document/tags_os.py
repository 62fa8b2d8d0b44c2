"""The tags name another operating system than the query.

What: the query takes events of `host.os.type` windows, linux or macos only, and the tags name operating systems, but
not that one; in the profile `elastic` also a rule in a folder `windows`, `linux` or `macos` without that tag, or
whose KQL or EQL does not ask for `host.os.type` (nor, in `windows`, for a field `winlog.…`).
Why: the rule is switched on for the wrong machines, or not at all.
Example: `host.os.type == "linux"` with the tag `OS: Windows`.
Instead: let tags and query say the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.proof.compare import condition_of, implies
from converter.tree import ALWAYS, Field, Glob, disj, fields_of, literal, walk

TAGS = {"windows": "OS: Windows", "linux": "OS: Linux", "macos": "OS: macOS"}


def run(subject: Subject) -> Iterator[Found]:
    tags = subject.texts("tags")
    said = {name for name, tag in TAGS.items() if tag in tags}
    if said and subject.predicate is not None and not subject.never and _names_system(subject):
        field = Field("host.os.type")
        for query in subject.conditions:
            if implies(query, disj([Glob(field, literal(name)) for name in TAGS if name not in said])) is True:
                yield subject.at("tags", f"the query takes no events of {' or '.join(TAGS[n] for n in sorted(said))}")
    folder = subject.file.parent.name if subject.file is not None else ""
    if subject.config.profile in ("elastic", "strict") and folder in TAGS and folder not in said:
        yield subject.at("tags", f"a rule in `{folder}` without the tag `{TAGS[folder]}`", severity="note")
    if subject.config.profile in ("elastic", "strict") and folder in TAGS and not _asks(subject, folder):
        help_ = f'add `host.os.type == "{folder}"`'
        yield subject.finding(f"a rule in `{folder}` does not ask for `host.os.type`", help=help_, severity="note")


def _asks(subject: Subject, folder: str) -> bool:
    if subject.document.language not in ("eql", "kuery") or not subject.conditions:
        return True
    names = {field.name for query in subject.conditions for field in fields_of(condition_of(query) or ALWAYS)}
    return "host.os.type" in names or (folder == "windows" and any(name.startswith("winlog.") for name in names))


def _names_system(subject: Subject) -> bool:
    nodes = walk(subject.predicate) if subject.predicate is not None else ()
    return any(isinstance(node, Glob) and node.field.name == "host.os.type" for node in nodes)


CHECK = Check("RP137", "tag-os", "warning", run, applies=("elastic",))
