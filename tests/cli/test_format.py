"""`ruleproof format`: one layout, every comment and token kept, the meaning proven the same."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from converter import compare, load, parse
from converter.documents.loading import loads
from converter.formatting import format_file, format_text
from converter.formatting.layout import lay_out
from converter.formatting.scan import CannotLayOut, scan
from tests.cli.inside import clean_error, ruleproof


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("eql", 'any   where a=="x"  and b:  "y"', 'any where a == "x" and b : "y"'),
        ("eql", "sequence by a with maxspan = 1m\n[any where b==1]\n\n\n[any where c==2] by d\n| head  5",
         "sequence by a with maxspan=1m\n  [any where b == 1]\n\n  [any where c == 2] by d\n| head 5"),
        ("kuery", "a:(b   or c)\n  and not d :e", "a:(b or c) and not d :e"),
        ("lucene", "a:b   AND\n NOT (c:[1 TO 2]  OR d:/x y/)", "a:b AND NOT (c:[1 TO 2] OR d:/x y/)"),
        ("esql", 'from logs-*|where a==1 and b in ("x" ,"y")|keep a,b',
         'from logs-* | where a == 1 and b in ("x", "y") | keep a, b'),
    ],
)  # fmt: skip
def test_a_short_query_stands_on_few_lines(language: str, text: str, expected: str) -> None:
    if language == "esql":
        expected = expected.replace(" | ", "\n| ")
    assert lay_out(text, language) == expected


LONG = """\
process where event.type == "start" and /* why */ process.name : ("first.exe", "second.exe", "third.exe", // kept
"fourth.exe", "fifth.exe", "sixth.exe", "seventh.exe") and
  // above
  not (process.args : "--quiet" or process.parent.name : "parent.exe" and process.parent.args : "--very-long-argument")
"""


def test_a_long_query_has_a_line_for_each_condition_and_keeps_its_comments() -> None:
    assert lay_out(LONG, "eql").splitlines() == [
        "process where",
        '  event.type == "start" and /* why */',
        "  process.name : (",
        '    "first.exe", "second.exe", "third.exe", // kept',
        '    "fourth.exe", "fifth.exe", "sixth.exe", "seventh.exe"',
        "  ) and",
        "  // above",
        "  not (",
        '    process.args : "--quiet" or',
        '    process.parent.name : "parent.exe" and process.parent.args : "--very-long-argument"',
        "  )",
    ]


def test_what_has_no_place_in_the_layout_stays() -> None:
    text = 'any where a == // why\n  "x"'
    with pytest.raises(CannotLayOut):
        lay_out(text, "eql")
    found = format_text(text, "x.eql")
    assert (found.text, found.changed) == (text, False) and found.kept


@pytest.mark.parametrize("language", ["eql", "kuery", "lucene"])
def test_random_queries_mean_the_same_and_are_laid_out_once(language: str) -> None:
    chance = random.Random(7)
    for _ in range(300):
        text = some_query(chance, language, 4)
        if language == "eql":
            text = "any where " + text
        laid = lay_out(text, language)
        assert lay_out(laid, language) == laid
        assert parse(language, laid).tree == parse(language, text).tree, text


def some_query(chance: random.Random, language: str, depth: int) -> str:
    space = chance.choice([" ", "  ", "\n", "\n\n  ", "\t"])
    if depth == 0 or chance.random() < 0.3:
        name = chance.choice(["process.name", "user.id", "a"])
        value = chance.choice(['"x"', '"a longer value with (brackets) and or, commas"', '"//"'])
        if language == "eql":
            return f"{name}{chance.choice([' == ', ' : ', '==', ' != '])}{value}"
        return f"{name}:{value}"
    words = ("AND", "OR", "NOT ") if language == "lucene" else ("and", "or", "not ")
    parts = [some_query(chance, language, depth - 1) for _ in range(chance.randint(1, 4))]
    joined = f"{space}{chance.choice(words[:2])}{space}".join(parts)
    return f"{chance.choice(['', words[2]])}({space}{joined}{space})"


# Documents ---------------------------------------------------------------------------------------------------------

TOML = """\
[metadata]
creation_date="2026/01/01"   # when
maturity = "production"


# the rule itself
[rule]
author = [ "me" ]
description = "Finds it."
language = "eql"
name = "A rule"
risk_score = 47
rule_id = "0d2bd7f5-6c1b-5d0c-9e57-1f0b6f1b6a10"
severity = "low"
tags = ["one", "two", # the second
  "three"]
type = "eql"
index = ["logs-endpoint.events.process-*", "logs-windows.sysmon_operational-*", "winlogbeat-*",
  "endgame-*", "auditbeat-*" ,  ]
query = "any   where a==1"
"""

YAML = """\
title:   A rule   # the title
id: 5b1c6f0e-8a58-4f62-9d0f-0c3f3f1b7a01
logsource:
  category: process_creation
  product: windows
detection:
  # what is looked for
  selection:
    Image|endswith:
    - '\\a.exe'     # first
    - "\\\\b.exe"
    empty: null
  condition: selection
