"""Stateful EQL over a list of events: sequences, samples, and the pipes behind them.

The events are put in order of (time, tiebreaker, position); an event whose time cannot be read takes no part. Each
event advances, for each of its keys, the **latest** open partial of the stage before, and all older ones of that
stage are lost with it; so one open partial a stage and key is all the state there is. Evidence: Elasticsearch's
SequenceMatcher, TumblingWindow and SampleIterator; the recorded cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as List
from dataclasses import dataclass, field
from itertools import product
from typing import Any, TypeAlias

from converter.diagnostics import UnsupportedError
from converter.matching.dates import parse_date
from converter.matching.evaluate import Context, Predicate, compile_node
from converter.matching.values import EventValues
from converter.tree import Field, Key, Node, Piped, Sample, Sequence

#: The positions of a hit's events in the list that was given; None for the slot of a missing event.
Hit: TypeAlias = tuple[int | None, ...]
#: One value for each join key; None where an optional key has none.
KeyValues: TypeAlias = tuple[Any, ...]


@dataclass(slots=True)
class Event:
    """`rank` is the place in the order, `time` in milliseconds (nanoseconds for a date_nanos field)."""

    position: int
    time: int
    values: EventValues
    rank: int = 0


def find(
    query: Node | Sequence | Sample | Piped,
    events: Iterable[Mapping[str, Any]],
    context: Context,
    timestamp: Field,
    tiebreaker: str | None = None,
) -> list[Hit]:
    """All hits, in the order in which they are complete (event queries: of the events). `head` and `tail` apply, in
    the order of time; no default size does."""
    if isinstance(query, Piped):
        return _piped(query, list(events), context, timestamp, tiebreaker)
    if isinstance(query, Sequence | Sample):
        stream = in_order(events, timestamp, tiebreaker)
        if isinstance(query, Sample):
            return _sample(query, stream, context)
        return Matcher(query, context, nanos=_nanos(timestamp)).run(stream)
    predicate = compile_node(query, context)
    return [(i,) for i, event in enumerate(events) if predicate(EventValues(event))]


def in_order(
    events: Iterable[Mapping[str, Any]], timestamp: Field, tiebreaker: str | None, fallback: Field | None = None
) -> list[Event]:
    """The events that have a time, sorted; a missing tiebreaker comes last. Where an event lacks the field of the time,
    `fallback` is taken."""
    found: list[tuple[Any, Event]] = []
    unit = 10**6 if fallback is not None and _nanos(timestamp) and not _nanos(fallback) else 1
    for position, raw in enumerate(events):
        values = EventValues(raw)
        if fallback is not None and all(value is None for value in values.raw(timestamp.path)):
            time = _time(values, fallback)
            time = None if time is None else time * unit
        else:
            time = _time(values, timestamp)
        if time is not None:
            found.append(((time, _sortable(values, tiebreaker), position), Event(position, time, values)))
    found.sort(key=lambda pair: pair[0])
    for rank, (_, event) in enumerate(found):
        event.rank = rank
    return [event for _, event in found]


def _nanos(timestamp: Field) -> bool:
    return timestamp.type == "date_nanos"


def _time(values: EventValues, timestamp: Field) -> int | None:
    """The event's time; a field of whole numbers holds milliseconds, any other is read as a date."""
    if timestamp.sort == "integer":
        return next((int(value) for value in values.values(timestamp) if isinstance(value, int)), None)
    nanos = _nanos(timestamp)
    for raw in values.raw(timestamp.path):
        time = parse_date(raw, nanos, timestamp.format)
        if time is not None:
            return time
    return None


def _sortable(values: EventValues, tiebreaker: str | None) -> tuple[int, Any]:
    for raw in values.raw(tiebreaker) if tiebreaker else ():
        if isinstance(raw, int | float):
            return 0, raw
        if isinstance(raw, str):
            return 1, raw
    return 2, 0


def keys_of(values: EventValues, keys: List[Key]) -> list[KeyValues]:
    """The join keys of an event: each combination of the distinct values; none where a plain key has no value."""
    columns: list[tuple[Any, ...]] = []
    for key in keys:
        column: tuple[Any, ...] = tuple(dict.fromkeys(values.values(key.field)))
        if not column:
            if not key.optional:
                return []
            column = (None,)
        columns.append(column)
    return list(product(*columns))


