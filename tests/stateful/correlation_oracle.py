"""What a Sigma correlation's hits are by definition, for a comparison with the evaluator; for a long random search:

    python tests/stateful/correlation_oracle.py 1000000

Written from what this project takes where Sigma is silent, not from the evaluator: for each key and each event that
takes part, the window is listed in full and the condition computed from nothing else.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any

from converter.matching import Context
from converter.matching.correlations import find
from converter.tree import Field, Term
from converter.tree.correlation import Both, Correlation, Either, GroupKey, Member, Neither

TIME = Field("time", "long")
FLAGS = [Field(f"s{i}", "boolean") for i in range(3)]
KEYS = [Field("k0", "keyword"), Field("k1", "keyword")]
VALUES = [Field("v", "keyword"), Field("n", "long")]


@dataclass(frozen=True)
class Part:
    """A rule's event, or the hit of a correlation, in the stream of one key."""

    rank: int
    member: int
    positions: tuple[int, ...]
    values: tuple[tuple[Any, ...], ...]


def ordered(events: list[dict[str, Any]]) -> list[int]:
    return sorted(range(len(events)), key=lambda i: (events[i]["time"], events[i].get("tie", float("inf")), i))


def listed(event: dict[str, Any], field: Field) -> list[Any]:
    """All values, equal ones as often as they are there: sums and averages take each."""
    raw = event.get(field.name)
    return [value for value in (raw if isinstance(raw, list) else [raw]) if value is not None]


def column(event: dict[str, Any], field: Field) -> list[Any]:
    return sorted(set(listed(event, field)))


def parts_by_key(query: Correlation, events: list[dict[str, Any]], order: list[int]) -> dict[Any, list[Part]]:
    out: dict[Any, list[Part]] = {}
    for at, member in enumerate(query.members):
        fields = [key.fields[at] for key in query.keys]
        if isinstance(member.item, Correlation):
            names = [key.name for key in member.item.keys]
            for rank, positions, key in fired(member.item, events, order):
                known = dict(zip(names, key, strict=True))
                columns = [
                    [known[field.name]] if field.name in known else
                    sorted({value for position in positions for value in column(events[position], field)})
                    for field in fields
                ]  # fmt: skip
                for own in product(*columns):
                    out.setdefault(own, []).append(Part(rank, at, positions, ()))
            continue
        assert isinstance(member.item, Term)
        for rank, position in enumerate(order):
            event = events[position]
            if not event.get(member.item.field.name):
                continue
            counted = query.values[at] if query.values else ()
            values = tuple(product(*(listed(event, field) for field in counted))) if counted else ()
            for own in product(*(column(event, field) for field in fields)):
                out.setdefault(own, []).append(Part(rank, at, (position,), values))
    return out


def fired(query: Correlation, events: list[dict[str, Any]], order: list[int]) -> list[tuple[int, tuple[int, ...], Any]]:
    times = [events[position]["time"] for position in order]
    out = []
    for key, parts in parts_by_key(query, events, order).items():
        looked: int | None = None
        for rank in sorted({part.rank for part in parts}):
            window = [p for p in parts if p.rank <= rank and times[rank] - times[p.rank] <= query.timespan]
            earlier = [p for p in window if p.rank < rank]
            then = [] if looked is None else [
                p for p in parts if p.rank <= looked and times[looked] - times[p.rank] <= query.timespan
            ]  # fmt: skip
            still = bool(then) and bool(earlier) and holds(query, then) and holds(query, earlier)
            if holds(query, window) and not still:
                positions = {position for part in window for position in part.positions}
                out.append((rank, tuple(sorted(positions, key=order.index)), key))
            looked = rank
    return sorted(out, key=lambda item: item[0])


def holds(query: Correlation, window: list[Part]) -> bool:
    if query.type == "temporal" and query.expression is not None:
        return true(query.expression, {query.members[part.member].name for part in window})
    if query.type == "temporal_ordered":
        wanted = list(range(len(query.members)))
        if query.expression is not None:
            assert isinstance(query.expression, Both)
            wanted = [[m.name for m in query.members].index(str(name)) for name in query.expression.items]
        value: Any = in_order(window, wanted)
        if query.expression is not None:
            return bool(value == len(wanted))
    else:
        value = computed(query, window)
    compare = {
        "eq": lambda a, b: a == b, "neq": lambda a, b: a != b, "gt": lambda a, b: a > b, "gte": lambda a, b: a >= b,
        "lt": lambda a, b: a < b, "lte": lambda a, b: a <= b,
    }  # fmt: skip
    return value is not None and all(compare[name](value, bound) for name, bound in query.bounds)


def in_order(window: list[Part], wanted: list[int]) -> int:
    """The most of the wanted members, as a subsequence, that different events give in this order."""
    ranks = sorted({part.rank for part in window})
    return longest(ranks, {rank: {part.member for part in window if part.rank == rank} for rank in ranks}, wanted)


def longest(ranks: list[int], may: dict[int, set[int]], wanted: list[int]) -> int:
    if not ranks or not wanted:
        return 0
    found = max(longest(ranks[1:], may, wanted), longest(ranks, may, wanted[1:]))
    if wanted[0] in may[ranks[0]]:
        found = max(found, 1 + longest(ranks[1:], may, wanted[1:]))
    return found


