"""Lucene query strings against what a real Elasticsearch answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

import converter
from converter.diagnostics import ConverterError, UnsupportedError
from converter.fields import Fields
from converter.matching import EventValues, compile_node

#: Refused, as the predicate tree has no words at a distance.
REFUSED = {"~1", "~3"}


def test_every_probe_has_the_answer_of_the_node_or_is_refused_by_name(shared: Path) -> None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    wrong, seen = [], 0
    for path in sorted((shared / "conformance" / "elasticsearch-probes").glob("*.yaml")):
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
        for group in data["groups"]:
            spec = data["sets"][group["set"]]
            fields = Fields.of({"properties": spec["mapping"], "settings": spec.get("settings", {})})
            for probe in (p for p in group["probes"] if p["language"] == "lucene"):
                seen += 1
                got = answer(probe["query"], spec["docs"], fields)
                known = got == "refused" and any(mark in probe["query"] for mark in REFUSED)
                if got != expected(probe, spec["docs"]) and not known:
                    wrong.append((probe["name"], probe["query"], got))
    assert not wrong, wrong[:10]
    assert seen > 400


def answer(text: str, docs: dict[str, Any], fields: Fields) -> list[str] | str:
    try:
        test = compile_node(converter.parse("lucene", text, fields).tree)
    except UnsupportedError:
        return "refused"
    except ConverterError:
        return "error"
    return sorted(id_ for id_, doc in docs.items() if test(EventValues({**doc, "_id": id_})))


def expected(probe: dict[str, Any], docs: dict[str, Any]) -> list[str] | str:
    if "error" in probe:
        return "error"
    return sorted(probe["hits"]) if "hits" in probe else sorted(docs.keys() - set(probe["misses"]))
