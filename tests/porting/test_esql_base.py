"""ES|QL that computes more than Sigma can say: the condition on the events that its rows are made of."""

from __future__ import annotations

from typing import Any

import pytest

import converter
from converter.porting import port
from converter.porting.round_trip import round_trip
from tests.porting.test_port import elastic

FROM = 'FROM logs-* METADATA _id | WHERE event.category == "process" AND process.name == "a"'
COUNTED = "STATS c = COUNT(*), d = COUNT_DISTINCT(CONCAT(user.name, host.name)) BY host.id | WHERE d > 3"


def esql(query: str) -> Any:
    return port(elastic(query, "esql", index=["logs-*"]), "sigma")


@pytest.mark.parametrize(
    ("query", "lost"),
    [
        (f"{FROM} | {COUNTED}", ["STATS and what stands behind it"]),
        (f"{FROM} | INLINE STATS c = COUNT(*) BY host.id | WHERE c > 3", ["reads `c`"]),
        (f"{FROM} | MV_EXPAND process.args | WHERE process.args == \"x\" | {COUNTED}",
         ["STATS", "reads `process.args`"]),
        (f"{FROM} | EVAL x = CONCAT(process.name, \"!\") | WHERE x == \"a!\"", ["what a function makes of a field"]),
        (f"{FROM} | ENRICH policy ON user.name | WHERE level == \"high\"", ["ENRICH and what stands behind it"]),
        (f"{FROM} | SORT @timestamp | LIMIT 3", ["LIMIT keeps some of the rows"]),
        (f"{FROM} | WHERE process.args_count * process.pid > 4", ["the condition is arithmetic"]),
    ],
)  # fmt: skip
def test_the_base_is_broader_and_names_what_is_left_out(query: str, lost: list[str]) -> None:
    found = esql(query)
    assert found.relation == "broader"
    said = [loss for loss in found.losses if loss.code == "aggregation"]
    assert len(said) == len(lost) and all(part in loss.message for part, loss in zip(lost, said, strict=True))
    assert all(loss.span is not None for loss in said)
    assert "process.name|cased: 'a'" in found.text
    assert round_trip(elastic(query, "esql", index=["logs-*"])).why in ("letter by letter",)


@pytest.mark.parametrize(
    "query",
    [
        "FROM logs-* | STATS c = COUNT(*) BY host.id, x = CONCAT(user.name, host.name) | WHERE c > 3",
        f'FROM logs-* | WHERE event.category == "process" AND host.id IS NOT NULL | {COUNTED}',
        f"{FROM} | STATS c = COUNT_DISTINCT(CONCAT(user.name, host.name)) | WHERE c == 0",
    ],
)
def test_without_a_condition_that_selects_or_with_rows_of_no_event_it_is_refused(query: str) -> None:
    found = esql(query)
    assert (found.relation, found.text) == ("refused", None) and found.losses


@pytest.mark.parametrize(
    ("counted", "relation", "correlation"),
    [
        ("STATS c = COUNT(*) BY host.id | WHERE c > 3", "narrower", True),
        ("WHERE host.id IS NOT NULL | STATS c = COUNT(*) BY host.id | WHERE c > 3", "equivalent", True),
        ("STATS c = COUNT(*), s = SUM(process.pid) BY host.id | WHERE c > 3 AND s > 9", "broader", False),
    ],
)
def test_a_correlation_that_is_neither_exact_nor_on_one_side_gives_way_to_the_base(
    counted: str, relation: str, correlation: bool
) -> None:
    found = esql(f'FROM logs-* | WHERE process.name:"a" | {counted}')
    assert (found.relation, "correlation:" in found.text) == (relation, correlation)


def test_every_event_of_a_row_passes_the_base() -> None:
    text = (
        f'{FROM} | EVAL n = process.pid + 1 | WHERE n > 3 AND (user.name LIKE "*x*" OR host.name == "h") '
        '| MV_EXPAND process.args | WHERE process.args != "-v" | KEEP process.name, user.name'
    )
    found = esql(text)
    query = converter.parse("esql", text)
    assert found.relation == "broader" and found.target is not None
    hits = 0
    for args in (["-v"], ["-v", "-a"], []):
        for user in ("xx", "y", None):
            for host in ("h", ["h", "g"], None):
                for pid in (1, 9, None):
                    event = {
                        "event.category": "process", "process.name": "a", "process.args": args, "user.name": user,
                        "host.name": host, "process.pid": pid,
                    }  # fmt: skip
                    if converter.match(query, [event]):
                        hits += 1
                        assert converter.matches(found.target, event)
    assert hits > 0


def test_a_field_that_no_schema_knows_has_the_type_that_the_query_takes_it_for() -> None:
    found = esql(f"{FROM} AND my.code IN (5, 7) | {COUNTED}")
    assert found.relation == "broader"
    assert any("`my.code`; taken as integer" in note.message for note in found.notes)
