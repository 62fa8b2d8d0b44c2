"""The built-in schemas with all strings indexed in one way."""

from __future__ import annotations

import pytest

from converter import compare, parse
from converter.diagnostics import UsageError
from converter.fields import Fields
from converter.fields.kinds import KINDS, of_kind

STRINGS = ("process.command_line", "process.name.caseless", "message", "process.name.text", "Image", "a.b.caseless")


def test_each_kind_types_known_and_unknown_strings_alike() -> None:
    types = {kind: [of_kind(kind).field(name).type for name in STRINGS] for kind in KINDS}
    lowered = "keyword_lowercase"
    assert types["keyword"] == ["keyword"] * 6
    assert types["caseless"] == ["keyword", lowered, "keyword", "keyword", "keyword", lowered]
    assert types["lowercase"] == [lowered] * 6


@pytest.mark.parametrize("kind", KINDS)
def test_other_types_and_the_values_that_are_read_stay(kind: str) -> None:
    fields, default = of_kind(kind), Fields.of(None)
    for name in (
        "process.pid",
        "source.ip",
        "@timestamp",
        "process",
        "threat.enrichments",
        "log.syslog.structured_data.a",
    ):
        assert fields.field(name) == default.field(name)
    assert fields.field("process.name.caseless").path == "process.name"
    assert not fields.field("Image").known


def test_own_fields_are_put_over_a_kind_whose_unknown_names_stay_as_they_are() -> None:
    fields = of_kind("lowercase").extended(Fields.of({"Image": "keyword", "EventID": "long"}))
    assert [fields.field(name).type for name in ("Image", "EventID", "User")] == [
        "keyword",
        "long",
        "keyword_lowercase",
    ]


def test_the_kind_decides_whether_two_texts_that_differ_in_case_are_the_same() -> None:
    relations = {}
    for kind in KINDS:
        fields = of_kind(kind)
        relations[kind] = compare(
            parse("kuery", "Image: *CMD*", fields), parse("kuery", "Image: *cmd*", fields)
        ).relation
    assert relations == {"keyword": "different", "caseless": "different", "lowercase": "equivalent"}


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(UsageError, match="no kind of fields `text`"):
        of_kind("text")