"""


def test_toml_keeps_comments_order_and_quotes() -> None:
    found = format_text(TOML, "rule.toml")
    assert found.changed and not found.kept
    for line in ('creation_date = "2026/01/01" # when', '# the rule itself', 'author = ["me"]', '  "three"]',
                 "query = '''", "any where a == 1"):  # fmt: skip
        assert line in found.text.splitlines(), line
    assert "\n\n\n" not in found.text and '    "winlogbeat-*",\n' in found.text
    assert format_text(found.text, "rule.toml") == type(found)(found.text, False)


def test_sigma_has_four_spaces_and_keeps_comments_and_quotes() -> None:
    found = format_text(YAML, "rule.yml")
    assert found.text.splitlines()[2:] == [
        "logsource:",
        "    category: process_creation",
        "    product: windows",
        "detection:",
        "    # what is looked for",
        "    selection:",
        "        Image|endswith:",
        "            - '\\a.exe' # first",
        '            - "\\\\b.exe"',
        "        empty: null",
        "    condition: selection",
    ]
    assert loads(found.text, "sigma")[0].data == loads(YAML, "sigma")[0].data
    assert format_text(found.text, "rule.yml").changed is False


def test_formatting_sigma_changes_no_other_use_of_the_yaml_library() -> None:
    from ruamel.yaml import YAML as Library
    from ruamel.yaml.compat import StringIO

    format_text(YAML, "rule.yml")
    out = StringIO()
    Library(typ="rt").dump({"a": None}, out)
    assert out.getvalue() == "a:\n"


def test_a_line_too_long_for_the_yaml_library_costs_no_time_and_the_spaces_are_put_in_order() -> None:
    """The library takes hours for this one; a comment comes beside what stands below it, however many there are."""
    text = "# " + "x" * 10_000_000 + "\n" + YAML + "    # y   \n" * 30_000 + "level: low\n"
    found = format_text(text, "rule.yml")
    assert found.kept == ("only its spaces were put in order",)
    assert found.text.endswith("# y\n" * 30_000 + "level: low\n")


def test_line_ends_of_windows_become_plain_ones(tmp_path: Path) -> None:
    path = tmp_path / "rule.toml"
    path.write_bytes(TOML.replace("\n", "\r\n").encode())
    assert format_file(path).changed and "\r" not in format_file(path).text


@pytest.mark.parametrize("corpus", ["elastic", "sigma"])
def test_every_twentieth_real_rule_means_the_same_and_is_laid_out_once(shared: Path, corpus: str) -> None:
    folder = shared / "corpora" / corpus
    paths = sorted({Path(d.path) for d in load(folder, check=False, problems=[]) if d.path})[::20]
    kept: Counter[str] = Counter()
    for path in paths:
        found = format_file(path)
        kept.update(found.kept)
        assert format_text(found.text, str(path)).text == found.text, path
        for old, new in zip(load(path, check=False), loads(found.text, path=str(path)), strict=True):
            rest = [{k: v for k, v in d.data.items() if not k.endswith("query")} for d in (old, new)]
            assert rest[0] == rest[1] and new.metadata == old.metadata, path
            if old.data.get("query") != new.data.get("query"):
                language = str(old.language)
                texts = [sorted(t.text for t in scan(d.data["query"], language)) for d in (old, new)]
                assert texts[0] == texts[1], path
    assert sum(kept.values()) <= len(paths) // 20, kept


# The command -------------------------------------------------------------------------------------------------------


def test_check_writes_nothing_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rules" / "rule.toml"
    path.parent.mkdir()
    path.write_text(TOML, "utf-8")
    (tmp_path / "rules" / "fixtures.yml").write_text("fixtures:   []\n", "utf-8")
    assert ruleproof("format", str(path.parent), "--check").code == 1
    shown = ruleproof("format", str(path), "--diff")
    assert shown.code == 1 and "+any where a == 1" in shown.out
    assert path.read_text("utf-8") == TOML
    done = ruleproof("format", str(path.parent))
    assert done.code == 0 and done.out == f"changed: {path}\n"
    assert ruleproof("format", str(path.parent), "--check").code == 0
    assert (tmp_path / "rules" / "fixtures.yml").read_text("utf-8") == "fixtures:   []\n"
    old, new = loads(TOML)[0].data["query"], loads(path.read_text("utf-8"))[0].data["query"]
    assert compare(parse("eql", old), parse("eql", new)).relation == "equivalent"


def test_a_query_file_is_laid_out_too(tmp_path: Path) -> None:
    for name, text, expected in (
        ("a.eql", "any  where true", "any where true\n"),
        ("a.dsl.json", '{"term":{"a":"b"}}', '{\n  "term": {\n    "a": "b"\n  }\n}\n'),
    ):
        (tmp_path / name).write_text(text, "utf-8")
        assert ruleproof("format", str(tmp_path / name)).code == 0
        assert (tmp_path / name).read_text("utf-8") == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.toml", "[rule\n"), ("a.toml", ""), ("a.yml", "a: [\n"), ("a.eql", "any where ("), ("a.json", "{"),
     ("a.txt", "x"), ("a.eql", "any where \x00"), ("a.yml", "\t- x")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_explained_and_left(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    assert clean_error(ruleproof("format", str(tmp_path / name)))
    assert (tmp_path / name).read_text("utf-8") == text
