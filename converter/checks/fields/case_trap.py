"""A comparison depends on how a source writes upper and lower case.

What: an exact comparison (EQL `==`, KQL, ES|QL) of a Windows file, path, process or registry name with letters of
both cases.
Why: Windows takes any case, and so do its logs: `CMD.EXE`, `cmd.exe` and `Cmd.Exe` are one program, but three values.
One renamed file goes past the rule.
Example: `process.name == "WmiPrvSE.exe"`.
Instead: EQL's `:` or `like~`; in KQL the field's `.caseless`; in ES|QL `TO_LOWER`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.tree import Glob, walk

_NAMES = re.compile(
    r"(?:process(?:\.parent)?|dll|file|registry)\.(?:name|executable|path|directory|key|value|hive|extension)"
)


def run(subject: Subject) -> Iterator[Found]:
    if not _windows(subject):
        return
    for query in subject.conditions:
        found: dict[str, list[Glob]] = {}
        for node in walk(query.tree if query.is_event else query.extra["predicate"]):
            if isinstance(node, Glob) and node.fold == "none" and _NAMES.fullmatch(node.field.name) and _mixed(node):
                found.setdefault(node.field.name, []).append(node)
        for name, nodes in found.items():
            more = f" (and {len(nodes) - 1} more)" if len(nodes) > 1 else ""
            message = f"`{name}` is compared with exact case{more}, though Windows takes any case"
            yield subject.finding(message, nodes[0].span, "another case goes past the rule")


def _mixed(node: Glob) -> bool:
    text = "".join(part for part in node.tokens if isinstance(part, str))
    return any(c.isupper() for c in text) and any(c.islower() for c in text)


def _windows(subject: Subject) -> bool:
    if "OS: Windows" in subject.texts("tags"):
        return not {"OS: Linux", "OS: macOS"} & set(subject.texts("tags"))
    return any(
        isinstance(node, Glob) and node.field.name == "host.os.type" and node.tokens == ("windows",)
        for query in subject.conditions
        for node in walk(query.tree if query.is_event else query.extra["predicate"])
    )


CHECK = Check("RP206", "case-trap", "note", run, applies=("elastic",))
