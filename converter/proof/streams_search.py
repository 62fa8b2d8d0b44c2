"""A stream of real events on which only one of two queries fires: built of events for every combination of their
conditions, under equal and different keys, at times around their spans."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

from converter.diagnostics import ConverterError
from converter.matching import EventValues
from converter.proof.compare import predicate, with_category
from converter.proof.streams import first_fired, letters_of
from converter.proof.streams_events import Events, Part, equals
from converter.query import Query
from converter.tree import Field, Node, Piped, Sample
from converter.tree import Sequence as EqlSequence
from converter.tree.correlation import Correlation

#: Streams tried, short ones first.
MOST = 2500
#: Queries of more steps together are not searched.
MOST_STEPS = 60
_START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


@dataclass(frozen=True)
class Found:
    """Streams on which only the first, and only the second query fires, or fires before the other does."""

    only_a: tuple[Mapping[str, Any], ...] | None = None
    only_b: tuple[Mapping[str, Any], ...] | None = None


def stamp(milliseconds: int) -> str:
    """That long after the beginning of all made streams."""
    moment = datetime.fromtimestamp(_START + milliseconds / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def steps_of(query: Query) -> list[tuple[Node, tuple[Field, ...]]]:
    """Every condition of a query over streams with its keys, also those of events that end or must not come."""
    tree = query.tree.query if isinstance(query.tree, Piped) else query.tree
    out: list[tuple[Node, tuple[Field, ...]]] = []
    if isinstance(tree, EqlSequence | Sample):
        until = getattr(tree, "until", None)
        for stage in (*tree.stages, *((until,) if until is not None else ())):
            out.append((stage.condition, tuple(key.field for key in (*tree.by, *stage.keys))))
    elif isinstance(tree, Correlation):
        for index, member in enumerate(tree.members):
            if isinstance(member.item, Correlation):
                out += steps_of(replace(query, tree=member.item))
            else:
                out.append((member.item, tuple(key.fields[index] for key in tree.keys)))
    category = query.fields.field(query.category_field or "event.category")
    return [(with_category(node, category), keys) for node, keys in out]


def span_of(query: Query) -> int:
    tree = query.tree.query if isinstance(query.tree, Piped) else query.tree
    return int(getattr(tree, "maxspan", None) or getattr(tree, "timespan", None) or 60_000)


def counterexamples(a: Query, b: Query) -> Found:
    """What a search over a bounded number of streams finds; it never raises."""
    if len(steps_of(a)) + len(steps_of(b)) > MOST_STEPS:
        return Found()
    try:
        kinds = _events(steps_of(a), steps_of(b))
        found: dict[str, tuple[Mapping[str, Any], ...]] = {}
        for stream in _streams(kinds, sorted({span_of(a), span_of(b)}), max(len(steps_of(a)), _count(a), _count(b))):
            one, other = first_fired(a, stream), first_fired(b, stream)
            if one != other:
                earlier = one is not None and (other is None or one < other)
                found.setdefault("a" if earlier else "b", tuple(stream))
            if len(found) == 2:
                break
    except ConverterError:
        return Found()
    return Found(found.get("a"), found.get("b"))


def _count(query: Query) -> int:
    tree = query.tree
    if isinstance(tree, EqlSequence):
        return sum(stage.runs for stage in tree.stages)
    if isinstance(tree, Correlation):
        return max((int(bound) for _, bound in tree.bounds), default=1)
    return 1


def _events(first: list[tuple[Node, tuple[Field, ...]]], second: list[tuple[Node, tuple[Field, ...]]]) -> list[Any]:
    """Events of each combination of conditions, in the order of the steps, each under all keys alike, then with
    another value, then without one of them."""
    both = [*first, *second]
    tests = list(dict.fromkeys(node for node, _ in both))
    if not tests:
        return []
    letters, _ = letters_of(tests)
    made: list[Any] = []
    shared: list[tuple[Field, ...]] = []
    for node in tests:
        shared.append(next(keys for other, keys in both if other == node))
    width = min((len(keys) for keys in shared), default=0)
    parts = [Part(node, keys[:width]) for node, keys in zip(tests, shared, strict=True)]
    events = Events.of(parts)
    if events is None:
        return []
    keyed = list(dict.fromkeys(field for _, keys in both for field in keys))
    decide = [predicate(node) for node in tests]
    for letter in letters:
        if letter.event is None:
            continue
        base = dict(letter.event)
        for at in letter.holds:
            base = events.variant(at, base)
        variants = [base]
        for field in keyed:
            variants += [{**base, field.path: f"{base.get(field.path)}-other"}]
            variants += [{name: value for name, value in base.items() if name != field.path}]
        made.append([event for event in variants if _meets(decide, letter.holds, event)])
    return [kinds for kinds in made if kinds]


def _meets(decide: Sequence[Any], holds: Iterable[int], event: Mapping[str, Any]) -> bool:
    values = EventValues(event)
    return {at for at, test in enumerate(decide) if test(values)} == set(holds)


def _streams(kinds: list[Any], spans: Sequence[int], steps: int) -> Iterator[list[dict[str, Any]]]:
    if not kinds:
        return
    unit = min(1000, max(1, spans[0] // 10))
    gaps = sorted({1, unit, *(gap for span in spans for gap in (span - unit, span, span + 1) if gap > 0)})
    letters = [kind[0] for kind in kinds]
    made = 0
    for length in (1, 2, 3):
        for chosen in product(letters, repeat=length):
            for waits in product(gaps, repeat=length - 1):
                made += 1
                if made > MOST // 2:
                    break
                yield _timed(chosen, waits)
    chance = random.Random(steps)
    every = [event for kind in kinds for event in kind]
    for _ in range(MOST // 2):
        length = chance.randint(2, min(max(steps, 2), 40) + 3)
        same = chance.random() < 0.3
        start = chance.choice(letters)
        chosen = tuple(
            start if same else letters[at % len(letters)] if chance.random() < 0.5 else chance.choice(every)
            for at in range(length)
        )
        short = chance.random() < 0.7
        yield _timed(chosen, [chance.choice([1, unit // length or 1] if short else gaps) for _ in range(length - 1)])


def _timed(chosen: Sequence[Mapping[str, Any]], waits: Sequence[int]) -> list[dict[str, Any]]:
    at, out = 0, []
    for index, event in enumerate(chosen):
        at += waits[index - 1] if index else 0
        out.append({"@timestamp": stamp(at), **{name: value for name, value in event.items() if name != "@timestamp"}})
    return out


__all__ = ["Found", "counterexamples", "equals", "span_of", "stamp", "steps_of"]
