"""Parts of fields: a rewritten test says the same of the whole, on every event that the relation holds of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.fields import Fields
from converter.mapping import derive, find_log_source, platforms, relations
from converter.mapping.relations import Part, Relations
from converter.matching import EventValues, compile_node
from converter.proof import compare
from converter.tree import (
    ANY,
    ONE,
    And,
    Exists,
    Fold,
    Glob,
    Length,
    Node,
    Not,
    Or,
    Regex,
    Single,
    Token,
    conj,
    disj,
    literal,
    merge_tokens,
)

FIELDS = Fields.of(None)
PLATFORMS = ("windows", "linux", "macos")
DEFEND, SYSMON = ["logs-endpoint.events.*"], ["winlogbeat-*"]


def known(platform: str) -> Relations:
    """What holds on Elastic Defend's events (of a registry value and a file's directory: on any's that say so)."""
    found = relations(platform, "registry_set")
    return replace(found, parts=found.parts | found.on(DEFEND).parts)


PARTS = [(platform, part) for platform in PLATFORMS for part in known(platform).parts.values()]
#: Few letters, so that patterns meet values; both separators, dots, wildcards as letters, a letter with two cases.
LETTERS = "aAb.*\\/\n"


def matches(tree: Node, event: Mapping[str, Any]) -> bool:
    return compile_node(tree)(EventValues(event))


def value_of(part: Part, directories: list[str], name: str) -> str | None:
    """A value that the relation allows, made of directories and a name; None: there is none such."""
    name = name.replace(part.separator, "")
    if not name or (not directories and (not part.bare or "." in name)):
        return None
    return part.separator.join([*directories, name])


texts = st.text(LETTERS, max_size=3)
letters: list[Token] = [ANY, ONE, "a", "A", "b", ".", "/", "\\", "a.b", "*"]
tokens = st.lists(st.sampled_from(letters), max_size=4).map(merge_tokens)
patterns = st.sampled_from(["a.*", ".*a", "[^a]+", "(a|b)*", ".", "a?b?", "A\\.b", ".{0,2}", "[ab.]*"])


@st.composite
def a_test_of(draw: st.DrawFn, part: Part) -> Node:
    field = FIELDS.field(part.field)
    fold: Fold = draw(st.sampled_from(["none", "ascii"]))
    match draw(st.integers(0, 9)):
        case 0:
            return Exists(field)
        case 1:
            return Regex(field, draw(patterns), "lucene", fold)
        case 2:
            return Regex(field, draw(patterns), "pcre", fold, search=True)
        case 3:
            low = draw(st.integers(0, 3))
            return Length(field, low, low + draw(st.integers(0, 2)))
    return Glob(field, draw(tokens), fold)


@pytest.mark.parametrize(("platform", "part"), PARTS, ids=lambda item: getattr(item, "field", item))
@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_test_of_a_part_and_its_rewritings_take_the_same_events(
    platform: str, part: Part, data: st.DataObject
) -> None:
    test = data.draw(a_test_of(part))
    value = value_of(part, data.draw(st.lists(texts, max_size=3)), data.draw(texts))
    found = derive(test, known(platform), FIELDS)
    if found.blocked:
        return
    event = {}
    if value is not None:
        event = {part.of: value}
        if (cut := part.cut(value)) is not None:
            event[part.field] = cut
    assert all(matches(item, event) for item in found.constraints)
    expected = matches(test, event)
    assert matches(found.exact, event) is expected
    assert matches(found.short, event) is expected


@pytest.mark.parametrize(("platform", "part"), PARTS, ids=lambda item: getattr(item, "field", item))
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_the_short_form_is_proven_equal_to_the_exact_one(platform: str, part: Part, data: st.DataObject) -> None:
    test = data.draw(a_test_of(part))
    found = derive(test, known(platform), FIELDS)
    if not found.blocked:
        verdict = compare(found.exact, found.short, constraints=found.constraints)
        assert verdict.relation in ("equivalent", "unknown"), verdict.counterexample


def glob(name: str, *parts: Any, fold: Any = "ascii") -> Glob:
    return Glob(FIELDS.field(name), tuple(parts), fold)


