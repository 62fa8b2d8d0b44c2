"""Do two queries over streams fire for the same keys after every event?

EQL sequences and Sigma correlations are brought to one shape: steps in order, or a number of events, of one key within
a span. The steps' conditions are compared by the prover. What the two languages make of a shape is then compared by
running both matchers on every small stream of it, so that a difference of the algorithms is found and not argued away.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, combinations, product
from typing import Any, TypeAlias

from converter.matching import Context
from converter.matching import correlations as sigma
from converter.matching.sequences import find as eql_find
from converter.matching.sequences import in_order
from converter.proof.compare import compare, disjoint, with_category
from converter.proof.verdict import Relation, Verdict
from converter.query import Query
from converter.tree import Exists, Field, Glob, Key, Node, Stage, literal
from converter.tree import Sequence as EqlSequence
from converter.tree.correlation import Correlation, GroupKey, Member
from converter.tree.nodes import conj

#: Every stream of that many events is tried, and beside them chosen ones of up to `EXTRA` more than the steps.
MOST = 4
EXTRA = 4
CHOSEN = 1500


@dataclass(frozen=True)
class Shape:
    """`steps` with the existence of their `keys` written out. `count`: that many events of the one step."""

    language: str
    steps: tuple[Node, ...]
    keys: tuple[tuple[Field, ...], ...]
    span: int
    count: int = 0


def shape_of(query: Query) -> Shape | str:
    """The shape of a query, or why it has none."""
    tree = query.tree
    if isinstance(tree, EqlSequence):
        return _of_sequence(query, tree)
    if isinstance(tree, Correlation):
        return _of_correlation(query, tree)
    return f"a query of kind `{query.kind}` is not compared over streams"


def _with_keys(query: Query, node: Node, keys: Iterable[Field]) -> Node:
    category = query.fields.field(query.category_field or "event.category")
    return conj([with_category(node, category), *(Exists(field) for field in keys)])


def _of_sequence(query: Query, tree: EqlSequence) -> Shape | str:
    if tree.maxspan is None:
        return "the sequence has no `maxspan`"
    if tree.until is not None or any(stage.missing for stage in tree.stages):
        return "`until` and missing events are not compared"
    steps, keys = [], []
    for stage in tree.stages:
        joined = (*tree.by, *stage.keys)
        if any(key.optional or key.field.optional for key in joined):
            return "optional keys are not compared"
        fields = tuple(key.field for key in joined)
        steps += [_with_keys(query, stage.condition, fields)] * stage.runs
        keys += [fields] * stage.runs
    if len(tree.stages) == 1:
        return Shape("eql", (steps[0],), (keys[0],), tree.maxspan, len(steps))
    return Shape("eql", tuple(steps), tuple(keys), tree.maxspan)


def _of_correlation(query: Query, tree: Correlation) -> Shape | str:
    if tree.generate or tree.expression is not None or len(tree.bounds) != 1 or tree.bounds[0][0] != "gte":
        return "only a correlation with one bound `gte`, without `generate`, is compared"
    steps, keys = [], []
    for index, member in enumerate(tree.members):
        if isinstance(member.item, Correlation):
            return "correlations of correlations are not compared"
        fields = tuple(key.fields[index] for key in tree.keys)
        steps.append(_with_keys(query, member.item, fields))
        keys.append(fields)
    bound = tree.bounds[0][1]
    if tree.type == "event_count" and len(steps) == 1 and isinstance(bound, int) and bound >= 1:
        return Shape("sigma", tuple(steps), tuple(keys), tree.timespan, bound)
    if tree.type == "temporal_ordered" and bound == len(steps):
        return Shape("sigma", tuple(steps), tuple(keys), tree.timespan)
    return f"a correlation `{tree.type}` with this bound is not compared"


def compare_streams(a: Query, b: Query, constraints: Sequence[Node] = ()) -> Verdict:
    """The verdict on two queries over streams; its notes say what it rests on."""
    one, other = shape_of(a), shape_of(b)
    if isinstance(one, str) or isinstance(other, str):
        return Verdict("unknown", notes=tuple(reason for reason in (one, other) if isinstance(reason, str)))
    if (one.span, one.count, len(one.steps)) != (other.span, other.count, len(other.steps)):
        return Verdict("unknown", notes=("span, number or steps differ",))
    if not _same_keys(one, other):
        return Verdict("unknown", notes=("the keys differ",))
    steps = [
        compare(replace(a, tree=x), replace(b, tree=y), constraints=constraints)
        for x, y in zip(one.steps, other.steps, strict=True)
    ]
    relation = combined(step.relation for step in steps)
    notes = [note for step in steps for note in step.notes]
    assumptions = [note for step in steps for note in step.assumptions]
    together = _together(a, one)
    if together:
        pairs = ", ".join(f"{x + 1} and {y + 1}" for x, y in together)
        notes.append(f"one event may be of the steps {pairs}; the order of events decides what it is taken for")
    if one.language != other.language:
        relation = _run_both(one, other, together, relation, notes)
    return Verdict(relation, notes=tuple(dict.fromkeys(notes)), assumptions=tuple(dict.fromkeys(assumptions)))


def _run_both(
    one: Shape, other: Shape, together: tuple[tuple[int, int], ...], relation: Relation, notes: list[str]
) -> Relation:
    found, stream = enumerated(len(one.steps), one.count, together)
    if one.language != "eql":
        found = {"broader": "narrower", "narrower": "broader"}.get(found, found)  # type: ignore[assignment]
    notes.append(f"both ways of matching were run on all small streams of the steps, and on {CHOSEN} longer ones")
    if found == "equivalent":
        return relation
    notes.append(f"they differ on a stream of steps at seconds: {stream}")
    return "unknown" if together or relation == "unknown" else combined((relation, found))


def combined(relations: Iterable[str]) -> Relation:
    """Of conditions that all have to be met."""
    found = set(relations) - {"equivalent"}
    if not found:
        return "equivalent"
    if found == {"broader"}:
        return "broader"
    return "narrower" if found == {"narrower"} else "unknown"


def _same_keys(one: Shape, other: Shape) -> bool:
    """The same keys, in whatever order they are listed."""

    def columns(shape: Shape) -> list[tuple[tuple[str, str], ...]]:
        return sorted({tuple((f.name, f.type) for f in column) for column in zip(*shape.keys, strict=True)})

    return columns(one) == columns(other)


def _together(query: Query, shape: Shape) -> tuple[tuple[int, int], ...]:
    """Pairs of steps that are not provably apart."""
    return tuple(
        (x, y)
        for x, y in combinations(range(len(shape.steps)), 2)
        if shape.steps[x] == shape.steps[y]
        or disjoint(replace(query, tree=shape.steps[x]), replace(query, tree=shape.steps[y])) is not True
    )


_STEP, _KEY, _TIME = Field("step"), Field("key"), Field("@timestamp", "long")
SPAN = 10


@lru_cache(maxsize=64)
def enumerated(steps: int, count: int, together: tuple[tuple[int, int], ...]) -> tuple[Relation, str]:
    """EQL's matcher against Sigma's on all small streams of a shape: Sigma's relation to EQL's, the first stream on
    which they differ. Keys are independent of each other in both, so one is enough."""
    tests = [Glob(_STEP, literal(str(index))) for index in range(steps)]
    key = (Key(_KEY),)
    if count:
        query = EqlSequence((Stage(tests[0], runs=count),), key, SPAN * 1000)
    else:
        query = EqlSequence(tuple(Stage(test) for test in tests), key, SPAN * 1000)
    members = tuple(Member(str(index), test) for index, test in enumerate(tests))
    correlation = Correlation(
        "event_count" if count else "temporal_ordered", members, (GroupKey("key", (_KEY,) * steps),), SPAN * 1000,
        (("gte", count or steps),),
    )  # fmt: skip
    kinds = [{index} for index in range(steps)] + [set(pair) for pair in together]
    only_eql = only_sigma = ""
    for chosen, times in (*_all_small(kinds), *_some_larger(kinds, count or steps)):
        stream = [
            {"@timestamp": time * 1000, "key": "k", "step": [str(step) for step in sorted(kind)]}
            for time, kind in zip(times, chosen, strict=True)
        ]
        left, right = _first(query, stream), _first(correlation, stream)
        if left == right:
            continue
        named = ("+".join(str(step + 1) for step in sorted(kind)) for kind in chosen)
        shown = ", ".join(f"{name}@{time}" for name, time in zip(named, times, strict=True))
        if right is None or (left is not None and left < right):
            only_eql = only_eql or shown
        else:
            only_sigma = only_sigma or shown
    relation: Relation = "different" if only_eql and only_sigma else "narrower" if only_eql else "broader"
    return relation if only_eql or only_sigma else "equivalent", only_eql or only_sigma


_Stream: TypeAlias = tuple[tuple[set[int], ...], list[int]]


def _all_small(kinds: list[set[int]]) -> Iterator[_Stream]:
    """Times below, at and above the span: 1 + (SPAN - 1) is the span itself."""
    gaps = (0, 1, SPAN - 1, SPAN, SPAN + 1) if len(kinds) < 3 else (1, SPAN - 1, SPAN + 1)
    most = MOST if len(kinds) < 5 else MOST - 1
    for length in range(1, most + 1):
        for chosen, waits in product(product(kinds, repeat=length), product(gaps, repeat=length - 1)):
            yield chosen, [0, *accumulate(waits)]


def _some_larger(kinds: list[set[int]], steps: int) -> Iterator[_Stream]:
    """Streams long enough to fire twice, mostly of the steps in their order; the same ones each time."""
    chance = random.Random(steps)
    ordered = [kind for kind in kinds if len(kind) == 1]
    for _ in range(CHOSEN):
        length = chance.randint(min(steps, 30), min(steps, 30) + EXTRA)
        at, chosen = 0, []
        for _ in range(length):
            chosen.append(ordered[at % len(ordered)] if chance.random() < 0.7 else chance.choice(kinds))
            at += chance.random() < 0.8
        waits = [chance.choice((0, 1, 2, SPAN // 2)) for _ in range(length - 1)]
        yield tuple(chosen), [0, *accumulate(waits)]


def _first(query: EqlSequence | Correlation, stream: list[dict[str, Any]]) -> int | None:
    """The place of the event after which the one key has fired."""
    events: list[Mapping[str, Any]] = list(stream)
    context = Context(0)
    if isinstance(query, Correlation):
        return min((hit.event.rank for hit in sigma.fired(query, in_order(events, _TIME, None), context)), default=None)
    return min((hit[-1] for hit in eql_find(query, events, context, _TIME) if hit[-1] is not None), default=None)


__all__ = ["Shape", "combined", "compare_streams", "enumerated", "shape_of"]
