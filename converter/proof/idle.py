"""Parts of a condition without which it matches the very same events."""

from __future__ import annotations

from collections.abc import Iterator

from converter.proof.compare import condition_of, declared
from converter.proof.mutants import Mutant, mutants
from converter.proof.prover import Prover
from converter.query import Query
from converter.tree import Node


def idle_parts(query: Query | Node) -> Iterator[Mutant]:
    """The query without one alternative or one condition, wherever that is proven to change nothing."""
    tree = condition_of(query)
    if tree is None:
        return
    prover = Prover(constraints=declared(tree))
    whole = prover.literal(tree)
    for mutant in mutants(tree):
        if mutant.dropped is None:
            continue
        part = prover.literal(mutant.tree)
        if all(prover.solve(asked).status == "unsat" for asked in ([whole, -part], [part, -whole])):
            yield mutant
