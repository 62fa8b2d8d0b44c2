"""The mapping files: they read, say each thing once, and name fields that Elasticsearch can hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from converter.diagnostics import UnsupportedError
from converter.documents import load
from converter.fields import Fields
from converter.fields.kinds import of_kind
from converter.mapping import Entry, LogSource, find_log_source, platforms, to_ecs
from converter.mapping.apply import condition
from converter.mapping.model import _platform
from converter.tree import Field, Glob, literal
from tests.sigma.helpers import tree

#: Name spaces of integrations, whose fields the built-in schema need not hold.
NATIVE = (
    "auditd.", "aws.", "azure.", "bitbucket.", "file.Ext.", "file.code_signature.signed", "fortinet.", "gcp.",
    "google_workspace.", "kubernetes.", "o365.", "okta.", "powershell.", "sysmon.", "system.", "user.audit.", "winlog.",
    "github.", "zeek.",
)  # fmt: skip

#: ECS fields that several Sigma fields of one log source have exactly, and why.
SHARED_TARGETS = {
    "process.entity_id": "Sysmon writes SourceProcessGUID, rules SourceProcessGuid too",
    "winlog.computer_name": "ComputerName and Computer are both in use for one value",
    "process.hash.md5": "a digest of its own and within Hashes",
    "source.ip": "proxies write c-ip, rules src_ip too",
    "azure.auditlogs.operation_name": "rules write OperationName and operationName",
}

SOURCES = [source for platform in platforms() for source in platform.log_sources]


def targets(entry: Entry) -> set[str]:
    named = {*entry.to, *entry.hashes.values()}
    return named | {name for meaning in entry.values.values() for name in meaning}


def conditions(raw: object) -> set[str]:
    if isinstance(raw, list):
        return {name for item in raw for name in conditions(item)}
    if not isinstance(raw, dict):
        return set()
    return {name for key, value in raw.items() for name in (conditions(value) if key == "not" else {key})}


def test_no_log_source_stands_twice() -> None:
    counts = Counter(tuple(sorted(source.when.items())) for source in SOURCES)
    assert [when for when, count in counts.items() if count > 1] == []


def test_every_log_source_has_a_condition_or_says_why_not() -> None:
    assert [source.title for source in SOURCES if source.conditions is None and not source.note] == []
    assert [source.title for source in SOURCES if not source.index] == []


def test_every_target_is_in_the_schema_or_in_the_name_space_of_an_integration() -> None:
    fields = Fields.of(None)
    named = {name for source in SOURCES for entry in source.entries.values() for name in targets(entry)}
    named |= {name for source in SOURCES for name in conditions(source.conditions)}
    assert sorted(name for name in named if not fields.field(name).known and not name.startswith(NATIVE)) == []


def test_conditions_are_readable_by_the_types_of_their_fields() -> None:
    fields = Fields.of(None)
    for source in SOURCES:
        assert (condition(source.conditions, fields) is None) is (source.conditions is None)


def test_an_exact_entry_is_the_only_one_with_its_target_or_is_listed() -> None:
    shared = set()
    for source in SOURCES:
        exact = [e for e in source.entries.values() if not e.approximate and len(e.to) == 1 and not e.separator]
        counts = Counter(entry.to[0] for entry in exact)
        shared |= {(source.title, name) for name, count in counts.items() if count > 1}
    assert sorted(item for item in shared if item[1] not in SHARED_TARGETS) == []


@pytest.mark.parametrize("source", [s for s in SOURCES if s.entries], ids=lambda source: source.title)
def test_every_exact_name_maps_to_its_target(source: LogSource) -> None:
    fields = Fields.of(None)
    for entry in source.entries.values():
        if entry.approximate or len(entry.to) != 1 or entry.separator or fields.field(entry.to[0]).sort != "string":
            continue
        mapped = to_ecs(Glob(Field(entry.sigma, known=False), literal("x"), "lower"), source.when, fields)
        assert f"{entry.sigma} is {entry.to[0]}" in mapped.given
        assert mapped.approximate == ()


def test_an_approximate_entry_is_taken_only_on_request() -> None:
    fields = Fields.of(None)
    atom = Glob(Field("type", known=False), literal("EXECVE"), "lower")
    when = {"product": "linux", "service": "auditd"}
    kept, taken = to_ecs(atom, when, fields), to_ecs(atom, when, fields, approximate=True)
    assert "auditd.log.type" in repr(kept.tree) and not kept.approximate
    assert "event.action" in repr(taken.tree) and len(taken.approximate) == 1


def test_a_field_without_an_exact_name_is_spoken_of_once() -> None:
    when = {"category": "webserver"}
    for name, said in (("cs-uri-query", "has only an approximate mapping"), ("own", "has no mapping")):
        found = to_ecs(Glob(Field(name, known=False), literal("x"), "lower"), when, Fields.of(None)).notes
        assert [note.message.partition(" (")[0].partition(";")[0] for note in found if f"`{name}`" in note.message] == [
            f"`{name}` {said}", f"no schema knows `{name}`",
        ]  # fmt: skip


def test_every_log_source_of_the_corpus_is_mapped(shared: Path) -> None:
    missing = set()
    for document in load(shared / "corpora" / "sigma"):
        log_source = document.data.get("logsource") or {}
        if find_log_source(log_source) is None:
            missing.add(tuple(sorted((key, str(value)) for key, value in log_source.items() if key != "definition")))
    assert missing == set()


def test_an_unknown_key_of_an_entry_is_an_error() -> None:
    raw = {"platform": "x", "about": "", "log_sources": [{"when": {"product": "x"}, "fields": {"A": {"too": "b"}}}]}
    with pytest.raises(Exception, match="unknown key `too`"):
        _platform(raw, "x.yml")


@pytest.mark.parametrize(
    ("selection", "noted"),
    [
        ({"ParentImage": ["x", "-"]}, ["no event holds `-` in `ParentImage`"]),
        ({"Details": ""}, ["no event holds the empty text in `Details`"]),
        ([{"ParentImage": "-"}, {"ParentImage": None}], []),
        ({"ParentImage|contains": "-"}, []),
    ],
)
def test_a_value_that_the_pipeline_leaves_out_is_named(selection: Any, noted: list[str]) -> None:
    fields, when = Fields.of(None), {"product": "windows", "category": "process_creation"}
    found = to_ecs(tree(selection), when, fields).notes
    assert [note.message.partition(":")[0] for note in found if "no event holds" in note.message] == noted


@pytest.mark.parametrize(
    "key", ["Hashes", "Hashes|startswith", "Hashes|endswith", "Hashes|contains|cased", "Hashes|re"]
)
def test_a_digest_is_no_whole_value_nor_an_end_of_it(key: str) -> None:
    fields, when = Fields.of(None), {"product": "windows", "category": "process_creation"}
    text = "SHA1=" + "A1" * 20
    assert (
        to_ecs(tree({"Hashes|contains": text}), when, fields).tree
        == to_ecs(tree({"sha1": text[5:]}), when, fields).tree
    )
    lowered = of_kind("lowercase")
    assert "process.hash.sha1" in repr(to_ecs(tree({"Hashes|contains": text}, fields=lowered), when, lowered).tree)
    with pytest.raises(UnsupportedError, match="only whole digests of `Hashes`"):
        to_ecs(tree({key: text}), when, fields)
