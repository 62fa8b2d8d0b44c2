"""Each kind of damage has its own error: what is wrong, where, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.diagnostics import ConverterError, Diagnostic, SchemaError, UsageError
from converter.documents import load, loads, validate
from tests.documents.damaged import DAMAGES, Damage
from tests.documents.samples import SIGMA, TOML, api, toml


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("damage", DAMAGES, ids=[d.name for d in DAMAGES])
def test_damage_is_named_with_its_place(damage: Damage, tmp_path: Path) -> None:
    path = write(tmp_path, damage.file, damage.content)
    with pytest.raises(ConverterError) as caught:
        load(path)
    [found] = caught.value.diagnostics
    assert found.code == damage.code
    assert damage.message in found.message
    assert damage.help in (found.help or "")
    assert found.position is not None
    assert found.position.line == damage.line
    assert found.message[0] in "`abcdefghijklmnopqrstuvwxyz" and not found.message.endswith(".")


def test_every_damage_has_a_message_of_its_own(tmp_path: Path) -> None:
    messages = set()
    for damage in DAMAGES:
        path = write(tmp_path / damage.name.replace(":", ""), damage.file, damage.content)
        with pytest.raises(ConverterError) as caught:
            load(path)
        messages.add(caught.value.diagnostics[0].message)
    assert len(messages) >= 45


def test_all_errors_of_a_file_come_together_in_its_order() -> None:
    text = toml('"medium"', '"hihg"').replace("= 47", "= 147").replace('"5m"', '"5"')
    errors = validate(loads(text, "toml")[0])
    assert [d.position.line for d in errors if d.position] == [15, 23, 25]


def test_all_damaged_lines_of_an_export_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a.ndjson", "\n".join([api("eql"), "{", api("esql"), "[]", "7"]))
    with pytest.raises(ConverterError) as caught:
        load(path)
    assert [d.position.line for d in caught.value.diagnostics if d.position] == [2, 4, 5]


def test_all_damaged_files_of_a_folder_are_named_and_the_sound_ones_can_be_had(tmp_path: Path) -> None:
    write(tmp_path, "a/rule.toml", TOML)
    write(tmp_path, "b/rule.toml", toml("= 47", "= 147"))
    write(tmp_path, "c/rule.yml", SIGMA.replace("level: medium", "level: ["))
    with pytest.raises(ConverterError) as caught:
        load(tmp_path)
    assert len(caught.value.diagnostics) == 2
    problems: list[Diagnostic] = []
    assert [d.name for d in load(tmp_path, problems=problems)] == ["Tool run by a service"]
    assert len(problems) == 2


def test_only_schema_errors_raise_the_schema_class(tmp_path: Path) -> None:
    with pytest.raises(SchemaError):
        load(write(tmp_path, "rule.toml", toml("= 47", "= 147")))


@pytest.mark.parametrize(
    ("name", "words"),
    [("gone.toml", "there is no file"), ("none-*.toml", "no file fits"), (".", "holds no rule files")],
)
def test_a_path_with_nothing_behind_it_is_wrong_use(name: str, words: str, tmp_path: Path) -> None:
    write(tmp_path, "notes.txt", "hello")
    with pytest.raises(UsageError, match=words):
        load(tmp_path / name)


def test_a_folder_gives_rule_files_only(tmp_path: Path) -> None:
    write(tmp_path, "rules/a/rule.toml", TOML)
    write(tmp_path, "rules/a/fixtures.yml", "fixtures: []\n")
    write(tmp_path, "rules/a/events.ndjson", '{"process": {"name": "x"}}\n')
    write(tmp_path, "rules/b/rule.yml", SIGMA)
    write(tmp_path, "rules/README.md", "# Rules\n")
    write(tmp_path, "ruleproof.toml", "[paths]\nrules = 1\n")
    write(tmp_path, ".git/rule.toml", "[rule")
    assert [(d.kind, Path(d.path or "").parent.name) for d in load(tmp_path)] == [("elastic", "a"), ("sigma", "b")]
    assert len(load(tmp_path / "rules" / "*" / "rule.*")) == 2
    assert len(load(str(tmp_path / "**" / "*.toml"))) == 1


def test_a_byte_order_mark_and_foreign_line_ends_are_no_damage(tmp_path: Path) -> None:
    path = write(tmp_path, "rule.toml", b"\xef\xbb\xbf" + TOML.replace("\n", "\r\n").encode())
    [document] = load(path)
    assert document.data == loads(TOML, "toml")[0].data
    source = document.query_source()
    assert source is not None and source.outer is not None


def test_an_unknown_field_is_a_warning_and_is_kept() -> None:
    [document] = loads(toml('type = "eql"', 'type = "eql"\ntagss = ["x"]'), "toml")
    [finding] = validate(document)
    assert finding.severity == "warning"
    assert "`tagss` is no field" in finding.message
    assert finding.help == "did you mean `tags`?"
    assert document.data["tagss"] == ["x"]


def test_the_format_is_seen_where_the_ending_does_not_say_it() -> None:
    assert loads(TOML)[0].format == "toml"
    assert loads(SIGMA)[0].format == "sigma"
    assert loads(api("eql"))[0].format == "json"
    assert len(loads(api("eql") + "\n" + api("esql"))) == 2
    with pytest.raises(UsageError, match="there is no format `xml`"):
        loads("<x/>", "xml")
