"""Every small question that was put to a node, and the reasons for the few that are answered otherwise."""

from __future__ import annotations

from pathlib import Path

from tests.esql.recorded import ask, probes

#: What stands in the query → why the answer differs from that of the recorded node (Elasticsearch 8.19).
REASONS = {
    "URL_DECODE(": "a function of a newer version",
    "MV_INTERSECTION(": "a function of a newer version",
    "MV_CONTAINS(": "a function of a newer version",
    "a == \"x\"": "a null column compares as null, as newer versions have it",
    "WHERE a == 1": "a null column compares as null, as newer versions have it",
    "k == null": "a comparison with null is null, as newer versions have it",
    "FROM nothing": "which indices exist is not known here",
    "METADATA _index": "the index of an event is what the event says it is",
    "SHOW INFO": "it tells of a cluster",
    "MV_EXPAND b": "the limit of 1000 rows that a cluster adds by default is its setting",
}  # fmt: skip


def test_probes_are_answered_as_the_node_answered(shared: Path) -> None:
    found = list(probes(shared))
    misses = [(probe, miss) for probe in found if (miss := ask(probe)) is not None]
    unexplained = [(probe.name, probe.query, miss) for probe, miss in misses if not _reason(probe.query)]
    assert unexplained == []
    assert len(found) > 500
    assert len(misses) <= 16


def _reason(query: str) -> str | None:
    return next((reason for text, reason in REASONS.items() if text in query), None)
