"""The built-in schemas."""

from __future__ import annotations

import json
import lzma
import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest

from converter.fields import Fields
from converter.fields.builtin import load
from converter.tree import Field, glob

FIELDS = Fields.of(None)


def test_a_multi_field_reads_the_values_of_its_parent() -> None:
    caseless, text = FIELDS.field("process.name.caseless"), FIELDS.field("process.name.text")
    assert (caseless.type, caseless.path) == ("keyword_lowercase", "process.name")
    assert (text.type, text.path) == ("match_only_text", "process.name")
    assert FIELDS.kind("process.name.caseless") == "multi-field"


def test_a_field_below_an_object_that_ends_like_a_multi_field_stays_one_of_its_own() -> None:
    assert FIELDS.field("process.io.text").path == "process.io.text"


def test_arrays_and_scalars_are_told_apart_where_the_schema_says_so() -> None:
    assert FIELDS.field("process.args").array is True
    assert FIELDS.field("process.pid").array is False
    assert FIELDS.field("aws.cloudtrail.user_identity.arn").array is None


def test_types_come_from_all_three_tables() -> None:
    types = {
        "@timestamp": "date",
        "process.pid": "long",
        "source.ip": "ip",
        "process.Ext.token.integrity_level_name": "keyword",
        "process.Ext.relative_file_creation_time": "double",
        "endgame.event_subtype_full": "keyword",
        "powershell.file.script_block_text": "text",
    }
    assert {name: FIELDS.field(name).type for name in types} == types


def test_an_unknown_name_is_a_keyword_that_says_it_is_unknown() -> None:
    assert FIELDS.field("winlog.event_data.Foo") == Field("winlog.event_data.Foo", "keyword", known=False)
    assert "winlog.event_data.Foo" not in FIELDS
    assert FIELDS.kind("winlog.event_data.Foo") == "unknown"


def test_an_unknown_twin_beside_a_known_field_reads_that_field() -> None:
    twin = FIELDS.field("file.path.caseless")
    assert (twin.type, twin.path, twin.known) == ("keyword_lowercase", "file.path", False)
    assert FIELDS.field("nothing.known.caseless").path == "nothing.known.caseless"


def test_an_object_is_known_though_no_table_names_it() -> None:
    assert FIELDS.kind("process") == "object"
    assert FIELDS.field("process").known
    assert "process.name" in {field.name for field in FIELDS.leaves("process")}
    assert FIELDS.leaves("process.name") == []


def test_fields_below_a_nested_name_belong_to_its_objects() -> None:
    assert FIELDS.field("threat.enrichments.matched.type").nested == "threat.enrichments"
    assert FIELDS.field("threat.enrichments.unheard_of").nested == "threat.enrichments"
    assert FIELDS.field("threat.enrichments").nested is None
    assert FIELDS.kind("threat.enrichments") == "nested"


def test_a_key_below_a_flattened_field_is_a_leaf_of_it() -> None:
    key = FIELDS.field("log.syslog.structured_data.a.b")
    assert (key.type, key.flattened, key.known) == ("flattened", "log.syslog.structured_data", True)


def test_a_wildcard_in_a_name_finds_multi_fields_and_no_objects() -> None:
    names = {field.name for field in FIELDS.matching(glob("process.nam*"))}
    assert names == {"process.name", "process.name.caseless", "process.name.text"}
    assert all(field.type not in ("object", "nested") for field in FIELDS.matching(glob("process*")))


def test_the_lowercase_twin_is_found_from_the_field_and_from_its_other_readings() -> None:
    twin = FIELDS.field("process.name.caseless")
    assert FIELDS.lowercase_twin(FIELDS.field("process.name")) == twin
    assert FIELDS.lowercase_twin(FIELDS.field("process.name.text")) == twin
    assert FIELDS.lowercase_twin(FIELDS.field("user.name")) is None


def test_no_value_is_dropped_for_its_length() -> None:
    assert all(field.ignore_above is None for field in FIELDS)


def test_the_table_loads_in_20_milliseconds_and_makes_no_field_before_it_is_asked() -> None:
    code = (
        "import time, converter.fields.schema as s; t = time.process_time(); f = s.builtin();"
        "f.field('process.name'); print(time.process_time() - t, len(f._table._made))"
    )
    best = 1.0
    for _ in range(3):
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        best = min(best, float(out[0]))
        assert int(out[1]) == 1
    assert best < 0.02


def test_looking_up_three_thousand_names_takes_no_time() -> None:
    names = [field.name for field in FIELDS]
    start = time.process_time()
    for name in names:
        FIELDS.field(name)
    assert len(names) > 2900
    assert time.process_time() - start < 0.2


@pytest.mark.parametrize("suite", ["eql", "kuery"])
def test_types_agree_with_those_of_the_recorded_rules(shared: Path, suite: str) -> None:
    sorts = {"version": "string", "flattened": "string", "geo_point": "string"}
    misses = set()
    with lzma.open(shared / f"conformance/elasticsearch-rules/{suite}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            for name, type_ in (json.loads(line)["mapping"] or {}).items():
                ours, theirs = FIELDS.field(name).sort, Field("x", type_).sort
                if sorts.get(ours, ours) != theirs:
                    misses.add((name, ours, theirs))
    assert not misses


def test_the_table_is_what_the_script_makes_of_the_published_schemas(shared: Path) -> None:
    path = Path(__file__).parents[2] / "tools/build_fields.py"
    script = runpy.run_path(str(path))
    version, made = script["entries"](shared / "reference")
    table, header = load()
    assert header["version"] == version
    assert dict(table._entries) == made
