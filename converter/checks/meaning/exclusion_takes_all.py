r"""An exclusion is wider than the selection.

What: the rule can never match, and it could without one of its exclusions; proven, with an event that is shut out.
Why: the rule looks like protection and is none; the exclusion was meant to take a few harmless cases.
Example: `selection: Image|endswith: '\cmd.exe'` with `filter: Image|endswith: '.exe'`.
Instead: narrow the exclusion.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.proof.compare import condition_of, example
from converter.proof.prover import Event
from converter.tree import And, Exists, Not, Single, conj
from converter.tree.describe import describe
from converter.tree.nodes import Node


def run(subject: Subject) -> Iterator[Found]:
    if not subject.never:
        return
    for node, event in too_wide(subject):
        message = f"this exclusion takes all that the rule selects: {_said(node.item)}"
        yield subject.finding(message, node.span, "without it the event shown would match", counterexample=event)


def too_wide(subject: Subject) -> Iterator[tuple[Not, Event]]:
    """Each exclusion without which the rule could match, and an event that it then would match."""
    tree = condition_of(subject.query) if subject.query is not None else None
    if not isinstance(tree, And):
        return
    for number, node in enumerate(tree.items):
        if isinstance(node, Not) and not isinstance(node.item, Exists | Single):
            found = example(conj([*tree.items[:number], *tree.items[number + 1 :]]))
            if found.event is not None:
                yield node, found.event


def _said(node: Node) -> str:
    text = describe(node)
    return text if len(text) < 120 else text[:117] + "..."


CHECK = Check("RP305", "exclusion-takes-all", "error", run)
