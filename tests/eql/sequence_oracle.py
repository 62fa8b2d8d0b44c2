"""What a sequence's hits are by definition, for a comparison with the matcher; run it for a long random search:

    python tests/eql/sequence_oracle.py 1000000

Written from the rules, not from the matcher: for each key, the chains of each stage are listed in full, and an event h
of a stage takes, of the chains of the stage before, the last one that ends in [h', h), where h' is the stage's event
before h.
"""

from __future__ import annotations

import random
import sys
import time
from itertools import product
from typing import Any

from converter.matching import Context
from converter.matching.sequences import find
from converter.tree import Field, Key, Sequence, Stage, Term

TIME = Field("time", "long")
FLAGS = [Field(f"s{i}", "boolean") for i in range(4)]
KEYS = [Field("k0", "keyword"), Field("k1", "keyword")]


def ordered(events: list[dict[str, Any]]) -> list[int]:
    return sorted(range(len(events)), key=lambda i: (events[i]["time"], events[i].get("tie", float("inf")), i))


def passes(event: dict[str, Any], stage: Stage) -> bool:
    assert isinstance(stage.condition, Term)
    return bool(event.get(stage.condition.field.name))


def values(event: dict[str, Any], key: Key) -> list[Any]:
    raw = event.get(key.field.name)
    return sorted({value for value in (raw if isinstance(raw, list) else [raw]) if value is not None})


def keys(event: dict[str, Any], wanted: tuple[Key, ...]) -> set[tuple[Any, ...]]:
    columns = [values(event, key) or ([None] if key.optional else []) for key in wanted]
    return set(product(*columns))


def hits(query: Sequence, events: list[dict[str, Any]]) -> list[tuple[int | None, ...]]:
    order = ordered(events)
    stages = [stage for stage in query.stages for _ in range(stage.runs)]
    every = {key for stage in query.stages for event in events for key in keys(event, (*query.by, *stage.keys))}
    found = []
    for key in every:
        for chain in chains(query, [stage for stage in stages if not stage.missing], events, order, key):
            if undisturbed(query, stages, events, order, chain, key):
                ranks = iter(chain)
                hit = tuple(None if stage.missing else order[next(ranks)] for stage in stages)
                found.append((chain[-1], [(value is not None, value or "") for value in key], hit))
    return [hit for _, _, hit in sorted(found, key=lambda item: item[:2])]


def stage_ranks(
    query: Sequence, stage: Stage, events: list[dict[str, Any]], order: list[int], key: tuple[Any, ...]
) -> list[int]:
    wanted = (*query.by, *stage.keys)
    return [r for r, i in enumerate(order) if passes(events[i], stage) and key in keys(events[i], wanted)]


def chains(
    query: Sequence, stages: list[Stage], events: list[dict[str, Any]], order: list[int], key: tuple[Any, ...]
) -> list[tuple[int, ...]]:
    until = stage_ranks(query, query.until, events, order, key) if query.until else []
    found = [(rank,) for rank in stage_ranks(query, stages[0], events, order, key)]
    for stage in stages[1:]:
        longer, before = [], -1
        for rank in stage_ranks(query, stage, events, order, key):
            open_ones = [chain for chain in found if before <= chain[-1] < rank]
            before = rank
            if not open_ones:
                continue
            chain = max(open_ones, key=lambda c: c[-1])
            spent = events[order[rank]]["time"] - events[order[chain[0]]]["time"]
            late = query.maxspan is not None and spent > query.maxspan
            if not late and not any(chain[-1] <= u < rank for u in until):
                longer.append((*chain, rank))
        found = longer
    return found


def undisturbed(
    query: Sequence,
    stages: list[Stage],
    events: list[dict[str, Any]],
    order: list[int],
    chain: tuple[int, ...],
    key: tuple[Any, ...],
) -> bool:
    at = [events[order[rank]]["time"] for rank in chain]
    leading: list[int] = []
    trailing: list[int] = []
    done = 0
    for stage in stages:
        if not stage.missing:
            done += 1
            continue
        wanted = (*query.by, *stage.keys)
        others = [e["time"] for e in events if passes(e, stage) and holds(e, wanted, key)]
        if done == 0:
            leading += [t for t in others if t < at[0]]
        elif done == len(at):
            trailing += [t for t in others if t > at[-1]]
        elif any(at[done - 1] < t < at[done] for t in others):
            return False
    first, last = stages[0].missing, stages[-1].missing
    if (first and not leading) or (last and not trailing) or not (first or last):
        return True
    begin = max(leading) if first else at[0]
    end = min(trailing) if last else at[-1]
    return end - begin > (query.maxspan or 0)


def holds(event: dict[str, Any], wanted: tuple[Key, ...], key: tuple[Any, ...]) -> bool:
    return all(
        (value in values(event, k)) if value is not None else not values(event, k)
        for k, value in zip(wanted, key, strict=True)
    )


# random queries and streams


def a_stage(rng: random.Random, own: tuple[bool, ...], missing: bool = False) -> Stage:
    flags = Term(rng.choice(FLAGS), True)
    fields = tuple(Key(rng.choice(KEYS), optional) for optional in own)
    return Stage(flags, fields, rng.choice((1, 1, 1, 2)), missing)


def a_query(rng: random.Random) -> Sequence:
    by = tuple(Key(field, rng.random() < 0.3) for field in rng.sample(KEYS, rng.choice((0, 1, 1, 2))))
    own = tuple(rng.random() < 0.3 for _ in range(rng.choice((0, 0, 1))))
    stages = [a_stage(rng, own) for _ in range(rng.randint(1, 3))]
    for _ in range(rng.choice((0, 0, 1, 2))):
        stages.insert(rng.randint(0, len(stages)), a_stage(rng, own, missing=True))
    until = Stage(Term(rng.choice(FLAGS), True), stages[0].keys) if rng.random() < 0.3 else None
    needs_span = any(stage.missing for stage in stages)
    return Sequence(tuple(stages), by, rng.randint(1, 5) if needs_span or rng.random() < 0.5 else None, until)


def a_value(rng: random.Random) -> Any:
    return rng.choice(("a", "a", "b", None, ["a", "b"], ["b", None], []))


def a_stream(rng: random.Random) -> list[dict[str, Any]]:
    out = []
    for _ in range(rng.randint(0, 7)):
        event: dict[str, Any] = {"time": rng.randint(0, 7), "k0": a_value(rng), "k1": a_value(rng)}
        event |= {field.name: rng.random() < 0.45 for field in FLAGS}
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
            wanted, got = hits(query, stream), find(query, stream, Context(), TIME, "tie")
            compared, found = compared + 1, found + len(wanted)
            if wanted != got:
                wrong.append((query, stream, wanted, got))
    return compared, found, wrong


if __name__ == "__main__":
    begin = time.process_time()
    total, total_hits, failed = differences(int(sys.argv[1]), seed=int(sys.argv[2]) if len(sys.argv) > 2 else 7)
    for case in failed[:3]:
        print(*case, sep="\n", end="\n\n")
    print(f"{total} streams, {total_hits} hits, {len(failed)} differences, {time.process_time() - begin:.0f} CPU s")
    sys.exit(bool(failed))
