"""The verifier's questions, each a short function: do two queries match the same events, and which event tells?

Both directions are asked of one solver. An event that it finds is replayed on the evaluator before it is shown; what
could not be decided is `unknown`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from converter.diagnostics import UnsupportedError
from converter.fields import FieldsSpec
from converter.languages import reread
from converter.matching import Context, EventValues, compile_node
from converter.proof.prover import Event, Outcome, Prover
from converter.proof.tests import NOW
from converter.proof.verdict import Relation, Verdict
from converter.query import Query
from converter.tree import (
    Category,
    Exists,
    Field,
    Glob,
    Node,
    Not,
    Piped,
    Sample,
    Single,
    fields_of,
    literal,
    transform,
)
from converter.tree import Sequence as EqlSequence
from converter.tree.nodes import disj

#: Relation of the second query by what was found in the directions "only the first" and "only the second".
_RELATIONS: dict[tuple[str, str], Relation] = {
    ("unsat", "unsat"): "equivalent",
    ("unsat", "sat"): "broader",
    ("sat", "unsat"): "narrower",
    ("sat", "sat"): "different",
}


def compare(a: Query | Node, b: Query | Node, fields: FieldsSpec = None, constraints: Sequence[Node] = ()) -> Verdict:
    """How the second query's events relate to the first one's.

    `fields` reads both texts again under another schema. `constraints` are taken as true on every event. Queries over
    streams are compared step by step, and by running both on all small streams of the steps; the notes say so.
    """
    if fields is not None:
        a, b = _again(a, fields), _again(b, fields)
    one, other = condition_of(a), condition_of(b)
    if one is None or other is None:
        return _stateful(a, b, constraints)
    given = [*constraints, *declared(one, other)]
    prover = Prover(constraints=given)
    first, second = prover.literal(one), prover.literal(other)
    told = (predicate(one), predicate(other))
    holds = [predicate(node) for node in given]
    only_a = prover.solve([first, -second], _replay(told[0], told[1], holds))
    only_b = prover.solve([second, -first], _replay(told[1], told[0], holds))
    relation = _RELATIONS.get((only_a.status, only_b.status), "unknown")
    return Verdict(
        relation,
        {"a_not_b": only_a.event, "b_not_a": only_b.event},
        _reasons(only_a, only_b),
        tuple(_said(one, other)),
    )


def implies(a: Query | Node, b: Query | Node) -> bool | None:
    """Whether every event of the first is one of the second; None: not decided."""
    one, other = _condition(a), _condition(b)
    prover = Prover(constraints=declared(one, other))
    found = prover.solve([prover.literal(one), -prover.literal(other)], _replay(predicate(one), predicate(other), ()))
    return None if found.status == "unknown" else found.status == "unsat"


def disjoint(a: Query | Node, b: Query | Node) -> bool | None:
    """Whether no event is of both; None: not decided."""
    one, other = _condition(a), _condition(b)
    prover = Prover(constraints=declared(one, other))
    both = (predicate(one), predicate(other))
    found = prover.solve([prover.literal(one), prover.literal(other)], lambda event: all(_on(p, event) for p in both))
    return None if found.status == "unknown" else found.status == "unsat"


def never_matches(a: Query | Node) -> bool | None:
    """Whether no event is matched at all; None: not decided."""
    found = example(a)
    return None if found.status == "unknown" else found.status == "unsat"


def always_matches(a: Query | Node) -> bool | None:
    """Whether every event is matched; None: not decided."""
    return never_matches(Not(_condition(a)))


def example(a: Query | Node) -> Outcome:
    """An event that the query matches, or the proof that there is none."""
    one = _condition(a)
    prover = Prover(constraints=declared(one))
    test = predicate(one)
    return prover.solve([prover.literal(one)], lambda event: _on(test, event))


def condition_of(query: Query | Node) -> Node | None:
    """The condition on one event that the query is, its category written out; None for queries over streams."""
    if not isinstance(query, Query):
        return with_category(query, Field("event.category"))
    tree = query.tree if query.is_event else query.extra.get("predicate")
    if tree is None:
        return None
    return with_category(tree, query.fields.field(query.category_field or "event.category"))


def with_category(tree: Node, field: Field) -> Node:
    """The tree with EQL's category as the condition on its field that it is."""
    return transform(tree, lambda n: Glob(field, literal(n.value), span=n.span) if isinstance(n, Category) else n)


