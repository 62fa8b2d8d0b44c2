"""The place of every letter of a query in its file, through escapes too."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import SIGMA, TOML, api, toml

from converter.diagnostics import Source, Span
from converter.documents import dump, loads

QUERY = 'process where process.name : "a\\\\b" and\n\tprocess.title : "é\U0001f600" or ?'


def source_of(text: str, format: str) -> Source:
    source = loads(text, format)[0].query_source()
    assert source is not None and source.outer is not None
    return source


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("format", ["json", "ndjson"])
def test_a_letter_of_an_escaped_query_is_found_in_json(format: str, ascii_only: bool) -> None:
    rule = json.loads(api("eql", query=QUERY))
    text = json.dumps(rule, indent=2 if format == "json" else None, ensure_ascii=ascii_only)
    source = source_of(text, format)
    place = source.locate(Span(len(QUERY) - 1, len(QUERY)))
    assert place.line_text[place.column - 1 :].startswith('?"')
    assert place.line == (8 if format == "json" else 1)


def test_a_letter_of_an_escaped_query_is_found_in_toml() -> None:
    body = json.dumps(QUERY)[1:-1].replace("\\ud83d\\ude00", "\\U0001f600")
    for text, line in (
        (toml("'''\nprocess where", f"\"{body}\"\nnote2 = '''\nprocess where"), 29),
        (toml("'''\nprocess where", f'"""\n\\\n  {body}"""\nnote2 = \'\'\'\nprocess where'), 31),
    ):
        source = source_of(text, "toml")
        assert source.text == QUERY
        place = source.locate(Span(len(QUERY) - 1, len(QUERY)))
        assert place.line_text[place.column - 1 :].startswith('?"')
        assert place.line == line


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1, max_size=40))
def test_every_letter_has_its_place_whatever_the_text(query: str) -> None:
    [rule] = loads(api("eql", query=query), "json")
    for format in ("toml", "json", "ndjson"):
        [document] = loads(dump(rule, format), format)
        source = document.query_source()
        assert source is not None and source.outer is not None, (format, query)
        for at, letter in enumerate(query):
            place = source.locate(Span(at, at + 1))
            shown = place.line_text[place.column - 1 :]
            assert letter == "\n" or shown.startswith((letter, "\\")), (format, at)


def test_a_path_is_taken_as_a_name_a_list_or_a_json_pointer() -> None:
    [document] = loads(TOML, "toml")

    def shown(pointer: object) -> str:
        span = document.locate(pointer)  # type: ignore[arg-type]
        assert span is not None
        return document.source.text[span.start : span.end]

    assert shown("severity") == '"medium"'
    assert shown(["threat", 0, "technique", 0, "subtechnique", 0, "id"]) == '"T1569.002"'
    assert shown("/threat/0/tactic/id") == '"TA0002"'
    assert shown(["threat", 0, "tactic"]) == "[rule.threat.tactic]"
    assert shown("query") == "query"
    assert shown("gone") == "[rule]"


def test_a_value_in_yaml_is_found() -> None:
    [document] = loads(SIGMA, "sigma")
    span = document.locate(["detection", "selection", "ParentImage|endswith"])
    assert span is not None
    assert SIGMA[span.start : span.end] == "'\\services.exe'"
