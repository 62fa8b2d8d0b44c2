"""What is kept of a run ends with whatever it was made from: each change is seen by the very next run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from converter.cache import Cache
from converter.checks.runner import run_checks
from converter.config import find, load_config
from tests.checks.examples import EQL, OTHER_ID, Files, elastic, exported, fixtures, sigma

OTHER = elastic("execution_b.toml", rule_id=OTHER_ID, name="B")


def said(folder: Path, cache: Path | None, given: Sequence[str] = ("rules",)) -> list[tuple[str, str]]:
    path = find(folder)
    assert path is not None
    kept = Cache(cache)
    result = run_checks([str(folder / name) for name in given], load_config(path), cache=kept)
    kept.close()
    return [(f.code, f.message) for f in result.open]


def lay(folder: Path, files: dict[str, str | None]) -> None:
    """Write files; None takes one away. The times stay as they were: only the content tells."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
            continue
        path.write_text(text, encoding="utf-8")
        os.utime(path, (1_700_000_000, 1_700_000_000))


def rules(*files: Files) -> dict[str, str | None]:
    return {f"rules/{name}": text for item in files for name, text in item.files.items()}


CONFIG = 'paths = ["rules"]\n'
OWN = CONFIG + 'fields = "fields.json"\n'
PLAIN, FOLDED = (
    json.dumps({"mappings": {"properties": {"own": {"properties": {"name": {"type": "keyword", **more}}}}}})
    for more in ({}, {"normalizer": "lowercase"})
)
CASES = (
    elastic("execution_a.toml", query='process where own.name == "a"'),
    elastic("execution_b.toml", query='process where own.name : "a"', rule_id=OTHER_ID, name="B"),
)
TESTS = "tests:\n  - {expect: match, file: events.json}\n"
HIT, MISS = (json.dumps([{"Image": f"C:\\{name}.exe"}]) for name in ("a", "b"))
INFO = "regression_tests_info:\n  - {name: x, type: json, path: data/of it/events.json, match_count: 1}\n"
NAMED = sigma(regression_tests_path="data/of it/info.yml")

CHANGES: dict[str, tuple[dict[str, str | None], dict[str, str | None], str]] = {
    "the rule": (rules(elastic(risk_score=73)), rules(elastic()), "RP128"),
    "its fixtures": (
        rules(elastic(beside=fixtures(("match", "b.exe")))), rules(elastic(beside=fixtures(("match", "a.exe")))),
        "RP401",
    ),
    "its fixtures are taken away": (
        rules(elastic(beside=fixtures(("match", "b.exe")))), {"rules/fixtures.yml": None}, "RP401",
    ),
    "a sibling": (
        rules(elastic(), OTHER), rules(elastic("execution_b.toml", query="process where process.pid == 1")), "RP310",
    ),
    "a sibling is taken away": (rules(elastic(), OTHER), {"rules/execution_b.toml": None}, "RP310"),
    "a file of fields, for a pair": (
        {**rules(*CASES), "ruleproof.toml": OWN, "fields.json": FOLDED}, {"fields.json": PLAIN}, "RP310",
    ),
    "a file of fields, for a rule": (
        {**rules(elastic(query="process where process.nmae == 1")), "ruleproof.toml": OWN, "fields.json": PLAIN},
        {"fields.json": json.dumps({"process.nmae": "long"})}, "RP202",
    ),
    "a file of fields, for an exported form": (
        {
            **rules(elastic(query='process where own.name : "a"')),
            **{k: v for k, v in exported('any where event.category == "process" and own.name == "a"').files.items()
               if k.startswith("output")},
            "ruleproof.toml": OWN, "fields.json": PLAIN,
        },
        {"fields.json": FOLDED}, "RP501",
    ),
    "an exported form": (
        {**rules(elastic()), **{k: v for k, v in exported("any where true").files.items() if k.startswith("output")}},
        {"output/eql/a.eql": EQL}, "RP501",
    ),
    "the asked share of mutants": (
        {**rules(elastic(beside=fixtures(("match", "a.exe"), ("no_match", "b.exe")))),
         "ruleproof.toml": CONFIG + "min-kill = 1.0\n"},
        {"ruleproof.toml": CONFIG + "min-kill = 0.0\n"}, "RP404",
    ),
    "the profile": (
        {**rules(elastic()), "ruleproof.toml": CONFIG + 'profile = "strict"\n'}, {"ruleproof.toml": CONFIG}, "RP407",
    ),
    "a suppression in the configuration": (
        rules(elastic(risk_score=73)),
        {"ruleproof.toml": CONFIG + '[[suppress]]\ncode = "RP128"\nreason = "so"\n'}, "RP128",
    ),
    "a test file": (
        {**rules(sigma()), "rules/rule_a.test.yml": TESTS.replace("match", "no_match"), "rules/events.json": HIT},
        {"rules/rule_a.test.yml": TESTS}, "RP402",
    ),
    "the events that a test file names": (
        {**rules(sigma()), "rules/rule_a.test.yml": TESTS, "rules/events.json": MISS},
        {"rules/events.json": HIT}, "RP402",
    ),
    "the events of a regression test": (
        {**rules(NAMED), "data/of it/info.yml": INFO, "data/of it/events.json": MISS},
        {"data/of it/events.json": HIT}, "RP402",
    ),
    "a regression test": (
        {**rules(NAMED), "data/of it/info.yml": INFO.replace("1}", "2}"), "data/of it/events.json": HIT},
        {"data/of it/info.yml": INFO}, "RP402",
    ),
    "the file's name": (
        {**rules(elastic("Execution_A.toml")), "ruleproof.toml": CONFIG + 'profile = "elastic"\n'},
        {"rules/Execution_A.toml": None, **rules(elastic())}, "RP107",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen_by_the_next_run_and_taken_back_too(name: str, tmp_path: Path) -> None:
    before, change, code = CHANGES[name]
    before = {"ruleproof.toml": CONFIG, **before}
    lay(tmp_path, before)
    first = said(tmp_path, tmp_path / "cache")
    assert code in [found for found, _ in first] and first == said(tmp_path, None)
    lay(tmp_path, change)
    second = said(tmp_path, tmp_path / "cache")
    assert code not in [found for found, _ in second] and second == said(tmp_path, None)
    for file in change.keys() - before.keys():
        lay(tmp_path, {file: None})
    lay(tmp_path, before)
    assert said(tmp_path, tmp_path / "cache") == first


def test_a_message_names_files_as_this_run_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, {"ruleproof.toml": CONFIG, **rules(elastic(beside={"fixtures.yml": "fixtures: [{expect: 1}]\n"}))})
    monkeypatch.chdir(tmp_path)
    said(Path(), tmp_path / "cache")
    monkeypatch.chdir(tmp_path / "rules")
    assert said(Path(".."), tmp_path / "cache") == said(Path(".."), None)


def test_a_value_that_two_versions_made_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    from converter import cache

    def key(version: str) -> str:
        monkeypatch.setattr("converter.__version__", version)
        cache.program.cache_clear()
        return cache.key_of("x")

    read: Callable[[], Any] = cache.program.cache_clear
    assert key("0.1.0") != key("0.1.1")
    read()