#: The events so far, one a positive stage.
Partial: TypeAlias = tuple[Event, ...]


@dataclass(slots=True)
class _Step:
    """A positive stage, a run of it counted on its own."""

    test: int
    keys: tuple[Key, ...]


@dataclass(slots=True)
class _Absence:
    """A stage of which no event may come; `after` positive stages before it."""

    test: int
    keys: tuple[Key, ...]
    after: int


@dataclass(slots=True)
class _State:
    """Of one key: the open partial a positive stage, and the latest `until` event."""

    open: list[Partial | None]
    until: int = -1


@dataclass
class Matcher:
    """A sequence ready to run over streams."""

    query: Sequence
    context: Context
    nanos: bool = False
    steps: list[_Step] = field(default_factory=list)
    absences: list[_Absence] = field(default_factory=list)
    slots: list[bool] = field(default_factory=list)
    tests: list[Predicate] = field(default_factory=list)

    def __post_init__(self) -> None:
        known: dict[Node, int] = {}

        def test(node: Node) -> int:
            if node not in known:
                known[node] = len(self.tests)
                self.tests.append(compile_node(node, self.context))
            return known[node]

        for stage in self.query.stages:
            keys = (*self.query.by, *stage.keys)
            for _ in range(stage.runs):
                self.slots.append(stage.missing)
                if stage.missing:
                    self.absences.append(_Absence(test(stage.condition), keys, len(self.steps)))
                else:
                    self.steps.append(_Step(test(stage.condition), keys))
        self.span = None if self.query.maxspan is None else self.query.maxspan * (10**6 if self.nanos else 1)
        until = self.query.until
        self.until = None if until is None else _Step(test(until.condition), (*self.query.by, *until.keys))

    def run(self, stream: List[Event]) -> list[Hit]:
        """Every hit in a stream in order, by the event that completes it."""
        seen: dict[int, list[Event]] = {absence.test: [] for absence in self.absences}
        states: dict[KeyValues, _State] = {}
        found: list[tuple[Any, KeyValues, Partial]] = []
        tests = self.tests
        for event in stream:
            values = event.values
            truth = [test(values) for test in tests]
            if not any(truth):
                continue
            for index, events in seen.items():
                if truth[index]:
                    events.append(event)
            for key, partial in self.advance(event, truth, states):
                found.append(((event.rank, _key_order(key)), key, partial))
        found.sort(key=lambda item: item[0])
        return [self.hit(partial) for _, key, partial in found if self.undisturbed(key, partial, seen)]

    def advance(
        self, event: Event, truth: List[bool], states: dict[KeyValues, _State]
    ) -> Iterable[tuple[KeyValues, Partial]]:
        """Move what the event moves; gives the partials that it completes. `truth`: of each test, whether it passes.

        From the last stage to the first, so that an event never follows itself."""
        last = len(self.steps) - 1
        for index in range(last, -1, -1):
            step = self.steps[index]
            if not truth[step.test]:
                continue
            for key in keys_of(event.values, step.keys):
                if index == 0:
                    partial: Partial | None = (event,)
                else:
                    state = states.get(key)
                    partial = self.extended(state, index, event) if state else None
                if partial is None:
                    continue
                if index == last:
                    yield key, partial
                else:
                    states.setdefault(key, _State([None] * last)).open[index] = partial
        if self.until is not None and truth[self.until.test]:
            for key in keys_of(event.values, self.until.keys):
                if key in states:
                    states[key].until = event.rank

    def extended(self, state: _State, index: int, event: Event) -> Partial | None:
        """The partial of the stage before with this event added; the partial is used up either way."""
        before = state.open[index - 1]
        if before is None:
            return None
        state.open[index - 1] = None
        if self.span is not None and event.time - before[0].time > self.span:
            return None
        if state.until >= before[-1].rank:
            return None
        return (*before, event)

    def hit(self, partial: Partial) -> Hit:
        positions = iter([event.position for event in partial])
        return tuple(None if missing else next(positions) for missing in self.slots)

    def undisturbed(self, key: KeyValues, partial: Partial, seen: Mapping[int, List[Event]]) -> bool:
        """Whether the events that must be missing are: strictly between the times of the stages around them; before
        the first and behind the last stage within `maxspan` of what else the sequence holds."""
        if not self.absences:
            return True
        before: list[int] = []
        after: list[int] = []
        times = [event.time for event in partial]
        for absence in self.absences:
            others = [e.time for e in seen[absence.test] if _has_key(e.values, absence.keys, key)]
            if absence.after == 0:
                before += [time for time in others if time < times[0]]
            elif absence.after == len(self.steps):
                after += [time for time in others if time > times[-1]]
            elif any(times[absence.after - 1] < time < times[absence.after] for time in others):
                return False
        return self.in_span(times, max(before, default=None), min(after, default=None))

    def in_span(self, times: list[int], before: int | None, after: int | None) -> bool:
        """Elasticsearch's rule for leading and trailing absences: no such event within `maxspan`, counted to the last
        stage, from the first, or, with both, from the one to the other."""
        leading, trailing = self.slots[0], self.slots[-1]
        if before is None and after is None:
            return True
        if (leading and before is None) or (trailing and after is None):
            return True
        span = self.span or 0
        if leading and trailing:
            assert before is not None and after is not None
            return after - before > span
        if leading:
            return before is None or times[-1] - before > span
        return after is None or after - times[0] > span


