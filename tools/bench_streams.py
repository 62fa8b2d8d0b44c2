"""Throughput of stream matching: events per CPU second for all visible sequence rules together.

    python tools/bench_streams.py [EVENTS]

Reads `../shared/corpora/elastic`; the stream is made of the rules' own fixtures, one after another.
"""

from __future__ import annotations

import sys
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from converter import ConverterError
from converter.documents import load
from converter.matching import Context
from converter.matching.sequences import Matcher, in_order
from converter.porting import rule_query
from converter.proof.streams_events import solved
from converter.proof.streams_search import stamp, steps_of
from converter.query import Query
from converter.tree import Sequence

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"


def sequences() -> list[Query]:
    """The visible sequence rules' queries."""
    out = []
    for document in load(CORPORA / "elastic"):
        if document.type != "eql":
            continue
        try:
            query = rule_query(document)
        except ConverterError:
            continue
        if isinstance(query.tree, Sequence):
            out.append(query)
    return out


def events_of(queries: list[Query], count: int) -> list[dict[str, Any]]:
    """Events that rules wait for, 100 ms apart, all on one host."""
    found = [event for query in queries for node, _ in steps_of(query) if (event := solved([node])) is not None]
    return [
        {**event, "@timestamp": stamp(at * 100), "host.id": "h", "process.entity_id": f"p{at % 50}"}
        for at, event in enumerate(islice(cycle(found), count))
    ]


def measure(count: int = 20_000) -> tuple[int, int, float, int]:
    """Rules, events, CPU seconds, hits."""
    queries = sequences()
    stream = events_of(queries, count)
    begin = time.process_time()
    context, hits = Context(0, queries[0].fields.field("event.category")), 0
    ordered = in_order(stream, queries[0].fields.field("@timestamp"), None)
    for query in queries:
        hits += len(Matcher(query.tree, context).run(ordered))
    return len(queries), count, time.process_time() - begin, hits


if __name__ == "__main__":
    rules, size, seconds, found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
    print(
        f"{rules} sequence rules over {size} events: {seconds:.1f} CPU s, {found} hits; {size / seconds:,.0f} events/s "
        f"with all rules, {size * rules / seconds:,.0f} event-rule pairs/s"
    )
