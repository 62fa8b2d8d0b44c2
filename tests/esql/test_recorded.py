"""What Elasticsearch itself answered: small questions, its own tests, and the real rules on made events."""

from __future__ import annotations

from pathlib import Path

from tests.esql.recorded import ask, ask_case, ask_rule, cases, probes, rules

#: Probes whose recorded answer is not taken over, each with the reason.
EXPLAINED = {
    **dict.fromkeys(
        ("esql-logic/tables/esql-8", "esql-logic/tables/esql-9", "esql-logic/operators/esql-value-36"),
        "8.19 rejects a null beside another type in a comparison; newer releases give null",
    ),
    **dict.fromkeys(
        (
            "esql-logic/strings/esql-value-38",
            "esql-logic/multi/esql-value-25",
            "missing/equal/esql-where-15",
            "missing/not-equal/esql-where-20",
            "missing/not-equal/esql-where-21",
        ),
        "a function of newer releases (URL_DECODE, MV_INTERSECTION, MV_CONTAINS)",
    ),
    **dict.fromkeys(
        ("esql-pipeline/columns/esql-35", "esql-pipeline/columns/esql-36"),
        "the events are given; which index they lie in is not asked",
    ),
    "esql-pipeline/columns/esql-44": "SHOW tells of a cluster: refused by name",
    **dict.fromkeys(
        ("esql-pipeline/default-limit/esql-9", "esql-pipeline/default-limit/esql-10"),
        "no default limit of 1,000 rows here",
    ),
}


def test_every_probe_is_answered_as_the_node_did(shared: Path) -> None:
    misses, count = {}, 0
    for probe in probes(shared):
        count += 1
        problem = ask(probe)
        if problem is not None and probe.name not in EXPLAINED:
            misses[probe.name] = f"{probe.query}: {problem}"
    assert count > 700
    assert not misses, "\n".join(f"{name}: {text}" for name, text in misses.items())


def test_every_test_of_elasticsearch_gives_its_rows(shared: Path) -> None:
    misses = {case.name: problem for case in cases(shared) if (problem := ask_case(shared, case)) is not None}
    assert not misses, "\n".join(f"{name}: {text}" for name, text in misses.items())


def test_every_real_rule_gives_the_recorded_rows(shared: Path) -> None:
    misses, count = {}, 0
    for record in rules(shared):
        count += 1
        problem = ask_rule(record)
        if problem is not None:
            misses[record["rule_id"]] = problem
    assert count > 100
    assert not misses, "\n".join(f"{name}: {text}" for name, text in misses.items())
