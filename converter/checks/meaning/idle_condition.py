"""A condition changes nothing.

What: with one part of the condition taken away the rule matches the very same events; proven.
Why: a value that another one covers, or an exclusion of what the selection never takes, costs readers time and often is
a mistake.
Example: `process.name : ("*.exe", "cmd.exe")`: the second value changes nothing.
Instead: take it away, or mend what it was meant to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.proof import never_matches
from converter.proof.idle import idle_parts
from converter.tree import And, Node, Or, children
from converter.tree.describe import describe


def run(subject: Subject) -> Iterator[Found]:
    tree = subject.predicate
    if subject.query is None or tree is None or never_matches(subject.query):
        return
    for mutant in idle_parts(subject.query):
        node = mutant.root
        for step in (*mutant.path, mutant.dropped):
            assert step is not None
            node = children(node)[step]
        yield subject.finding(f"this changes nothing: {_said(node)}", node.span, "without it the rule matches the same")


def _said(node: Node) -> str:
    items = children(node)
    if isinstance(node, And | Or):
        return f"{_said(items[0])} and {len(items) - 1} more"
    return describe(node) if not items else f"not {_said(items[0])}"


CHECK = Check("RP303", "idle-condition", "warning", run)
