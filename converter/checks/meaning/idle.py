"""The idle parts of a rule's conditions, found once for the checks that speak of them."""

from __future__ import annotations

from converter.checks.subject import Subject
from converter.proof.compare import example
from converter.proof.idle import idle_parts
from converter.proof.mutants import Mutant
from converter.tree import And, Exists, Node, Not, Or, Single, children
from converter.tree.describe import describe


def parts(subject: Subject) -> list[list[Mutant]]:
    """For each condition (of a sequence each stage's) its idle parts; none of a condition that never holds."""
    found: list[list[Mutant]] | None = subject.__dict__.get("idle_parts")
    if found is None:
        found = []
        for query in subject.conditions:
            mutants = list(idle_parts(query))
            found.append(mutants if mutants and example(query).status == "sat" else [])
        subject.__dict__["idle_parts"] = found
    return found


def parent(mutant: Mutant) -> Node:
    node = mutant.root
    for step in mutant.path:
        node = children(node)[step]
    return node


def dropped(mutant: Mutant) -> Node:
    """The part that can go."""
    assert mutant.dropped is not None
    return children(parent(mutant))[mutant.dropped]


def negated(mutant: Mutant) -> bool:
    """Whether the part stands below an odd number of negations."""
    node, count = mutant.root, 0
    for step in mutant.path:
        count += isinstance(node, Not)
        node = children(node)[step]
    return bool(count % 2)


def is_exclusion(mutant: Mutant) -> bool:
    """A whole `not …` that is joined by `and`."""
    return isinstance(dropped(mutant), Not) and isinstance(parent(mutant), And) and not negated(mutant)


def is_made(mutant: Mutant) -> bool:
    """A part that the language's meaning adds (ES|QL's "one value"), not the writer."""
    node = dropped(mutant)
    return isinstance(node, Exists | Single) and node.span is None


def said(node: Node) -> str:
    """A part in a few words."""
    items = children(node)
    if isinstance(node, And | Or):
        return f"{said(items[0])} and {len(items) - 1} more"
    text = describe(node) if not items else f"not {said(items[0])}"
    return text if len(text) < 120 else text[:117] + "..."
