r"""A regular expression means something else than in other languages.

What: in a regular expression of Lucene (EQL `regex`, ES|QL `RLIKE`, Lucene `/…/`) a `^` at the start or a `$` at the
end, a group `(?:…)` or `(?i)`, a class `[[:alpha:]]`, a reference `\1`.
Why: there they are plain characters, without an error: only values that hold them match. The value is compared as a
whole anyway.
Example: `process.name regex "^cmd.*"`.
Instead: leave anchors away; write `(ab)` for `(?:ab)`, EQL's `regex~` for `(?i)`, `[a-zA-Z]` for `[[:alpha:]]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.query import Query
from converter.tree import Glob, Node, Regex, walk

_TRAPS = (
    (re.compile(r"^\(*\^"), "`^` is no anchor here, but a character"),
    (re.compile(r"(?<!\\)(?:\\\\)*\$\)*$"), "`$` is no anchor here, but a character"),
    (re.compile(r"(?<!\\)(?:\\\\)*\(\?"), "`(?` opens no special group here, but a group that begins with `?`"),
    (re.compile(r"\[\[:\w+:\]"), "`[[:…:]]` is no class of characters here"),
    (re.compile(r"(?<!\\)(?:\\\\)*\\[1-9]"), "a backslash and a digit are no reference here, but the digit"),
)


#: What stands before a value of EQL's `regex`, or in an ES|QL test with `RLIKE`.
_EQL = re.compile(r"\bregex~?\s*(?:\((?:[^()\"]|\"(?:[^\"\\]|\\.)*\")*)?$", re.I)
_ESQL = re.compile(r"\bRLIKE\b\s*(.*)", re.I | re.S)


def run(subject: Subject) -> Iterator[Found]:
    for query in subject.conditions:
        for node in walk(query.tree if query.is_event else query.extra["predicate"]):
            text = _expression(query, node)
            for pattern, said in _TRAPS if text is not None else ():
                if pattern.search(text or ""):
                    yield subject.finding(said, node.span, "the whole value is compared, by Lucene's syntax")


def _expression(query: Query, node: Node) -> str | None:
    """The regular expression that a test was written as; a simple one has become a pattern with wildcards."""
    if isinstance(node, Regex):
        return node.pattern if node.flavour == "lucene" else None
    if not isinstance(node, Glob) or node.span is None:
        return None
    text = query.text[node.span.start : node.span.end]
    if query.language == "eql" and _EQL.search(query.text[: node.span.start]):
        return text.strip('"')
    found = _ESQL.search(text) if query.language == "esql" else None
    return found[1].strip(' "') if found else None


CHECK = Check("RP213", "regex-trap", "warning", run, applies=("elastic",))
