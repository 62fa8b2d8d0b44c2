"""An asterisk stands where it is no wildcard.

What: `*` inside a text that the language compares as it stands: EQL `==` and `in`, KQL and Lucene within quotes,
ES|QL `==`.
Why: only values with a real asterisk are matched; the rule looks as if it took many.
Example: `process.name == "cmd*.exe"`, KQL `process.name: "cmd*"`.
Instead: EQL `:` or `like`, KQL without quotes, ES|QL `LIKE`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.tree import Glob, walk

_HELP = {
    "eql": "use `:` or `like`", "kuery": "write it without quotes", "lucene": "write it without quotes",
    "esql": "use `LIKE`",
}  # fmt: skip


def run(subject: Subject) -> Iterator[Found]:
    help_ = _HELP.get(subject.document.language or "")
    if help_ is None:
        return
    for query in subject.conditions:
        for node in walk(query.tree if query.is_event else query.extra["predicate"]):
            if isinstance(node, Glob) and node.span is not None and _meant(node):
                text = query.text[node.span.start : node.span.end]
                if "\\*" not in text:
                    message = f"`*` is no wildcard here: `{node.field.name}` must hold an asterisk"
                    yield subject.finding(message, node.span, help_)


def _meant(node: Glob) -> bool:
    """All literal, with an asterisk beside a letter: a lone one (`reg query *`) is a value that people search for."""
    if node.field.sort != "string" or len(node.tokens) != 1 or not isinstance(node.tokens[0], str):
        return False
    return re.search(r"\w\*|\*[\w.\\/]", node.tokens[0]) is not None


CHECK = Check("RP207", "unexpanded-wildcard", "warning", run, applies=("elastic",))