@pytest.mark.parametrize(
    ("platform", "test", "short"),
    [
        ("windows", glob("process.name", "x.exe"), glob("process.executable", ANY, "\\x.exe")),
        ("linux", glob("process.name", "sh", fold="none"), glob("process.executable", ANY, "/sh", fold="none")),
        (
            "windows",
            glob("process.parent.name", "System"),
            disj([glob("process.parent.executable", ANY, "\\System"), glob("process.parent.executable", "System")]),
        ),
        ("windows", glob("file.extension", "lnk"), glob("file.path", ANY, ".lnk")),
        ("windows", glob("file.name", ANY, ".lnk"), glob("file.path", ANY, ".lnk")),
        ("linux", glob("file.directory", "/etc/", ANY), glob("file.path", "/etc/", ANY, "/", ANY)),
        ("linux", Exists(FIELDS.field("process.name")), Exists(FIELDS.field("process.executable"))),
    ],
)
def test_plain_tests_become_plain_patterns(platform: str, test: Node, short: Node) -> None:
    assert derive(test, known(platform), FIELDS).short == short


def test_a_pattern_that_could_run_over_a_separator_becomes_an_expression() -> None:
    found = derive(glob("process.name", "php", ANY, fold="none"), relations("linux"), FIELDS)
    assert found.short == Regex(FIELDS.field("process.executable"), "/php[^/]*$", "pcre", search=True)


@pytest.mark.parametrize(
    ("platform", "test", "why"),
    [
        ("windows", glob("process.name", "a\\b"), "no process.name has this value"),
        ("windows", glob("file.extension", "tar.gz"), "no file.extension has this value"),
        ("linux", glob("file.directory", "/"), "a root is among the values"),
        ("windows", glob("file.directory", "c:", ANY), "a root is among the values"),
        ("linux", Exists(FIELDS.field("file.directory")), "whether a file in a root has a file.directory"),
        ("aws", glob("event.outcome", "unknown"), "only a value of event.outcome by itself"),
    ],
)  # fmt: skip
def test_what_has_no_exact_form_is_left_and_named(platform: str, test: Node, why: str) -> None:
    found = derive(test, known(platform), FIELDS)
    assert found.exact == found.short == test
    assert why in " ".join(found.blocked.values())


def test_a_field_of_another_type_is_no_part() -> None:
    caseless = Fields.of({"process.name": "keyword", "process.executable": "text"})
    found = derive(Glob(caseless.field("process.name"), literal("x")), relations("linux"), caseless)
    assert "process.name" in found.blocked


def test_an_outcome_of_cloudtrail_is_whether_there_is_an_error_but_for_console_logins() -> None:
    code, message = (FIELDS.field(f"aws.cloudtrail.error_{name}") for name in ("code", "message"))
    found = derive(glob("event.outcome", "success", fold="none"), relations("aws"), FIELDS)
    assert found.short == conj([Not(Exists(code)), Not(Exists(message))])
    where = FIELDS.field("event.action")
    assert found.unless == [conj([Glob(where, ("ConsoleLogin",)), Single(where)])]
    assert derive(glob("event.outcome", "failure"), relations("aws"), FIELDS).short == Or(
        (Exists(code), Exists(message))
    )


def test_every_relation_is_of_fields_that_a_log_source_maps() -> None:
    """A part whose whole has no Sigma name anywhere could never be used."""
    named = {
        name
        for platform in platforms()
        for source in platform.log_sources
        for e in source.entries.values()
        for name in e.to
    }
    wholes = {part.of for _, part in PARTS}
    assert wholes <= named


def test_every_statement_of_a_log_source_reads_as_a_condition() -> None:
    from converter.mapping.apply import condition

    stated = [s.stated for p in platforms() for s in p.log_sources if s.stated is not None]
    assert len(stated) > 30
    for item in stated:
        assert item.all or item.by or item.index
        for name, values in item.by.items():
            assert isinstance(condition({**item.all, name: list(values)}, FIELDS), And | Or | Glob)
    assert find_log_source({"product": "windows", "category": "registry_set"}).stated.by["event.type"] == ("change",)  # type: ignore[union-attr]


TESTS = {
    "a text with a dot": glob("process.name", "x.exe"),
    "a text without": glob("process.name", "System"),
    "a beginning": glob("process.name", "x", ANY),
    "there": Exists(FIELDS.field("process.name")),
    "in one case": glob("process.name", "x.exe", fold="none"),
    "a parent": glob("process.parent.name", "x.exe"),
    "a file": glob("file.name", "x.exe"),
    "an end of a file": glob("file.name", ANY, ".lnk"),
    "an extension": glob("file.extension", "exe"),
    "a beginning of one": glob("file.extension", "e", ANY),
    "a value": glob("registry.value", "Debugger"),
}


