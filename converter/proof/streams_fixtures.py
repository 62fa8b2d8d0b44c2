"""Fixtures of queries over streams: whole streams on which the query must fire, or must not, each with its reason.

Every stream differs in one thing from the query's own case: the last event is late, two are in the wrong order, a key
is another one or missing, an event is missing, one came that ends it; and each step has the near misses of its
condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from converter.diagnostics import ConverterError, UnsupportedError
from converter.matching.correlations import COMPARE
from converter.proof.compare import with_category
from converter.proof.generate import Fixture
from converter.proof.generate import fixtures as event_fixtures
from converter.proof.streams import hits
from converter.proof.streams_events import NONE, OTHER, SAME, Events, Part, distinct, together
from converter.proof.streams_nested import candidates
from converter.proof.streams_search import stamp
from converter.query import Query
from converter.tree import Key, Node, Piped, Sample, Stage
from converter.tree import Sequence as EqlSequence
from converter.tree.correlation import Correlation

#: A count beyond that makes no fixtures; beyond the other, none but those of the count itself.
MOST_EVENTS = 300
MOST_WITH_NEAR = 30
#: Near misses of one step's condition.
MOST_NEAR = 8

Event = Mapping[str, Any]


@dataclass
class _Plan:
    """`steps`: the places in `parts` in their order; `extra`: parts that are no step (an event that ends it, one that
    must not come), with what they are and how many steps come before."""

    parts: list[Part]
    steps: list[int]
    span: int | None
    optional: list[bool]
    ordered: bool = True
    names: list[str] = field(default_factory=list)
    extra: list[tuple[int, str, int]] = field(default_factory=list)


def stream_fixtures(query: Query) -> list[Fixture]:
    """Streams for a query over streams, positive ones first. Raises `UnsupportedError` with the reason where none can
    be made."""
    tree = query.tree.query if isinstance(query.tree, Piped) else query.tree
    maker = _Maker(query)
    if isinstance(tree, EqlSequence | Sample):
        maker.in_steps(_plan_of(query, tree))
    elif isinstance(tree, Correlation):
        maker.correlation(tree)
    else:
        raise UnsupportedError(
            f"no fixtures: a query of kind `{query.kind}` is none over a stream", source=query.source
        )
    if not any(case.expect for case in maker.cases):
        raise UnsupportedError("no fixtures: no stream was found on which the query fires", source=query.source)
    return [case for case in maker.cases if case.expect] + [case for case in maker.cases if not case.expect]


def _plan_of(query: Query, tree: EqlSequence | Sample) -> _Plan:
    category = query.fields.field(query.category_field or "event.category")
    until = tree.until if isinstance(tree, EqlSequence) else None
    stages = [*tree.stages, *([until] if until is not None else [])]
    conditions = [with_category(stage.condition, category) for stage in stages]
    keys: list[tuple[Key, ...]] = [(*tree.by, *stage.keys) for stage in stages]
    parts = [
        Part(node, tuple(key.field for key in own), tuple(n for n in dict.fromkeys(conditions) if n != node))
        for node, own in zip(conditions, keys, strict=True)
    ]
    plan = _Plan(parts, [], getattr(tree, "maxspan", None), [key.optional for key in keys[0]])
    plan.ordered = isinstance(tree, EqlSequence)
    for at, stage in enumerate(tree.stages):
        if stage.missing:
            plan.extra.append((at, f"the event that must not come (stage {at + 1})", len(plan.steps)))
        else:
            plan.steps += [at] * stage.runs
            plan.names += [_stage_name(at, stage, run) for run in range(stage.runs)]
    if until is not None:
        plan.extra.append((len(parts) - 1, "an event of `until`", max(len(plan.steps) - 1, 0)))
    return plan


def _stage_name(at: int, stage: Stage, run: int) -> str:
    return f"stage {at + 1}" if stage.runs == 1 else f"stage {at + 1}, event {run + 1} of {stage.runs}"


class _Maker:
    """Collects streams; each is replayed, and kept only if the query does on it what it was made for."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.cases: list[Fixture] = []
        self.seen: set[str] = set()

    def keep(self, expect: bool, reason: str, events: Sequence[Event | None], times: Sequence[int]) -> bool:
        if any(event is None for event in events):
            return False
        timed = sorted(zip(times, range(len(times)), events, strict=True), key=lambda item: item[:2])
        stream = [
            {"@timestamp": stamp(time), **{k: v for k, v in (event or {}).items() if k != "@timestamp"}}
            for time, _, event in timed
        ]
        if repr(stream) in self.seen or bool(hits(self.query, stream)) is not expect:
            return False
        self.seen.add(repr(stream))
        self.cases.append(Fixture(expect, reason, events=stream))
        return True

    # steps: sequences, samples, temporal correlations

    def in_steps(self, plan: _Plan) -> None:
        made = _events_of(plan.parts, self.query)
        own = [made.event(step) for step in plan.steps]
        count = len(own)
        if count > MOST_EVENTS:
            raise UnsupportedError(f"no fixtures: the query waits for {count} events", source=self.query.source)
        gap = min(1000, max(1, (plan.span or 60_000) // (2 * count)))
        times = [at * gap for at in range(count)]
        order = "in order" if plan.ordered else "all there"
        self.keep(True, f"the steps {order}" + (", within the span" if plan.span else ""), own, times)
        if not plan.ordered and count > 1:
            self.keep(True, "the steps in another order", own[::-1], times)
        if plan.span is not None and count > 1:
            self.keep(True, "the last step at the very end of the span", own, [*times[:-1], plan.span])
            self.keep(False, "the last step just past the span", own, [*times[:-1], plan.span + 1])
        self._without_steps(plan, own, times)
        if plan.ordered:
            for at in range(count - 1):
                swapped = [*own[:at], own[at + 1], own[at], *own[at + 2 :]]
                self.keep(False, f"{plan.names[at + 1]} before {plan.names[at]}", swapped, times)
        self._keys(plan, made, own, times)
        for part, name, before in plan.extra:
            self._interrupted(made.event(part), name, own, times, before)
        if count <= MOST_WITH_NEAR:
            for at in dict.fromkeys(plan.steps.index(step) for step in plan.steps):
                self._near(plan.parts[plan.steps[at]], made, plan.steps[at], plan.names[at], own, times, at)

    def _without_steps(self, plan: _Plan, own: Sequence[Event | None], times: Sequence[int]) -> None:
        for step in dict.fromkeys(plan.steps):
            at = len(plan.steps) - 1 - plan.steps[::-1].index(step)
            left = [item for place, item in enumerate(own) if place != at]
            reason = f"{plan.names[at]} is missing"
            if left:
                self.keep(False, reason, left, [time for place, time in enumerate(times) if place != at])

    def _keys(self, plan: _Plan, made: Events, own: Sequence[Event | None], times: Sequence[int]) -> None:
        last = len(own) - 1
        for column, optional in enumerate(plan.optional):
            name = plan.parts[plan.steps[last]].keys[column].name
            other = made.event(plan.steps[last], _holding(len(plan.optional), column, OTHER))
            if last:
                self.keep(False, f"another `{name}` at the last step", [*own[:-1], other], times)
            none = made.event(plan.steps[last], _holding(len(plan.optional), column, NONE))
            self.keep(False, f"no `{name}` at the last step", [*own[:-1], none], times)
            bare = [made.event(step, _holding(len(plan.optional), column, NONE)) for step in plan.steps]
            self.keep(optional, f"no event has the {'optional ' if optional else ''}key `{name}`", bare, times)

    def _interrupted(
        self, event: Event | None, name: str, own: Sequence[Event | None], times: Sequence[int], before: int
    ) -> None:
        """With another event where it matters, and where it does not."""
        shifted = [time + 2 for time in times]
        at = shifted[before] - 1 if before < len(shifted) else shifted[-1] + 1
        where = "comes behind it" if before >= len(own) else "comes first" if not before else "comes in between"
        self.keep(False, f"{name} {where}", [*own, event], [*shifted, at])
        if 0 < before < len(own):
            self.keep(True, f"{name} comes before the first step", [event, *own], [0, *shifted])

    def _near(
        self,
        part: Part,
        made: Events,
        index: int,
        name: str,
        own: Sequence[Event | None],
        times: Sequence[int],
        at: int,
    ) -> None:
        """The near misses of one step's condition, and its other ways to be met, in its place."""
        try:
            cases = event_fixtures(part.condition)
        except ConverterError:
            return
        kept = {True: 0, False: 0}
        for case in cases:
            if case.event is None or kept[case.expect] >= (MOST_NEAR if len(own) <= 6 else 2):
                continue
            event = made.variant(index, dict(case.event))
            kept[case.expect] += self.keep(
                case.expect, f"{name}: {case.reason}", [*own[:at], event, *own[at + 1 :]], times
            )

    # correlations

    def correlation(self, tree: Correlation) -> None:
        if any(isinstance(member.item, Correlation) for member in tree.members):
            return self._nested(tree)
        conditions = [member.item for member in tree.members if isinstance(member.item, Node)]
        parts = [
            Part(
                node, tuple(key.fields[at] for key in tree.keys),
                tuple(other for other in dict.fromkeys(conditions) if other != node),
            )
            for at, node in enumerate(conditions)
        ]  # fmt: skip
        if tree.type in ("temporal", "temporal_ordered"):
            if tree.expression is not None:
                return self._expression(tree, parts)
            names = [f"rule `{member.name}`" for member in tree.members]
            ordered = tree.type == "temporal_ordered"
            plan = _Plan(parts, list(range(len(parts))), tree.timespan, [False] * len(tree.keys), ordered, names)
            return self.in_steps(plan)
        if tree.type in ("event_count", "value_count"):
            return self._counted(tree, parts)
        return self._computed(tree, parts)

    def _nested(self, tree: Correlation) -> None:
        for expect, reason, events, times in candidates(self.query, tree, stream_fixtures):
            self.keep(expect, reason, events, times)

    def _expression(self, tree: Correlation, parts: list[Part]) -> None:
        """Each choice of rules, in the order of the list."""
        made = _events_of(parts, self.query)
        own = [made.event(at) for at in range(len(parts))]
        for chosen in product((True, False), repeat=min(len(parts), 5)):
            at = [place for place, taken in enumerate(chosen) if taken]
            if not at:
                continue
            said = "events of " + ", ".join(f"`{tree.members[place].name}`" for place in at)
            times = [place * max(1, min(1000, tree.timespan // 10)) for place in range(len(at))]
            stream = [own[place] for place in at]
            if not self.keep(True, said, stream, times):
                self.keep(False, said, stream, times)
            elif len(at) > 1:
                self._edges(tree, made, said, at, stream, times)

    def _edges(
        self, tree: Correlation, made: Events, said: str, at: list[int], stream: Sequence[Event | None],
        times: list[int],
    ) -> None:  # fmt: skip
        """The last event at the end of the span and past it, and under other keys."""
        end = [*times[:-1], tree.timespan]
        self.keep(True, f"{said}, the last at the very end of the span", stream, end)
        self.keep(False, f"{said}, the last just past the span", stream, [*times[:-1], tree.timespan + 1])
        for column, key in enumerate(tree.keys):
            for kind, word in ((OTHER, "another"), (NONE, "no")):
                last = made.event(at[-1], _holding(len(tree.keys), column, kind))
                self.keep(False, f"{said}, {word} `{key.fields[at[-1]].name}` at the last", [*stream[:-1], last], times)

    def _counted(self, tree: Correlation, parts: list[Part]) -> None:
        """As many events, or values, as are asked for; one too few; the last one late; keys that differ."""
        wanted = _reached(tree)
        if wanted is None or wanted > MOST_EVENTS:
            raise UnsupportedError("no fixtures: no small number of events meets the bounds", source=self.query.source)
        made = _events_of(parts, self.query)
        base = made.event(0)
        events = self._different(tree, parts[0], base, wanted) if tree.values else [base] * wanted
        gap = max(1, min(1000, tree.timespan // (2 * wanted)))
        times = [at * gap for at in range(wanted)]
        what = f"different values of `{tree.values[0][-1].name}`" if tree.values else "events"
        self.keep(True, f"{wanted} {what} within the span", events, times)
        if wanted > 1:
            self.keep(
                True, f"{wanted} {what}, the last at the very end of the span", events, [*times[:-1], tree.timespan]
            )
            self.keep(False, f"{wanted} {what}, the last just past the span", events, [*times[:-1], tree.timespan + 1])
            self.keep(False, f"{wanted - 1} {what}", events[:-1], times[:-1])
        if tree.values and wanted > 1:
            self.keep(False, f"{wanted} events with the same value", [events[0]] * wanted, times)
        if len(parts) > 1 and not tree.values:
            mixed = [made.event(at % len(parts)) for at in range(wanted)]
            self.keep(True, f"{wanted} events of different rules", mixed, times)
        for column, key in enumerate(tree.keys):
            for kind, said in ((OTHER, "another"), (NONE, "no")):
                held = made.event(0, _holding(len(tree.keys), column, kind))
                if held is not None:
                    changed = {**(events[-1] or {}), key.fields[0].path: held.get(key.fields[0].path)}
                    last = {name: value for name, value in changed.items() if value is not None}
                    self.keep(False, f"{said} `{key.fields[0].name}` at the last event", [*events[:-1], last], times)
        if wanted <= MOST_WITH_NEAR and not tree.values:
            self._near(parts[0], made, 0, "the last event", events, times, wanted - 1)

    def _different(self, tree: Correlation, part: Part, base: Event | None, wanted: int) -> list[Event | None]:
        found = distinct(together(part.condition, part.keys), tree.values[0], dict(base or {}), wanted)
        if len(found) < wanted:
            name = tree.values[0][-1].name
            raise UnsupportedError(f"no fixtures: `{name}` has not {wanted} values that pass", source=self.query.source)
        return list(found)

    def _computed(self, tree: Correlation, parts: list[Part]) -> None:
        """A sum, average or percentile of one event's number: at each bound, below and above."""
        counted = tree.values[0][-1]
        made = _events_of([replace(parts[0])], self.query)
        base = made.event(0)
        for number in sorted({bound + step for _, bound in tree.bounds for step in (-1, 0, 1)}):
            expect = all(COMPARE[name](number, bound) for name, bound in tree.bounds)
            event = None if base is None else {**base, counted.path: number}
            self.keep(expect, f"`{counted.name}` is {number}", [event], [0])


def _holding(width: int, column: int, kind: str) -> list[str]:
    return [kind if at == column else SAME for at in range(width)]


def _events_of(parts: Sequence[Part], query: Query) -> Events:
    made = Events.of(parts)
    if made is None:
        raise UnsupportedError("no fixtures: the steps have no events with keys in common", source=query.source)
    return made


def _reached(tree: Correlation) -> int | None:
    """The smallest number of events that meets the bounds."""
    numbers: Iterable[int] = range(1, MOST_EVENTS + 2)
    return next((n for n in numbers if all(COMPARE[name](n, bound) for name, bound in tree.bounds)), None)


__all__ = ["stream_fixtures"]
