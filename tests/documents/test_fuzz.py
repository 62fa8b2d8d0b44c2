"""Whatever the bytes, a reader gives documents or a `ConverterError` whose places can be shown."""

# ruff: noqa: E501 - a table is read more easily with one case a line

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converter.diagnostics import ConverterError
from converter.documents import dump, load, load_events, load_fixtures, validate
from tests.documents.samples import API, PAGE, SIGMA, TOML, api

SEEDS = {
    "a.toml": TOML,
    "a.yml": SIGMA,
    "a.md": PAGE,
    "a.ndjson": "\n".join(api(kind) for kind in API) + '\n{"exported_count": 7}\n',
    "a.json": "[" + ",\n".join(api(kind) for kind in API) + "]",
    "fixtures.yml": "fixtures:\n- {event: {a: 1}, expect: match}\n- events: [{b: 2}]\n  expect: no_match\n",
}
PIECES = [
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\n", b"'''", b'"""', b'"', b"'", b"\\", b"\\ud800",
    b"[", b"]", b"{", b"}", b"[[rule.threat]]\n", b"[rule]\n", b"=", b": ", b"- ", b"&a ", b"*a ", b"!!int ", b"!!binary ",
    b"!!timestamp ", b"!!set ", b"!!bool ", b"<<: ", b"? ", b"---\n", b"...\n", b"%YAML 9.9\n", b"#", b"NaN", b"1e999",
    b"9" * 5000, b"inf", b"nan", b"2024-13-45", b"null", b"None", b"**Rule type**: x\n", b"## x [_rule_query_1]\n", b"```\n",
    b"[" * 1500, b"{\"a\":" * 1500, b"- " * 1500, b"a." * 1500, b"new_terms = 1\n", b"type = 1\n",
]  # fmt: skip


def exercise(path: Path) -> None:
    """Reads a file in every way; anything but a `ConverterError` is a defect."""
    try:
        for document in load(path, check=False):
            for finding in validate(document):
                assert finding.render()
            document.query_source()
            document.locate("query")
            for format in ("toml", "ndjson", "json", "docs"):
                try:
                    dump(document, format)
                except ConverterError as error:
                    assert error.render()
    except ConverterError as error:
        assert error.render()
    for reader in (load_events, load_fixtures):
        try:
            reader(path)
        except ConverterError as error:
            assert error.render()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(SEEDS)), st.binary(max_size=200))
def test_random_bytes_never_give_a_traceback(tmp_path: Path, name: str, raw: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    exercise(path)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(SEEDS)),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 40), st.sampled_from(PIECES)), min_size=1, max_size=3),
)
def test_mutated_rule_files_never_give_a_traceback(
    tmp_path: Path, name: str, cuts: list[tuple[int, int, bytes]]
) -> None:
    raw = SEEDS[name].encode()
    for at, length, piece in cuts:
        at %= len(raw) + 1
        raw = raw[:at] + piece + raw[at + length :]
    path = tmp_path / name
    path.write_bytes(raw)
    exercise(path)


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_a_file_cut_off_anywhere_never_gives_a_traceback(name: str, tmp_path: Path) -> None:
    raw = SEEDS[name].encode()
    path = tmp_path / name
    for stop in random.Random(7).sample(range(len(raw)), 60):
        path.write_bytes(raw[:stop])
        exercise(path)


VALUES = [
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "x",
    [],
    {},
    [None],
    [[]],
    [{}],
    {"a": {}},
    ["a", 1],
    {"value": "x"},
    "now-1",
    10**30,
]


@pytest.mark.parametrize("kind", API)
def test_any_value_under_any_key_is_accepted_or_a_schema_error(kind: str, tmp_path: Path) -> None:
    import json

    from converter.documents.schema import known_fields

    for key in [*known_fields(f"elastic/{kind}.json"), "new_terms", "unknown"]:
        for value in VALUES:
            path = tmp_path / "a.json"
            path.write_text(json.dumps({**API[kind], key: value}))
            [document] = load(path, check=False)
            for finding in validate(document):
                assert finding.position is not None
                assert finding.code == "schema" and "\n" not in finding.message
            for format in ("toml", "docs"):
                try:
                    dump(document, format)
                except ConverterError as error:
                    assert error.render()