def computed(query: Correlation, window: list[Part]) -> Any:
    match query.type:
        case "event_count":
            return len({(part.rank, part.positions) for part in window})
        case "temporal":
            return len({part.member for part in window})
        case "value_count":
            return len({value for part in window for value in part.values})
    numbers = []
    for positions in {part.positions for part in window}:
        first = next(part for part in window if part.positions == positions)
        numbers += [value for combination in first.values for value in combination]
    if not numbers:
        return None
    match query.type:
        case "value_sum":
            return sum(numbers)
        case "value_avg":
            return statistics.fmean(numbers)
        case "value_median":
            return statistics.median(numbers)
    numbers.sort()
    place = (len(numbers) - 1) * (query.percentile or 0) / 100
    low = int(place)
    return numbers[low] + (numbers[min(low + 1, len(numbers) - 1)] - numbers[low]) * (place - low)


def true(expression: Any, present: set[str]) -> bool:
    match expression:
        case Both(items=items):
            return all(true(item, present) for item in items)
        case Either(items=items):
            return any(true(item, present) for item in items)
        case Neither(item=item):
            return not true(item, present)
    return expression in present


def hits(query: Correlation, events: list[dict[str, Any]]) -> list[tuple[int, tuple[int, ...]]]:
    """Rank of the completing event, and positions."""
    order = ordered(events)
    found = [(rank, positions) for rank, positions, _ in fired(query, events, order)]
    if query.generate:
        for member in query.members:
            if isinstance(member.item, Correlation):
                found += [(rank, positions) for rank, positions, _ in fired(member.item, events, order)]
            else:
                assert isinstance(member.item, Term)
                name = member.item.field.name
                found += [(rank, (at,)) for rank, at in enumerate(order) if events[at].get(name)]
    return sorted(set(found))


# random queries and streams


def a_query(rng: random.Random, depth: int = 0) -> Correlation:
    kinds = ["event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_median",
             "value_percentile"]  # fmt: skip
    kind = rng.choice(kinds if depth == 0 else kinds[:4])
    width = rng.randint(2, 3) if kind.startswith("temporal") else rng.randint(1, 2)
    keys = rng.sample(KEYS, rng.choice((0, 1, 1, 2)))
    members = []
    for at in range(width):
        nested = depth == 0 and not kind.startswith("value") and rng.random() < 0.15
        item: Any = a_query(rng, 1) if nested else Term(rng.choice(FLAGS), True)
        members.append(Member(f"m{at}", item))
    group = tuple(
        GroupKey(key.name, tuple(
            key if isinstance(member.item, Correlation) or rng.random() < 0.8 else rng.choice(KEYS)
            for member in members
        ))
        for key in keys
    )  # fmt: skip
    counted = rng.sample(VALUES, rng.choice((1, 1, 2))) if kind == "value_count" else [VALUES[1]]
    values = (tuple(counted),) * width if kind.startswith("value") else ()
    bounds = tuple(
        (rng.choice(("gte", "gte", "gt", "lt", "lte", "eq", "neq")), rng.randint(1, 4))
        for _ in range(rng.choice((1, 1, 2)))
    )
    expression: Any = None
    names = [member.name for member in members]
    if kind == "temporal" and rng.random() < 0.4:
        expression = rng.choice((
            Both((names[0], Neither(names[1]))), Either(tuple(names)), Neither(Both(tuple(names))), Both(tuple(names)),
        ))  # fmt: skip
    if kind == "temporal_ordered":
        bounds = (("gte", rng.randint(1, width)),)
        expression = Both(tuple(rng.choice(list(permutations(names))))) if rng.random() < 0.3 else None
    return Correlation(
        kind, tuple(members), group, rng.randint(1, 5), bounds if expression is None else (), values,
        rng.choice((10, 50, 75, 100)) if kind == "value_percentile" else None, expression, rng.random() < 0.1,
    )  # fmt: skip


def a_value(rng: random.Random) -> Any:
    return rng.choice(("a", "a", "b", None, ["a", "b"], ["b", None], []))


def a_stream(rng: random.Random) -> list[dict[str, Any]]:
    out = []
    for _ in range(rng.randint(0, 7)):
        event: dict[str, Any] = {"time": rng.randint(0, 7), "k0": a_value(rng), "k1": a_value(rng), "v": a_value(rng)}
        event["n"] = rng.choice((1, 2, 3, None, [1, 3], [2, 2]))
        event |= {field.name: rng.random() < 0.5 for field in FLAGS}
        if rng.random() < 0.5:
            event["tie"] = rng.randint(0, 2)
        out.append(event)
    return out


def differences(count: int, seed: int, streams: int = 8) -> tuple[int, int, list[Any]]:
    """Streams compared, hits found, and the cases in which the two disagree."""
    rng, compared, found, wrong = random.Random(seed), 0, 0, []
    while compared < count:
        query = a_query(rng)
        for _ in range(streams):
            stream = a_stream(rng)
            order = ordered(stream)
            wanted = [positions for _, positions in hits(query, stream)]
            got = find(query, stream, Context(), TIME, "tie")
            ends = [max(order.index(at) for at in hit if at is not None) for hit in got]
            compared, found = compared + 1, found + len(wanted)
            if sorted(wanted) != sorted(tuple(at for at in hit if at is not None) for hit in got) or ends != sorted(
                ends
            ):
                wrong.append((query, stream, wanted, got))
    return compared, found, wrong


if __name__ == "__main__":
    begin = time.process_time()
    total, total_hits, failed = differences(int(sys.argv[1]), seed=int(sys.argv[2]) if len(sys.argv) > 2 else 7)
    for case in failed[:3]:
        print(*case, sep="\n", end="\n\n")
    print(f"{total} streams, {total_hits} hits, {len(failed)} differences, {time.process_time() - begin:.0f} CPU s")
    sys.exit(bool(failed))