def predicate(tree: Node) -> Callable[[EventValues], bool]:
    """The evaluator's reading of a tree, at the clock of all proofs."""
    return compile_node(tree, Context(now=NOW))


def declared(*trees: Node) -> list[Node]:
    """What the user's schema declares of the fields: one value at most, always there."""
    out: dict[Node, None] = {}
    for tree in trees:
        for field in fields_of(tree):
            if field.single:
                out[disj([Not(Exists(field)), Single(field)])] = None
            if field.present:
                out[Exists(field)] = None
    return list(out)


def _said(*trees: Node) -> Iterable[str]:
    said: dict[str, None] = {}
    for tree in trees:
        for field in fields_of(tree):
            if field.single:
                said[f"`{field.name}` never holds several values (declared)"] = None
            if field.present:
                said[f"`{field.name}` is always there (declared)"] = None
    return said


def _replay(
    matched: Callable[[EventValues], bool], missed: Callable[[EventValues], bool], holds: Iterable[Any]
) -> Callable[[Event], bool]:
    def accept(event: Event) -> bool:
        values = EventValues(event)
        return matched(values) and not missed(values) and all(test(values) for test in holds)

    return accept


def _on(test: Callable[[EventValues], bool], event: Mapping[str, Any]) -> bool:
    return test(EventValues(event))


def _reasons(only_a: Outcome, only_b: Outcome) -> tuple[str, ...]:
    out = []
    for title, found in (("only the first matches", only_a), ("only the second matches", only_b)):
        if found.status == "unknown":
            out.append(f"events that {title}: {found.reason}")
    if out and (only_a.status == "sat" or only_b.status == "sat"):
        out.append("they are not equivalent: the counterexample shows it")
    return tuple(out)


def _condition(query: Query | Node) -> Node:
    found = condition_of(query)
    if found is None:
        assert isinstance(query, Query)
        raise UnsupportedError(f"a query of kind `{query.kind}` is not a condition on one event", source=query.source)
    return found


def _again(query: Query | Node, fields: FieldsSpec) -> Query | Node:
    return reread(query, fields) if isinstance(query, Query) else query


def _stateful(a: Query | Node, b: Query | Node, constraints: Sequence[Node]) -> Verdict:
    """Equal build and provably equal conditions; else what the two make of all small streams."""
    if isinstance(a, Query) and isinstance(b, Query) and a.kind == b.kind:
        if a.tree == b.tree and a.category_field == b.category_field:
            return Verdict("equivalent")
        if isinstance(a.tree, EqlSequence | Sample | Piped) and _alike(a, b, a.tree, b.tree, constraints):
            return Verdict("equivalent")
    if isinstance(a, Query) and isinstance(b, Query):
        from converter.proof.stateful import compare_streams  # it asks this module about the steps

        return compare_streams(a, b, constraints)
    return Verdict("unknown", notes=("a condition on one event is not compared with a query over streams",))


def _alike(a: Query, b: Query, one: Any, other: Any, constraints: Sequence[Node]) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, Piped):
        return one.pipes == other.pipes and _alike(a, b, one.query, other.query, constraints)
    if not isinstance(one, EqlSequence | Sample):
        return compare(replace(a, tree=one), replace(b, tree=other), constraints=constraints).relation == "equivalent"
    bare = {"stages": (), "until": None} if isinstance(one, EqlSequence) else {"stages": ()}
    if replace(one, **bare) != replace(other, **bare) or len(one.stages) != len(other.stages):
        return False
    stages = list(zip(one.stages, other.stages, strict=True))
    if isinstance(one, EqlSequence):
        if (one.until is None) != (other.until is None):
            return False
        if one.until is not None:
            stages.append((one.until, other.until))
    return all(
        replace(x, condition=y.condition) == y
        and compare(replace(a, tree=x.condition), replace(b, tree=y.condition), constraints=constraints).relation
        == "equivalent"
        for x, y in stages
    )
