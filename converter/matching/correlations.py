"""Sigma correlations over a list of events.

The window slides: what happened within `timespan` before an event, both ends in, of one key. The condition is looked at
after every event that takes part; a hit is there when it becomes true, that is where it holds now and did not at the
last look, or no longer did just before the event. Sigma says nothing of these; SEMANTICS.md, "What this project
takes where Sigma is silent", does.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Sequence as List
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from converter.diagnostics import UnsupportedError
from converter.matching.evaluate import Context, Predicate, compile_node
from converter.matching.sequences import Event, Hit, KeyValues, in_order
from converter.tree import Field
from converter.tree.correlation import Both, Correlation, Either, Expression, Member, Neither

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "neq": operator.ne, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt,
    "lte": operator.le,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fired:
    """A correlation's hit: the event that completed it, the positions of all events in the window, the key."""

    event: Event
    positions: tuple[int, ...]
    key: KeyValues


@dataclass(slots=True)
class _Part:
    """One member's event (or the hit of a correlation) in the window of one key."""

    event: Event
    member: int
    positions: tuple[int, ...]
    values: tuple[tuple[Any, ...], ...]


@dataclass(slots=True)
class _Window:
    parts: deque[_Part] = field(default_factory=deque)
    held: bool = False


def find(
    query: Correlation,
    events: Iterable[Mapping[str, Any]],
    context: Context,
    timestamp: Field,
    tiebreaker: str | None = None,
) -> list[Hit]:
    """All hits, by the event that completes them: the positions of the events in the window, in order of time."""
    stream = in_order(events, timestamp, tiebreaker)
    nanos = timestamp.type == "date_nanos"
    found = [(hit.event.rank, hit.positions) for hit in fired(query, stream, context, nanos)]
    if query.generate:  # the rules fire on their own as well
        for member in query.members:
            found += [(part.event.rank, part.positions) for part in _hits_of(member, stream, context, nanos)]
    return [positions for _, positions in sorted(dict.fromkeys(found), key=lambda item: item[0])]


def fired(query: Correlation, stream: List[Event], context: Context, nanos: bool = False) -> list[Fired]:
    """The hits in a stream that is in order, each with its key."""
    ordered = _order_of(query) if query.type == "temporal_ordered" else ()
    span = query.timespan * (10**6 if nanos else 1)
    rank = {event.position: event.rank for event in stream}
    windows: dict[KeyValues, _Window] = {}
    out: list[Fired] = []
    for event, arrived in _by_event(_arrivals(query, stream, context, nanos)):
        for key, parts in arrived.items():
            window = windows.setdefault(key, _Window())
            while window.parts and event.time - window.parts[0].event.time > span:
                window.parts.popleft()
            before = window.held and bool(window.parts) and _holds(query, window.parts, ordered)
            window.parts.extend(parts)
            now = _holds(query, window.parts, ordered)
            if now and not before:
                out.append(Fired(event, _positions(window.parts, rank), key))
            window.held = now
    return out


