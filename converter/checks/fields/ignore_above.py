"""A value is longer than the field takes in.

What: a text of more characters than the field's `ignore_above`, in a schema that says it.
Why: Elasticsearch does not index such values, so no event is ever found by it.
Example: a command line of 1,100 characters over a keyword field with `ignore_above: 1024`.
Instead: look for a part of it in a field of type wildcard or text.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.tree import ANY, Glob, walk


def run(subject: Subject) -> Iterator[Found]:
    for query in subject.conditions:
        for node in walk(query.tree if query.is_event else query.extra["predicate"]):
            if not isinstance(node, Glob) or node.field.ignore_above is None:
                continue
            least = sum(len(part) if isinstance(part, str) else 0 if part is ANY else 1 for part in node.tokens)
            if least > node.field.ignore_above:
                message = f"`{node.field.name}` keeps {node.field.ignore_above} characters, this text has {least}"
                yield subject.finding(message, node.span)


CHECK = Check("RP208", "ignore-above", "error", run, applies=("elastic",))
