"""The stages of a sequence cannot follow each other.

What: a stage that no event can be, or two stages that can never have the same join key; proven (given that a key
field holds one value).
Why: the rule looks like protection and is none.
Example: `sequence by user.name [any where user.name == "a"] [any where user.name == "b"]`.
Instead: look at the keys, and at what the stages say of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

from converter.checks import Check, Found, Subject
from converter.proof.compare import example, with_category
from converter.query import Query
from converter.tree import Field, Nested, Node, Piped, Sample, Script, Single, Stage, conj, transform, walk, with_field
from converter.tree import Sequence as EqlSequence


def run(subject: Subject) -> Iterator[Found]:
    query = subject.query
    tree: Any = query.tree if query is not None else None
    tree = tree.query if isinstance(tree, Piped) else tree
    if query is None or not isinstance(tree, EqlSequence | Sample):
        return
    keys = [(*tree.by, *stage.keys) for stage in tree.stages]
    dead = set()
    for number, stage in enumerate(tree.stages):
        if not stage.missing and example(_condition(query, stage)).status == "unsat":
            dead.add(number)
            yield subject.finding(f"no event can be stage {number + 1} of the sequence", stage.span)
    live = [n for n, stage in enumerate(tree.stages) if not stage.missing and n not in dead]
    for one, two in combinations(live, 2):
        for place, (key, other) in enumerate(zip(keys[one], keys[two], strict=False)):
            if key.optional or other.optional or key.field.path != other.field.path:
                continue
            if _apart(query, tree.stages[one], tree.stages[two], key.field):
                message = f"stages {one + 1} and {two + 1} never have the same `{keys[one][place].field.name}`"
                yield subject.finding(message, tree.stages[two].span, "they are joined by it")


def _condition(query: Query, stage: Stage) -> Node:
    return with_category(stage.condition, query.fields.field(query.category_field or "event.category"))


def _apart(query: Query, one: Stage, two: Stage, key: Field) -> bool:
    """Proven: no value of the key fits both. The second stage is put on fields of its own, but for the key."""

    def moved(node: Node) -> Node:
        field = getattr(node, "field", None)
        if not isinstance(field, Field) or field.path == key.path:
            return node
        return with_field(node, replace(field, name=f"2 {field.name}", path=f"2 {field.path}"))

    other = _condition(query, two)
    if any(isinstance(node, Script | Nested) for node in walk(other)):
        return False  # they read fields that are not moved
    both = conj([_condition(query, one), transform(other, moved), Single(key)])
    return example(both).status == "unsat"


CHECK = Check("RP306", "sequence-stages", "error", run)