def _has_key(values: EventValues, keys: List[Key], wanted: KeyValues) -> bool:
    for key, value in zip(keys, wanted, strict=True):
        found = values.values(key.field)
        if (value is None and found) or (value is not None and value not in found):
            return False
    return True


def _key_order(key: KeyValues) -> tuple[Any, ...]:
    """Keys of mixed types in some fixed order, null first."""
    return tuple((value is not None, type(value).__name__, value or 0) for value in key)


def _sample(query: Sample, stream: List[Event], context: Context) -> list[Hit]:
    """One hit a key for which each stage has an event of its own; the earliest events that allow it."""
    found: list[dict[KeyValues, list[Event]]] = []
    for stage in query.stages:
        test, keys = compile_node(stage.condition, context), (*query.by, *stage.keys)
        by_key: dict[KeyValues, list[Event]] = {}
        for event in stream:
            if test(event.values):
                for key in keys_of(event.values, keys):
                    by_key.setdefault(key, []).append(event)
        found.append(by_key)
    hits: list[Hit] = []
    for key in sorted(found[0], key=_key_order):
        if all(key in by_key for by_key in found):
            chosen = _distinct([by_key[key][: len(found)] for by_key in found])
            if chosen is not None:
                hits.append(chosen)
    return hits


def _distinct(columns: list[list[Event]]) -> Hit | None:
    """The first choice of one event a column in which no event comes twice."""

    def choose(index: int, taken: tuple[int, ...]) -> tuple[int, ...] | None:
        if index == len(columns):
            return taken
        for event in columns[index]:
            if event.position not in taken:
                found = choose(index + 1, (*taken, event.position))
                if found is not None:
                    return found
        return None

    return choose(0, ())


def _piped(
    query: Piped, events: list[Mapping[str, Any]], context: Context, timestamp: Field, tiebreaker: str | None
) -> list[Hit]:
    hits = find(query.query, events, context, timestamp, tiebreaker)
    is_event = not isinstance(query.query, Sequence | Sample)
    if is_event:  # by time, so that head and tail cut where Elasticsearch does; what has no time comes last
        rank = {event.position: event.rank for event in in_order(events, timestamp, tiebreaker)}
        hits.sort(key=lambda hit: (rank.get(hit[0] or 0, len(events)), hit))
    for pipe in query.pipes:
        count = int(pipe.args[0])
        if pipe.name == "head":
            hits = hits[:count]
        elif pipe.name == "tail":
            hits = hits[-count:] if count else []
        else:
            raise UnsupportedError(f"the pipe `{pipe.name}` has no meaning here", span=pipe.span)
    return sorted(hits) if is_event else hits
