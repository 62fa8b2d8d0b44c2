"""A Sigma field is written otherwise than its log source has it.

What: a field that the mapping of the rule's log source does not have, and that differs from one it has by the case of
letters, or by a slip of the fingers.
Why: field names are exact: the condition never holds, an exclusion on it never excludes.
Example: `Commandline|contains: x` of `process_creation`, where the field is `CommandLine`.
Instead: the name that is meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.fields.unknown_field import is_slip
from converter.mapping import find_log_source
from converter.porting.porter import speaks_ecs
from converter.tree import ANY_FIELD, atoms


def run(subject: Subject) -> Iterator[Found]:
    source = find_log_source(subject.data.get("logsource") or {}) if subject.document.type == "rule" else None
    if source is None or subject.predicate is None or speaks_ecs(subject.data):
        return
    targets = {name for entry in source.entries.values() for name in entry.to}
    said = set(source.entries)
    for node in atoms(subject.predicate):
        field = getattr(node, "field", None)
        if field is None or field == ANY_FIELD or field.name in said:
            continue
        said.add(field.name)
        if source.native.format(field.name) in targets:  # the data's own name of a field that has another in Sigma
            continue
        near = _near(field.name, list(source.entries))
        if near is not None:
            message = f"`{field.name}` is no field of {source.title}"
            yield subject.finding(message, getattr(node, "span", None), f"did you mean `{near}`?")


def _near(name: str, known: list[str]) -> str | None:
    same = next((other for other in known if other.casefold() == name.casefold()), None)
    if same is not None or len(name) < 5:
        return same
    return next((other for other in known if len(other) > 4 and is_slip(name, other)), None)


CHECK = Check("RP211", "misspelt-sigma-field", "warning", run, applies=("sigma",))
