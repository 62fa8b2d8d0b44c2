"""The schema files themselves: valid, whole, quick to use, and independent of where they are installed."""

# ruff: noqa: E501 - a table is read more easily with one case a line

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from converter.documents import loads, validate
from converter.documents.document import TYPES
from converter.documents.schema import folder, known_fields
from tests.documents.samples import API, SIGMA, api

FILES = sorted(path.relative_to(folder()).as_posix() for path in folder().rglob("*.json"))


@pytest.mark.parametrize("name", FILES)
def test_each_schema_is_a_valid_schema(name: str) -> None:
    Draft202012Validator.check_schema(json.loads((folder() / name).read_text()))


def test_there_is_a_schema_for_each_type() -> None:
    assert {f"elastic/{kind}.json" for kind in TYPES} <= set(FILES)
    assert set(API) == set(TYPES)


@pytest.mark.parametrize("kind", API)
def test_a_whole_rule_of_each_type_is_valid_and_each_required_key_is_needed(kind: str) -> None:
    assert validate(loads(api(kind), "json")[0]) == []
    schema = json.loads((folder() / f"elastic/{kind}.json").read_text())
    for key in [*schema["required"], "name", "description", "risk_score", "severity"]:
        [finding] = validate(loads(api(kind, **{key: None}), "json")[0])
        assert finding.message.startswith(f"`{key}` is missing")


def test_every_field_that_a_person_writes_has_a_description_in_its_error() -> None:
    fields = known_fields("elastic/query.json")
    assert fields["severity"] == "how bad an alert is"
    assert fields["interval"].startswith("a whole number and a unit")
    assert fields["language"] == "the query's language"


def test_fields_that_the_server_sets_are_accepted() -> None:
    server = {
        "id": "x", "created_at": "2025-08-14T13:09:02.318Z", "created_by": "a", "updated_at": "t", "updated_by": "b",
        "revision": 3, "immutable": False, "rule_source": {"type": "internal"}, "execution_summary": {"last_execution": {}},
        "output_index": "", "outcome": "exactMatch", "throttle": None, "meta": {}, "required_fields": [],
    }  # fmt: skip
    assert validate(loads(api("query", **server), "json")[0]) == []


def test_the_schemas_are_usable_by_any_validator_as_plain_files() -> None:
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    registry: Registry = Registry(
        retrieve=lambda uri: Resource.from_contents(
            json.loads(Path(uri.removeprefix("file://")).read_text()), DRAFT202012
        )
    )
    validator = Draft202012Validator({"$ref": (folder() / "elastic/eql.json").as_uri()}, registry=registry)
    assert validator.is_valid(API["eql"])
    assert not validator.is_valid(API["esql"])


def test_importing_documents_does_not_import_the_validators() -> None:
    code = (
        "import sys, converter.documents as d; d.Document; d.loads; d.dump\n"
        "heavy = {'jsonschema', 'referencing', 'yaml', 'ruamel.yaml', 'tomlkit'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_validation_of_a_rule_takes_about_a_millisecond() -> None:
    documents = [loads(api(kind), "json")[0] for kind in API] + loads(SIGMA, "sigma")
    for document in documents:
        validate(document)
    start = time.process_time()
    for _ in range(20):
        for document in documents:
            validate(document)
    assert (time.process_time() - start) / (20 * len(documents)) < 0.005
