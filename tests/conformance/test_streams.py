"""Our own cases of queries over a stream: one YAML file a topic, the stream once at the top.

Each case names the hits of the EQL form, and the events after which the Sigma form has fired; where both forms are
there, they are proven equivalent. Each form also survives being written and read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import converter

HERE = Path(__file__).parent / "streams"


def cases() -> Iterator[Any]:
    for path in sorted(HERE.glob("*.yaml")):
        topic = yaml.safe_load(path.read_text(encoding="utf-8"))
        for case in topic["cases"]:
            yield pytest.param(topic, case, id=f"{path.stem}-{case['name']}")


def sigma_text(spec: dict[str, Any]) -> str:
    head = {"logsource": {"product": "test"}, "taxonomy": "ecs"}
    rules = [
        {"title": name, "name": name, **head, "detection": {"s": body, "condition": "s"}}
        for name, body in spec.items()
        if name != "correlation"
    ]
    return yaml.safe_dump_all([*rules, {"title": "all", "taxonomy": "ecs", "correlation": spec["correlation"]}])


def eql_of(topic: Any, case: Any) -> converter.Query:
    return converter.parse("eql", case["eql"], topic["fields"])


def sigma_of(topic: Any, case: Any) -> converter.Query:
    return converter.parse("sigma", sigma_text(case["sigma"]), topic["fields"])


@pytest.mark.parametrize(("topic", "case"), list(cases()))
def test_eql_gives_the_listed_hits(topic: Any, case: Any) -> None:
    names, events = list(topic["stream"]), list(topic["stream"].values())
    query = eql_of(topic, case)
    again = converter.parse("eql", converter.render(query, "eql"), topic["fields"])
    for each in (query, again):
        hits = [[None if at is None else names[at] for at in hit] for hit in converter.match(each, events)]
        assert hits == case["matches"], case["why"]


@pytest.mark.parametrize(("topic", "case"), [p for p in cases() if "sigma" in p.values[1]])
def test_sigma_fires_after_the_listed_events(topic: Any, case: Any) -> None:
    names, events = list(topic["stream"]), list(topic["stream"].values())
    hits = converter.match(sigma_of(topic, case), events)
    assert [names[hit[-1]] for hit in hits if hit[-1] is not None] == case["fires"], case["why"]


@pytest.mark.parametrize(("topic", "case"), [p for p in cases() if "sigma" in p.values[1]])
def test_both_forms_are_proven_equivalent(topic: Any, case: Any) -> None:
    verdict = converter.compare(eql_of(topic, case), sigma_of(topic, case))
    assert verdict.relation == "equivalent", verdict.notes