def _positions(parts: Iterable[_Part], rank: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(sorted({position for part in parts for position in part.positions}, key=rank.__getitem__))


def _by_event(
    arrivals: list[tuple[_Part, KeyValues]],
) -> Iterator[tuple[Event, dict[KeyValues, list[_Part]]]]:
    """What arrives with each event, by key, in order of the events."""
    arrivals.sort(key=lambda item: (item[0].event.rank, item[0].member))
    start = 0
    while start < len(arrivals):
        event = arrivals[start][0].event
        arrived: dict[KeyValues, list[_Part]] = {}
        while start < len(arrivals) and arrivals[start][0].event.rank == event.rank:
            arrived.setdefault(arrivals[start][1], []).append(arrivals[start][0])
            start += 1
        yield event, arrived


def _arrivals(query: Correlation, stream: List[Event], context: Context, nanos: bool) -> list[tuple[_Part, KeyValues]]:
    """Every member's events under every key that they have; an event without a key takes no part."""
    out: list[tuple[_Part, KeyValues]] = []
    for index, member in enumerate(query.members):
        keys = [key.fields[index] for key in query.keys]
        fields = query.values[index] if query.values else ()
        for hit in _hits_of(member, stream, context, nanos):
            columns = [hit.column(name) for name in keys]
            values = tuple(product(*map(hit.values, fields))) if fields else ()
            part = _Part(hit.event, index, hit.positions, values)
            out += [(part, key) for key in product(*columns)]
    return out


@dataclass(frozen=True, slots=True)
class _MemberHit:
    """`known` are the keys of a correlation by name, `events` those of its window; an event has its own values."""

    event: Event
    positions: tuple[int, ...]
    known: Mapping[str, Any] | None = None
    events: tuple[Event, ...] = ()

    def column(self, wanted: Field) -> tuple[Any, ...]:
        """The different values of a key."""
        return tuple(dict.fromkeys(self.values(wanted)))

    def values(self, wanted: Field) -> tuple[Any, ...]:
        """The values of a field; equal numbers of one event are several, as in the index. A correlation that does not
        group by the field has the values of its events."""
        if self.known is None:
            return self.event.values.values(wanted)
        if wanted.name in self.known:
            return (self.known[wanted.name],)
        return tuple(value for event in self.events for value in event.values.values(wanted))


def _hits_of(member: Member, stream: List[Event], context: Context, nanos: bool) -> list[_MemberHit]:
    if isinstance(member.item, Correlation):
        names, at = [key.name for key in member.item.keys], {event.position: event for event in stream}
        return [
            _MemberHit(
                hit.event, hit.positions, dict(zip(names, hit.key, strict=True)),
                tuple(at[position] for position in hit.positions),
            )
            for hit in fired(member.item, stream, context, nanos)
        ]  # fmt: skip
    test: Predicate = compile_node(member.item, context)
    return [_MemberHit(event, (event.position,)) for event in stream if test(event.values)]


def _holds(query: Correlation, parts: deque[_Part], ordered: tuple[int, ...]) -> bool:
    if query.expression is not None and not ordered:
        return _true(query.expression, {query.members[part.member].name for part in parts})
    value = _value(query, parts, ordered)
    if query.expression is not None:
        return value == len(ordered)
    return value is not None and all(COMPARE[name](value, bound) for name, bound in query.bounds)


def _value(query: Correlation, parts: deque[_Part], ordered: tuple[int, ...]) -> int | float | None:
    """What the condition compares; None where there is nothing to compute it of."""
    match query.type:
        case "event_count":
            return len({(part.event.rank, part.positions) for part in parts})
        case "temporal":
            return len({part.member for part in parts})
        case "temporal_ordered":
            return _longest(parts, ordered)
        case "value_count":
            return len({value for part in parts for value in part.values})
    numbers = sorted(_numbers(parts))
    if not numbers:
        return None
    match query.type:
        case "value_sum":
            return sum(numbers)
        case "value_avg":
            return sum(numbers) / len(numbers)
    return percentile(numbers, 50 if query.percentile is None else query.percentile)


def percentile(numbers: List[int | float], percent: int | float) -> float:
    """Of sorted numbers, between the two nearest ones in proportion (as NumPy and Elasticsearch's small digests do)."""
    place = (len(numbers) - 1) * min(max(percent, 0), 100) / 100
    low = int(place)
    high = min(low + 1, len(numbers) - 1)
    return numbers[low] + (numbers[high] - numbers[low]) * (place - low)


def _numbers(parts: Iterable[_Part]) -> Iterator[int | float]:
    """The numbers of each event once, whichever rules it matched; what is no number is left out."""
    seen: set[tuple[int, ...]] = set()
    for part in parts:
        if part.positions in seen:
            continue
        seen.add(part.positions)
        for value in (value for combination in part.values for value in combination):
            if isinstance(value, str):
                try:
                    value = float(value)
                except ValueError:
                    continue
            if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
                yield value


def _longest(parts: deque[_Part], ordered: tuple[int, ...]) -> int:
    """The most members that distinct events of the window give in the listed order."""
    reached: list[int | None] = [0, *[None] * len(ordered)]  # members taken → earliest rank + 1 behind the last one
    by_member: dict[int, list[int]] = {}
    for part in parts:
        by_member.setdefault(part.member, []).append(part.event.rank)
    for member in ordered:
        ranks = by_member.get(member, ())
        for count in range(len(ordered) - 1, -1, -1):
            after = reached[count]
            rank = None if after is None else next((rank for rank in ranks if rank >= after), None)
            if rank is not None:
                known = reached[count + 1]
                reached[count + 1] = rank + 1 if known is None else min(known, rank + 1)
    return max(count for count, rank in enumerate(reached) if rank is not None)


def _order_of(query: Correlation) -> tuple[int, ...]:
    """The members in the order in which they must come: as listed, or as an extended condition names them."""
    if query.expression is None:
        return tuple(range(len(query.members)))
    items = query.expression.items if isinstance(query.expression, Both) else (query.expression,)
    index = {member.name: number for number, member in enumerate(query.members)}
    if not all(isinstance(item, str) for item in items):
        raise UnsupportedError(
            "`or` and `not` in the condition of `temporal_ordered` have no order", span=query.span,
            help="use `temporal`, or name the rules in order, joined by `and`",
        )  # fmt: skip
    return tuple(index[item] for item in items if isinstance(item, str))


def _true(expression: Expression, present: set[str]) -> bool:
    match expression:
        case Both(items=items):
            return all(_true(item, present) for item in items)
        case Either(items=items):
            return any(_true(item, present) for item in items)
        case Neither(item=item):
            return not _true(item, present)
    return expression in present
