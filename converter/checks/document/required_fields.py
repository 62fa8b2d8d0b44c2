"""The rule's list of fields does not fit its query.

What: `required_fields` names a field that the query does not read, or with a type other than the schema's.
Why: Kibana tells users from it whether their data suffice.
Example: `required_fields` with `process.nmae`.
Instead: list the fields that the query reads.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.fields import Fields
from converter.tree import fields_of


def run(subject: Subject) -> Iterator[Found]:
    listed = subject.data.get("required_fields")
    if not isinstance(listed, list) or subject.predicate is None or subject.document.format == "docs":
        return
    read = {field.name for field in fields_of(subject.predicate)} | {
        field.path for field in fields_of(subject.predicate)
    }
    schema = Fields.of(subject.fields)
    for number, item in enumerate(listed):
        name, kind = (item.get("name"), item.get("type")) if isinstance(item, dict) else (None, None)
        if not isinstance(name, str):
            continue
        field = schema.field(name)
        if name not in read and name != "event.category" and subject.document.language != "esql":
            yield subject.at(("required_fields", number), f"the query does not read `{name}`")
        elif field.known and kind and field.type != kind and field.type.removesuffix("_lowercase") != kind:
            message = f"`{name}` is of type {field.type}, not {kind}"
            yield subject.at(("required_fields", number), message)


CHECK = Check("RP155", "required-fields", "note", run, applies=("elastic",))
