"""A field of analysed text is asked for a whole value.

What: a wildcard or an expression with a blank in it over a field of type text.
Why: such a test looks at one word of the text at a time, and no word holds a blank: it never holds.
Example: KQL `message: *access denied*`.
Instead: a phrase in quotes, or the keyword field beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.tree import Glob, Regex, walk


def run(subject: Subject) -> Iterator[Found]:
    for query in subject.conditions:
        for node in walk(query.tree if query.is_event else query.extra["predicate"]):
            if not isinstance(node, Glob | Regex) or node.field.sort != "text":
                continue
            texts = node.tokens if isinstance(node, Glob) else (node.pattern,)
            if any(isinstance(text, str) and " " in text for text in texts):
                message = f"`{node.field.name}` is analysed text: no word of it holds a blank, so this never holds"
                yield subject.finding(message, node.span, "write a phrase in quotes, or use a keyword field")


CHECK = Check("RP204", "text-as-keyword", "warning", run, applies=("elastic",))
