"""Which parts of a rule are named as changing nothing, and how loudly: always parts of the text as it is written."""

from __future__ import annotations

from typing import Any

import pytest

from converter.checks.single import check_rule
from converter.checks.subject import Subject
from converter.documents.loading import loads
from tests.checks.examples import query, sigma

A = {"Image|endswith": ["\\a.exe", "\\b.exe"]}
Z = {"User|contains": "z"}


def said(text: str, kind: str) -> list[tuple[str, str]]:
    document = loads(text, kind, f"execution_a.{kind}")[0]
    found = (f for f, _ in check_rule(Subject(document)) if f.code in ("RP301", "RP303", "RP304"))
    return [(f.severity, f.message.partition(": ")[2] or f.message) for f in found]


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ({"a": A, "b": Z, "c": {"User|contains": "zz"}, "condition": "(a and b) or (a and c)"},
         [("note", "the selection `c` changes nothing")]),
        ({"a": {"Image|endswith": ["\\a.exe", "a.exe"]}, "b": Z, "c": {"User|contains": "y"},
          "condition": "(a and b) or (a and c)"},
         [("note", r'Image matches "*\a.exe" (any case)')]),
        ({"a": A, "b": Z, "condition": "(a and b) or a"}, [("warning", "the selection `b` changes nothing")]),
        ({"a1": A, "a2": Z, "condition": "a1 and 1 of a*"}, [("warning", "the selection `a2` changes nothing")]),
        # idle where it stands first, needed where it stands again: the text changes something
        ({"a": {"Image": ["x", "y"]}, "b": {"Image": "x"}, "c": Z, "condition": "(a and c) or (a and b)"}, []),
    ],
)  # fmt: skip
def test_a_selection_that_is_named_twice_is_idle_only_as_a_whole(
    detection: dict[str, Any], expected: list[Any]
) -> None:
    assert said(sigma(detection=detection).files["rule_a.yml"], "sigma") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('process where not (process.name in ("a", "b", "a"))', [("note", 'process.name is "a"')]),
        ('process where process.name == "a" and not (user.name == "b" and process.name == "a")',
         [("note", 'process.name is "a"')]),
        ('process where process.name == "a" and process.name : "a*"',
         [("warning", 'process.name matches "a*" (any case)')]),
        ('process where process.name != null and process.name == "a"', [("note", "process.name exists")]),
        ('process where process.name == "a" and not (process.name : ("b", "c") and process.pid > 1)', []),
    ],
)  # fmt: skip
def test_what_misleads_is_a_warning_and_what_only_repeats_is_a_note(text: str, expected: list[Any]) -> None:
    assert said(query(text).files["execution_a.toml"], "toml") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('FROM logs-* | WHERE process.name == "a" AND process.name LIKE "a*" | STATS c = COUNT(*) BY host.id',
         [("warning", 'process.name matches "a*"')]),
        ('FROM logs-* | WHERE process.name == "a" | WHERE process.name != "a" | STATS c = COUNT(*) BY host.id',
         [("error", "no event fulfils the conditions before the rule counts or joins")]),
        ('FROM logs-* | EVAL x = CASE(process.name == "a", 1, process.name == "b", 2, 0) | WHERE x > 0 '
         "| STATS c = COUNT(*) BY host.id", []),
        ("FROM logs-* | STATS c = COUNT(*) BY host.id | WHERE c > 1 AND c > 2", []),
    ],
)  # fmt: skip
def test_a_pipeline_that_counts_is_judged_by_what_it_asks_before(text: str, expected: list[Any]) -> None:
    assert said(query(text, "esql").files["execution_a.toml"], "toml") == expected


NARROW = {"wide": Z, "narrow": {"User": ["xzx", "zz"]}}
FILTERS = {"filter_1": {"User": ["x", "y"]}, "filter_2": {"User": "x", "Image": "q"}}
UNMET = {"filter_1": {"User": "u", "Image": None}}
APART = {"b": {"User|contains": "y"}, "c": {"User": "z"}}


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ({**NARROW, "condition": "a and not 1 of wide* and not narrow"}, "`wide` takes all of it already"),
        ({**FILTERS, "condition": "a and not 1 of filter_*"}, "`filter_1` takes all of it already"),
        ({**UNMET, "condition": "a and not 1 of filter_*"}, "`a` selects nothing of it"),
        (
            {**UNMET, "filter_2": {"User": "u"}, "condition": "a and not 1 of filter_*"},
            "`filter_2` takes all of it already",
        ),
        ({"b": {"Image|endswith": ".exe"}, "condition": "a and b"}, "the selection `b` changes nothing"),
        ({**APART, "condition": "a and not b and not c"}, None),
    ],
)
def test_a_whole_selection_is_told_by_its_name(detection: dict[str, Any], expected: str | None) -> None:
    found = said(sigma(detection={"a": A, **detection}).files["rule_a.yml"], "sigma")
    assert found == ([("warning", expected)] if expected else [])