@pytest.mark.parametrize(
    ("where", "index", "blocked"),
    [
        ("windows/process_creation", DEFEND, []),
        ("windows/process_creation", ["logs-endpoint.events.process-*", "logs-system.security*"], []),
        ("windows/process_creation", SYSMON, ["a text without", "a beginning", "there"]),
        ("windows/process_creation", [], ["a text without", "a beginning", "there"]),
        ("windows/process_creation", ["logs-crowdstrike.fdr*"], ["a text without", "a beginning", "there", "a parent"]),
        ("windows/file_event", [*DEFEND, "logs-m365_defender.event-*"], [name for name in TESTS if "file" in name]),
        ("windows/network_connection", ["logs-*"], list(TESTS)),
        ("linux/process_creation", DEFEND, []),
        ("linux/process_creation", [*DEFEND, "logs-sysmon_linux.log-*"], list(TESTS)),
        ("linux/file_event", [*DEFEND, "logs-sentinel_one_cloud_funnel.*"], ["a file", "an extension"]),
    ],
)  # fmt: skip
def test_what_is_not_true_of_the_data_that_a_rule_searches_is_not_taken(
    where: str, index: Sequence[str], blocked: list[str]
) -> None:
    """Each line is what a pipeline does: Sysmon's gives `System` no name, m365_defender's a file no path …"""
    found = relations(*where.split("/")).on(index)
    of = {"process": ("process.name", "process.parent.name")}.get(where.split("/")[1].split("_")[0], ())
    for name, test in TESTS.items():
        if (not of or test.field.name in of) and name in blocked:
            assert derive(test, found, FIELDS).short == test, name
        elif test.field.name in of and name != "in one case":
            assert derive(test, found, FIELDS).short != test, name


def test_letters_whose_case_a_vendor_may_change_are_compared_without_case_alone() -> None:
    found = relations("windows", "process_creation").on([*DEFEND, "logs-m365_defender.event-*"])
    assert derive(TESTS["in one case"], found, FIELDS).blocked
    assert not derive(TESTS["a text with a dot"], found, FIELDS).blocked


def test_a_value_of_the_registry_is_the_end_of_its_path_in_the_events_of_sysmon_alone() -> None:
    """Elastic Defend keeps the name of a value, which may be a path itself (an excluded folder)."""
    registry = relations("windows", "registry_set")
    assert not derive(TESTS["a value"], registry.on(SYSMON), FIELDS).blocked
    for index in (DEFEND, [*SYSMON, "logs-m365_defender.event-*"], ["logs-*"]):
        assert "registry.value" not in registry.on(index).parts


def test_every_relation_holds_on_every_real_event(shared: Path) -> None:
    """A test of a part's own value, and its rewriting, decide every recorded event alike."""
    from converter.documents import load_events
    from converter.normalise import read, to_ecs

    parts = relations("windows", "registry_set").on(SYSMON).parts.values()
    pairs: set[tuple[Part, Any, Any]] = set()
    for raw in load_events(shared / "events" / "windows_21k.ndjson.xz"):
        event = to_ecs(read(raw))
        if _at(event, "event.code") not in ("5140", "5145"):  # shares, which Sigma's log sources of files leave out
            pairs |= {(part, _at(event, part.field), _at(event, part.of)) for part in parts}
    odd = [pair for pair in pairs if pair[1] != (pair[2] and pair[0].cut(pair[2]))]
    assert len(odd) > 20  # no separator, a dot in a folder alone, a pipe
    compared = 0
    for part, own, whole in [*odd, *sorted(pairs, key=str)[::20]]:
        event = {name: value for name, value in ((part.field, own), (part.of, whole)) if value}
        for text in {own, whole and part.cut(whole)} - {None, ""}:
            for test in (glob(part.field, text), glob(part.field, ANY, text[-4:])):
                found = _rewritten(test)
                if found is not None:
                    assert matches(found, event) is matches(test, event), (test, own, whole)
                    compared += 1
    assert compared > 300


def _at(event: Any, name: str) -> Any:
    for key in name.split("."):
        event = event.get(key, {})
    return event or None


@cache
def _rewritten(test: Node) -> Node | None:
    found = derive(test, relations("windows", "registry_set").on(SYSMON), FIELDS)
    return None if found.blocked else found.exact
