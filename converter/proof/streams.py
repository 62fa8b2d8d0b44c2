"""Small streams over the conditions of queries: which of them one event can meet at a time, and what two ways of
matching make of every small stream of such events."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, product
from typing import Any, TypeAlias

from converter.diagnostics import UnsupportedError
from converter.matching import Context, EventValues
from converter.matching import correlations as sigma
from converter.matching.sequences import find, in_order
from converter.proof.compare import declared, predicate
from converter.proof.prover import Prover
from converter.proof.tests import NOW
from converter.query import Query
from converter.tree import Exists, Field, Glob, Key, Node, Piped, Sample, Stage, literal
from converter.tree import Sequence as EqlSequence
from converter.tree.correlation import Correlation, GroupKey, Member

#: Every stream of that many events is tried, and beside them chosen ones of up to `EXTRA` more than the steps.
MOST = 4
EXTRA = 4
CHOSEN = 1500
#: No more streams than that are tried exhaustively; what an event can meet is cut off at so many combinations.
MOST_STREAMS = 12_000
MOST_LETTERS = 40
#: The span of abstract streams, in seconds.
SPAN = 10

Event: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Letter:
    """A combination of conditions, by their numbers, that one event meets, the others not; such an event, None where
    it is not decided whether there is one."""

    holds: frozenset[int]
    event: Event | None


def letters_of(tests: Sequence[Node]) -> tuple[list[Letter], bool]:
    """All combinations of the tests that an event can meet but the empty one, and whether these are all."""
    prover = Prover(constraints=declared(*tests))
    literals = [prover.literal(node) for node in tests]
    decide = [predicate(node) for node in tests]
    given = [predicate(node) for node in prover.constraint_nodes]
    found: dict[frozenset[int], Event | None] = {}

    def ask(wanted: list[int]) -> tuple[str, Event | None]:
        def accept(event: Event) -> bool:
            values = EventValues(event)
            truth = [test(values) for test in decide[: len(wanted)]]
            return truth == [item == own for item, own in zip(wanted, literals, strict=False)] and all(
                test(values) for test in given
            )

        outcome = prover.solve(wanted, accept)
        return outcome.status, outcome.event

    def descend(wanted: list[int], holds: tuple[int, ...]) -> None:
        at = len(wanted)
        if len(found) > MOST_LETTERS or (at == len(tests) and not holds):
            return
        if at:
            status, event = ask(wanted)
            if status == "unsat":
                return
            if at == len(tests):
                found[frozenset(holds)] = event if status == "sat" else None
                return
        descend([*wanted, literals[at]], (*holds, at))
        descend([*wanted, -literals[at]], holds)

    descend([], ())
    complete = len(found) <= MOST_LETTERS
    return [Letter(holds, event) for holds, event in list(found.items())[:MOST_LETTERS]], complete


def hits(query: Query, events: Iterable[Event], timestamp: str = "@timestamp") -> list[tuple[int | None, ...]]:
    """The hits of a query over a stream (of a condition on one event: the events that it takes), at the clock of all
    proofs. Raises `UnsupportedError` for other kinds of query."""
    context = Context(NOW, query.fields.field(query.category_field or "event.category"))
    field = query.fields.field(timestamp)
    tree = query.tree if not query.extra.get("predicate") else query.extra["predicate"]
    if isinstance(tree, Correlation):
        return sigma.find(tree, events, context, field)
    if isinstance(tree, Node | EqlSequence | Sample | Piped):
        return find(tree, events, context, field)
    raise UnsupportedError(f"a query of kind `{query.kind}` is not matched over a stream", source=query.source)


def first_fired(query: Query, stream: Sequence[Event]) -> int | None:
    """After how many events the query has fired."""
    ended = (max(at for at in hit if at is not None) + 1 for hit in hits(query, stream))
    return min(ended, default=None)


# abstract streams: a condition is its number, an event the numbers that it meets

_STEP, _KEY, _TIME = Field("step"), Field("key"), Field("@timestamp", "long")


def abstract(kind: str, steps: int, count: int = 0) -> tuple[EqlSequence, Correlation]:
    """A shape as an EQL sequence and as a Sigma correlation; `count` events of the one step, or the steps in order."""
    tests = [Glob(_STEP, literal(str(index))) for index in range(steps)]
    key = (Key(_KEY),)
    if kind == "event_count":
        query = EqlSequence((Stage(tests[0], runs=count),), key, SPAN * 1000)
    else:
        query = EqlSequence(tuple(Stage(test) for test in tests), key, SPAN * 1000)
    members = tuple(Member(str(index), test) for index, test in enumerate(tests))
    correlation = Correlation(
        kind, members, (GroupKey("key", (_KEY,) * steps),), SPAN * 1000, (("gte", count or steps),)
    )
    return query, correlation


@lru_cache(maxsize=512)
def enumerated(kind: str, steps: int, count: int, letters: tuple[frozenset[int], ...]) -> tuple[str, Abstract | None]:
    """EQL's matcher against Sigma's on the small streams of a shape: Sigma's relation to EQL's, and the first stream on
    which they differ. Keys are independent of each other in both, so one is enough."""
    eql, correlation = abstract(kind, steps, count)
    only_eql: Abstract | None = None
    only_sigma: Abstract | None = None
    for chosen, times in streams(letters, count or steps):
        events = [
            {"@timestamp": time * 1000, "key": "k", "step": [str(step) for step in sorted(letter)]}
            for time, letter in zip(times, chosen, strict=True)
        ]
        left, right = _first(eql, events), _first(correlation, events)
        if left == right:
            continue
        if right is None or (left is not None and left < right):
            only_eql = only_eql or (chosen, tuple(times))
        else:
            only_sigma = only_sigma or (chosen, tuple(times))
    if only_eql or only_sigma:
        relation = "different" if only_eql and only_sigma else "narrower" if only_eql else "broader"
        return relation, only_eql or only_sigma
    return "equivalent", None


#: What each event meets, and the times in units of which `SPAN` are the span.
Abstract: TypeAlias = tuple[tuple[frozenset[int], ...], tuple[int, ...]]


def shown(stream: Abstract) -> str:
    """The steps of each event and its second: `1@0, 1+2@9`."""
    named = ("+".join(str(step + 1) for step in sorted(letter)) for letter in stream[0])
    return ", ".join(f"{name}@{time}" for name, time in zip(named, stream[1], strict=True))


def streams(letters: Sequence[frozenset[int]], steps: int) -> Iterator[tuple[tuple[frozenset[int], ...], list[int]]]:
    """All small streams, then longer ones that follow the steps; the same ones each time."""
    yield from _all_small(letters)
    yield from _some_larger(letters, steps)


def _all_small(letters: Sequence[frozenset[int]]) -> Iterator[tuple[tuple[frozenset[int], ...], list[int]]]:
    """Times below, at and above the span: 1 + (SPAN - 1) is the span itself."""
    gaps = (0, 1, SPAN - 1, SPAN, SPAN + 1) if len(letters) < 3 else (1, SPAN - 1, SPAN + 1)
    made = 0
    for length in range(1, MOST + 1):
        made += len(letters) ** length * len(gaps) ** (length - 1)
        if made > MOST_STREAMS and length > 2:
            return
        for chosen, waits in product(product(letters, repeat=length), product(gaps, repeat=length - 1)):
            yield chosen, [0, *accumulate(waits)]


def _some_larger(
    letters: Sequence[frozenset[int]], steps: int
) -> Iterator[tuple[tuple[frozenset[int], ...], list[int]]]:
    """Streams long enough to fire twice, mostly of the steps in their order."""
    chance = random.Random(steps)
    by_step = [[letter for letter in letters if step in letter] for step in range(steps)]
    by_step = [found for found in by_step if found] or [list(letters)]
    for _ in range(CHOSEN if letters else 0):
        length = chance.randint(min(steps, 30), min(steps, 30) + EXTRA)
        at, chosen = 0, []
        for _ in range(length):
            chosen.append(chance.choice(by_step[at % len(by_step)] if chance.random() < 0.7 else list(letters)))
            at += chance.random() < 0.8
        waits = [chance.choice((0, 1, 2, SPAN // 2)) for _ in range(length - 1)]
        yield tuple(chosen), [0, *accumulate(waits)]


def _first(query: EqlSequence | Correlation, stream: list[dict[str, Any]]) -> int | None:
    """The place of the event after which the one key has fired."""
    events: list[Event] = list(stream)
    context = Context(0)
    if isinstance(query, Correlation):
        return min((hit.event.rank for hit in sigma.fired(query, in_order(events, _TIME, None), context)), default=None)
    return min((hit[-1] for hit in find(query, events, context, _TIME) if hit[-1] is not None), default=None)


def real_times(times: Iterable[int], span: int) -> list[int]:
    """Times of an abstract stream in milliseconds, so that what was within, at or past the span still is."""
    unit = min(1000, max(1, span // SPAN))
    return [time // SPAN * span + time % SPAN * unit for time in times]


def exists(keys: Iterable[Field]) -> list[Node]:
    return [Exists(field) for field in keys]


Predicate: TypeAlias = Callable[[EventValues], bool]

__all__ = [
    "CHOSEN", "SPAN", "Abstract", "Letter", "abstract", "enumerated", "exists", "first_fired", "hits", "letters_of",
    "real_times", "shown", "streams",
]  # fmt: skip
