"""Which rules are said to hold others: only where all alerts of the one are alerts of the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.checks.examples import OTHER_ID, both, elastic
from tests.checks.test_examples import findings

PLAIN: dict[str, Any] = {"language": "kuery", "query": "event.action: login"}
WIDER = {"query": "event.action: (login or logout)"}
COUNT = {**PLAIN, "type": "threshold", "threshold": {"field": ["host.id"], "value": 3}}
NEW = {
    **PLAIN, "type": "new_terms", "new_terms_fields": ["host.id"], "history_window_start": "now-7d",
}  # fmt: skip
QUERY = {**PLAIN, "type": "query"}


@pytest.mark.parametrize(
    ("one", "other", "code", "found"),
    [
        (COUNT, {}, "RP310", True),
        (COUNT, {"from": "now-2h"}, "RP310", False),
        (COUNT, WIDER, "RP311", True),
        (NEW, {}, "RP310", True),
        (NEW, WIDER, "RP311", False),
        (QUERY, {**WIDER, "index": ["logs-*"]}, "RP311", True),
        (QUERY, {**WIDER, "index": ["logs-*", "-logs-endpoint.*"]}, "RP311", False),
    ],
)
def test_a_rule_holds_another_if_it_alerts_wherever_that_does(
    tmp_path: Path, one: dict[str, Any], other: dict[str, Any], code: str, found: bool
) -> None:
    rules = both(elastic(**one), elastic("execution_b.toml", rule_id=OTHER_ID, name="B rule", **{**one, **other}))
    assert bool(findings(rules, tmp_path, code)) is found
