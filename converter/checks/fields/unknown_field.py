"""No schema knows a field of the query.

What: a field of an ECS group (`process.…`, `file.…`) that no known schema has (ECS, Elastic Defend, the integrations'
own, a file of own fields), or one that differs from a known name by a letter or two. In the profile `strict` any
unknown field.
Why: a misspelt field is never there: a condition on it never holds, an exclusion on it never excludes.
Example: `process.nmae : "cmd.exe"`.
Instead: mend the name, or add the field to a file of own fields (`fields` in `ruleproof.toml`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.fields import Fields
from converter.porting.porter import speaks_ecs

#: Groups of ECS: a name below them that ECS does not have is own or misspelt.
GROUPS = frozenset(
    {
        "agent", "client", "cloud", "container", "data_stream", "destination", "device", "dll", "dns", "ecs", "email",
        "error", "event", "faas", "file", "group", "host", "http", "log", "network", "observer", "orchestrator",
        "organization", "package", "process", "registry", "related", "rule", "server", "service", "source", "threat",
        "tls", "url", "user", "user_agent", "vulnerability",
    }
)  # fmt: skip


def run(subject: Subject) -> Iterator[Found]:
    query = subject.query
    if query is None or (subject.document.kind == "sigma" and not speaks_ecs(subject.document.data)):
        return
    schema = Fields.of(subject.fields)
    for note in query.notes:
        name = _name(note.message) if note.code == "unknown-field" else None
        if name is None:
            continue
        near = similar(name, schema)
        said = f"`{name}` is in no field schema"
        if near is not None:
            yield subject.finding(said, note.span, f"did you mean `{near}`?", severity="warning")
        elif name.partition(".")[0] in GROUPS or subject.config.profile == "strict":
            yield subject.finding(said, note.span, "it is taken as a keyword; add it to a file of own fields")


def _name(message: str) -> str | None:
    found = re.search(r"`([^`]+)`", message)
    return found[1] if found else None


def similar(name: str, schema: Fields) -> str | None:
    """A field of the schema whose name differs by a slip of the fingers."""
    parent, _, last = name.rpartition(".")
    below = {field.name for field in schema.leaves(parent)} if parent else set()
    for other in sorted(below):
        if other.count(".") == name.count(".") and len(last) > 3 and is_slip(last, other.rpartition(".")[2]):
            return other
    root = name.partition(".")[0]
    wrong_root = difflib.get_close_matches(root, GROUPS, 1, 0.85) if root not in GROUPS else []
    candidate = f"{wrong_root[0]}{name[len(root) :]}" if wrong_root else ""
    return candidate if candidate and candidate in schema else None


def is_slip(one: str, other: str) -> bool:
    """One letter more, less or other, or two changed over; digits are no slips (`sha1` and `sha256` are two names)."""
    if re.sub(r"\d", "", one) == re.sub(r"\d", "", other):
        return False
    if len(one) > len(other):
        one, other = other, one
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    a, b = one[same:], other[same:]
    if len(one) == len(other):
        return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
    return len(other) - len(one) == 1 and a == b[1:]


CHECK = Check("RP202", "unknown-field", "note", run)
