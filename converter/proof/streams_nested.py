"""Fixtures of correlations that build on other ones: the streams of those, one after another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from converter.matching.dates import parse_date
from converter.proof.generate import Fixture
from converter.proof.streams_events import Events, Part
from converter.query import Query
from converter.tree import Field
from converter.tree.correlation import Correlation

Event: TypeAlias = Mapping[str, Any]
#: A candidate: whether it should fire, why it is there, the events and their times.
Candidate: TypeAlias = tuple[bool, str, list[Event], list[int]]


@dataclass(frozen=True)
class Block:
    """What makes one member fire: events at times from 0 on, the last one completes it."""

    name: str
    events: tuple[Event, ...]
    times: tuple[int, ...]

    def under(self, values: Mapping[str, Any]) -> Block:
        return replace(self, events=tuple({**event, **values} for event in self.events))

    def without_last(self) -> Block:
        return replace(self, events=self.events[:-1], times=self.times[:-1])


def candidates(query: Query, tree: Correlation, fixtures_of: Any) -> Iterator[Candidate]:
    """Streams that may show what the correlation asks for; the caller keeps those that do what they were made for.
    `fixtures_of` gives the fixtures of a query over streams."""
    found = [_block(query, tree, at, fixtures_of) for at in range(len(tree.members))]
    blocks = [block for block in found if block is not None]
    if len(blocks) < len(found):
        return
    if len(blocks) == 1:
        yield from _repeated(tree, blocks[0])
        return
    first, last = blocks[0], len(blocks) - 1
    yield _in_turn(True, "the rules in turn, within the span", blocks, tree.timespan)
    done = first.times[-1]
    for shift, expect, reason in ((0, True, "at the very end of the span"), (1, False, "just past the span")):
        yield _in_turn(expect, f"the last rule {reason}", blocks, tree.timespan, done + tree.timespan + shift)
    yield _in_turn(tree.type == "temporal", "the rules in the opposite order", blocks[::-1], tree.timespan)
    for at, block in enumerate(blocks):
        left = [*blocks[:at], *blocks[at + 1 :]]
        yield _in_turn(False, f"rule `{block.name}` is missing", left, tree.timespan)
        if len(block.events) > 1:
            short = [*blocks[:at], block.without_last(), *blocks[at + 1 :]]
            yield _in_turn(False, f"rule `{block.name}` lacks its last event", short, tree.timespan)
    for key in tree.keys:
        field = key.fields[last]
        other = blocks[last].under({field.path: _other(blocks[last].events[-1].get(field.path))})
        yield _in_turn(False, f"another `{field.name}` at the last rule", [*blocks[:last], other], tree.timespan)


def _repeated(tree: Correlation, block: Block) -> Iterator[Candidate]:
    """One member that has to fire several times: far enough apart to fire anew."""
    for count in range(1, 6):
        expect = all(name in ("gte", "gt") and bound <= count - (name == "gt") for name, bound in tree.bounds)
        gap = tree.timespan // 6
        events = [event for _ in range(count) for event in block.events]
        times = [turn * gap + time for turn in range(count) for time in block.times]
        yield expect, f"rule `{block.name}` {count} times", events, times


def _in_turn(expect: bool, reason: str, blocks: Sequence[Block], span: int, end: int | None = None) -> Candidate:
    """The blocks one after another; the last one complete at `end`."""
    events: list[Event] = []
    times: list[int] = []
    gap, at = max(1, min(1000, span // (4 * len(blocks)))), 0
    for number, block in enumerate(blocks):
        if not block.events:
            continue
        if end is not None and number == len(blocks) - 1:
            at = end - block.times[-1]
        events += block.events
        times += [at + time for time in block.times]
        at = times[-1] + gap
    return expect, reason, events, times


def _block(query: Query, tree: Correlation, at: int, fixtures_of: Any) -> Block | None:
    member = tree.members[at]
    keys = tuple(key.fields[at] for key in tree.keys)
    values = _shared(query, tree)
    if isinstance(member.item, Correlation):
        cases: list[Fixture] = fixtures_of(replace(query, tree=member.item))
        events = next((case.events for case in cases if case.expect and case.events), None)
        if events is None:
            return None
        stamps = [parse_date(event["@timestamp"], False, None) or 0 for event in events]
        block = Block(member.name, tuple(events), tuple(stamp - stamps[0] for stamp in stamps))
        return block.under({field.path: value for field, value in zip(keys, values, strict=True)})
    made = Events.of([Part(member.item, keys)])
    event = made.event(0) if made is not None else None
    if event is None:
        return None
    return Block(member.name, ({**event, **dict(zip((f.path for f in keys), values, strict=True))},), (0,))


def _shared(query: Query, tree: Correlation) -> list[Any]:
    """One value for each key, for all members."""
    parts = [
        Part(member.item, tuple(key.fields[at] for key in tree.keys))
        for at, member in enumerate(tree.members) if not isinstance(member.item, Correlation)
    ]  # fmt: skip
    made = Events.of(parts) if parts else None
    if made is not None:
        return made.values
    return [_usual(key.fields[0]) for key in tree.keys]


def _usual(field: Field) -> Any:
    return {"integer": 1001, "ip": "192.0.2.1", "boolean": True, "float": 1001.5}.get(field.sort, "one")


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return "192.0.2.77" if str(value).count(".") == 3 else f"{value}-other"


__all__ = ["candidates"]
