"""Do two queries over streams fire for the same keys after every event?

EQL sequences and Sigma correlations are brought to one shape: steps in order, or something counted, of one key within
a span. The steps' conditions are compared by the prover. What the two languages make of a shape is then compared by
running both matchers on every small stream of it, so that a difference of the algorithms is found and not argued away.
What is not equivalent is looked for as a stream of real events on which only one of the two fires.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from converter.proof import streams
from converter.proof.compare import compare, disjoint, with_category
from converter.proof.streams_search import MOST_STEPS, Found, counterexamples
from converter.proof.verdict import Relation, Verdict
from converter.query import Query
from converter.tree import Exists, Field, Node
from converter.tree import Sequence as EqlSequence
from converter.tree.correlation import Correlation, Expression, renamed
from converter.tree.nodes import conj

#: Kinds of which more events, a longer span or a lower bound can only mean that they fire as well.
MONOTONE = ("temporal_ordered", "temporal", "event_count", "value_count")


@dataclass(frozen=True)
class Shape:
    """`steps` with the existence of their `keys` written out; `bounds` as a correlation has them (`gte` alone where it
    can be said so). `values`: the counted fields of each step, with their types. `expression` names the steps by their
    numbers: what a rule is called is no part of what it means."""

    language: str
    kind: str
    steps: tuple[Node, ...]
    keys: tuple[tuple[Field, ...], ...]
    span: int
    bounds: tuple[tuple[str, int | float], ...]
    values: tuple[tuple[tuple[str, str], ...], ...] = ()
    percentile: int | float | None = None
    expression: Expression | None = None

    @property
    def least(self) -> int | None:
        """The number that has to be reached, where that is all there is to it."""
        if self.kind in MONOTONE and self.expression is None and len(self.bounds) == 1 and self.bounds[0][0] == "gte":
            return int(self.bounds[0][1]) if isinstance(self.bounds[0][1], int) else None
        return None


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
        return Shape("eql", "event_count", (steps[0],), (keys[0],), tree.maxspan, (("gte", len(steps)),))
    return Shape("eql", "temporal_ordered", tuple(steps), tuple(keys), tree.maxspan, (("gte", len(steps)),))


def _of_correlation(query: Query, tree: Correlation) -> Shape | str:
    if tree.generate:
        return "a correlation with `generate` is not compared: its rules fire on their own as well"
    steps, keys = [], []
    for index, member in enumerate(tree.members):
        if isinstance(member.item, Correlation):
            return "correlations of correlations are not compared"
        fields = tuple(key.fields[index] for key in tree.keys)
        steps.append(_with_keys(query, member.item, fields))
        keys.append(fields)
    if tree.type == "temporal_ordered" and (tree.expression is not None or _plain(tree) != (("gte", len(steps)),)):
        return "`temporal_ordered` with a condition of its own is not compared"
    values = tuple(tuple((field.name, field.type) for field in fields) for fields in tree.values)
    numbers: dict[str, str] = {}
    for number, member in enumerate(tree.members):
        numbers.setdefault(member.name, str(number))
    expression = None if tree.expression is None else renamed(tree.expression, numbers)
    return Shape(
        "sigma", tree.type, tuple(steps), tuple(keys), tree.timespan, _plain(tree), values, tree.percentile, expression,
    )  # fmt: skip


def _plain(tree: Correlation) -> tuple[tuple[str, int | float], ...]:
    """Lower bounds of whole numbers as one `gte`; other bounds as they are, in order."""
    lower = all(name in ("gt", "gte") and isinstance(bound, int) for name, bound in tree.bounds)
    if tree.type in MONOTONE and tree.bounds and lower:
        return (("gte", max(int(bound) + (name == "gt") for name, bound in tree.bounds)),)
    return tuple(sorted(tree.bounds))


def compare_streams(a: Query, b: Query, constraints: Sequence[Node] = ()) -> Verdict:
    """The verdict on two queries over streams; its notes say what it rests on, its counterexamples are
    `{"events": […]}` on which the one fires and the other does not, or later."""
    verdict = _structure(a, b, constraints)
    if verdict.relation == "equivalent":
        return verdict
    found = counterexamples(a, b)
    return _with_counterexamples(verdict, found)


def _with_counterexamples(verdict: Verdict, found: Found) -> Verdict:
    relation, notes = verdict.relation, list(verdict.notes)
    if found.only_a and found.only_b:
        relation = "different"
    elif (found.only_a and relation == "broader") or (found.only_b and relation == "narrower"):
        relation = "unknown"
        notes.append("a stream speaks against what the conditions say")
    elif relation == "unknown" and (found.only_a or found.only_b):
        notes.append("they are not equivalent: the counterexample shows it")
    shown: dict[str, Mapping[str, Any] | None] = {
        name: None if events is None else {"events": list(events)}
        for name, events in (("a_not_b", found.only_a), ("b_not_a", found.only_b))
    }
    return replace(verdict, relation=relation, counterexamples=shown, notes=tuple(dict.fromkeys(notes)))


def _structure(a: Query, b: Query, constraints: Sequence[Node]) -> Verdict:
    """What follows from the shapes, the conditions and the small streams."""
    one, other = shape_of(a), shape_of(b)
    if isinstance(one, str) or isinstance(other, str):
        return Verdict("unknown", notes=tuple(reason for reason in (one, other) if isinstance(reason, str)))
    parts = _parts(one, other)
    if isinstance(parts, str):
        return Verdict("unknown", notes=(parts,))
    steps = [
        compare(replace(a, tree=x), replace(b, tree=y), constraints=constraints)
        for x, y in zip(one.steps, other.steps, strict=True)
    ]
    parts += [step.relation for step in steps]
    notes = [note for step in steps for note in step.notes]
    assumptions = [note for step in steps for note in step.assumptions]
    relation = combined(parts)
    if relation != "equivalent" and (one.least is None or other.least is None):
        relation = "unknown"
        notes.append(f"more events do not always mean that a `{one.kind}` of these bounds still fires")
    algorithms = _algorithms(a, b, one, other, relation, notes)
    return Verdict(
        combined((relation, *algorithms)), notes=tuple(dict.fromkeys(notes)),
        assumptions=tuple(dict.fromkeys(assumptions)),
    )  # fmt: skip


def _parts(one: Shape, other: Shape) -> list[str] | str:
    """Relations that follow from spans and bounds, or why nothing does."""
    if one.kind != other.kind or len(one.steps) != len(other.steps):
        return "they count different things, or different numbers of steps"
    if not _same_keys(one, other):
        return "the keys differ"
    if (one.values, one.percentile, one.expression) != (other.values, other.percentile, other.expression):
        return "they compute different values"
    parts = ["equivalent" if one.span == other.span else "broader" if one.span < other.span else "narrower"]
    if one.bounds == other.bounds:
        return parts
    if one.least is None or other.least is None:
        return "the bounds differ"
    return [*parts, "broader" if one.least > other.least else "narrower"]


def _algorithms(a: Query, b: Query, one: Shape, other: Shape, relation: Relation, notes: list[str]) -> list[str]:
    """Where EQL is to be compared with Sigma, or something is said of EQL that only holds for Sigma's way: what both
    make of all small streams of the steps. Sigma fires wherever EQL does, since a hit of EQL is what Sigma asks for."""
    if one.language == other.language and (one.language == "sigma" or relation == "equivalent"):
        return []
    found = []
    for query, shape, turned in ((a, one, False), (b, other, True)):
        if shape.language != "eql":
            continue
        told = _told(query, shape, notes)
        found.append({"broader": "narrower", "narrower": "broader"}.get(told, told) if turned else told)
    return found


def _told(query: Query, shape: Shape, notes: list[str]) -> str:
    """Sigma's relation to EQL's on the small streams of one shape."""
    letters, complete = _letters(query, shape)
    overlaps = sorted(tuple(sorted(letter)) for letter in letters if len(letter) > 1)
    if overlaps:
        pairs = ", ".join(" and ".join(str(step + 1) for step in letter) for letter in overlaps[:4])
        notes.append(f"one event may be of the steps {pairs}; the order of events decides what it is taken for")
    if not complete:
        notes.append("the steps overlap in too many ways to try them all")
        return "unknown"
    relation, stream = streams.enumerated(shape.kind, len(shape.steps), shape.least or 0, letters)
    notes.append(f"both matchers were run on all small streams of the steps, and on {streams.CHOSEN} longer ones")
    if stream is not None:
        notes.append(f"they differ on a stream of steps at seconds: {streams.shown(stream)}")
    return relation


def _letters(query: Query, shape: Shape) -> tuple[tuple[frozenset[int], ...], bool]:
    """The combinations of steps that one event can be of, as steps, equal steps together; and whether that is all."""
    distinct = list(dict.fromkeys(shape.steps))
    if len(distinct) > MOST_STEPS:
        return (), False
    apart = all(
        disjoint(replace(query, tree=x), replace(query, tree=y)) is True
        for at, x in enumerate(distinct)
        for y in distinct[at + 1 :]
    )
    if apart:
        groups, complete = [frozenset({at}) for at in range(len(distinct))], True
    else:
        found, complete = streams.letters_of(distinct)
        groups = [letter.holds for letter in found]
    letters = (
        frozenset(step for step, node in enumerate(shape.steps) if distinct.index(node) in group) for group in groups
    )
    return tuple(sorted(letters, key=sorted)), complete


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


__all__ = ["MONOTONE", "Shape", "combined", "compare_streams", "shape_of"]
