"""Our own conformance cases: one YAML file a topic, events once at the top, then cases in several languages.

Each case checks, for every language that it names: it parses, matches the listed events, renders and parses again to
something provably equal; and every two of its forms are provably equivalent.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import converter
from converter.porting.porter import predicate_of

HERE = Path(__file__).parent
LANGUAGES = ("eql", "kuery", "lucene", "esql", "dsl", "sigma")


def cases() -> Iterator[Any]:
    for path in sorted(HERE.glob("*.yaml")):
        topic = yaml.safe_load(path.read_text(encoding="utf-8"))
        for case in topic["cases"]:
            yield pytest.param(topic, case, id=f"{path.stem}-{case['name']}")


def text_of(language: str, text: Any) -> str:
    if language == "sigma":
        head = {"title": "case", "logsource": {"product": "test"}}
        return yaml.safe_dump({**head, "detection": text}, sort_keys=False)
    if language == "esql":
        return f"FROM events METADATA _id | WHERE {text}"
    return str(text)


def queries(topic: Any, case: Any) -> dict[str, converter.Query]:
    fields = topic["fields"]
    return {name: converter.parse(name, text_of(name, case[name]), fields) for name in LANGUAGES if name in case}


@pytest.mark.parametrize(("topic", "case"), list(cases()))
def test_each_form_matches_the_listed_events(topic: Any, case: Any) -> None:
    names = list(topic["events"])
    events = list(topic["events"].values())
    for language, query in queries(topic, case).items():
        hits = [names[position] for (position,) in converter.match(query, events)]  # type: ignore[index]
        assert hits == case["matches"], f"{language}: {case['why']}"


@pytest.mark.parametrize(("topic", "case"), list(cases()))
def test_each_form_survives_rendering(topic: Any, case: Any) -> None:
    for language, query in queries(topic, case).items():
        tree = predicate_of(query)
        assert tree is not None, f"{language} is a predicate"
        try:
            text = converter.render(query, language)
        except converter.UnsupportedError:
            assert language in case.get("unsayable", ()), f"{language} cannot say what it said"
            continue
        again = converter.parse(language, text, topic["fields"])
        assert converter.compare(query, again).relation == "equivalent", f"{language}: {text}"


@pytest.mark.parametrize(("topic", "case"), list(cases()))
def test_every_two_forms_are_proven_equivalent(topic: Any, case: Any) -> None:
    for (a, one), (b, other) in itertools.combinations(queries(topic, case).items(), 2):
        verdict = converter.compare(one, other)
        assert verdict.relation == "equivalent", f"{a} and {b}: {verdict.relation} {verdict.counterexample}"
