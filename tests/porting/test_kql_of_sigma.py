"""Sigma rules in KQL where fields keep the case of their values: narrower or different, named, and never exported."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from converter.diagnostics import ConverterError
from converter.documents import Document, load, loads
from converter.fields.kinds import of_kind
from converter.porting import Port, port

RULE = """title: x
id: 11111111-1111-4111-8111-111111111111
logsource: {{product: windows, category: process_creation}}
detection:
    selection:
        Image|endswith: '\\x.exe'
    filter:
        CommandLine|contains: {value}
    condition: selection{rest}
"""


def rule(value: str = "abc", rest: str = "") -> Document:
    return loads(RULE.format(value=value, rest=rest), "sigma")[0]


def in_kql(document: Document, kind: str) -> Port:
    return port(document, "kuery", fields=of_kind(kind))


def test_without_a_negation_the_spelling_of_the_rule_is_narrower() -> None:
    found = in_kql(rule(), "keyword")
    assert found.relation == "narrower" and not found.exportable
    assert found.text is not None and "process.executable:*\\\\x.exe" in found.text
    assert [loss.code for loss in found.losses] == ["unsupported"]
    assert found.counterexample is not None


def test_a_test_under_a_negation_makes_it_different_and_is_never_widened() -> None:
    found = in_kql(rule(rest=" and not filter"), "keyword")
    assert found.relation == "different" and not found.exportable
    assert found.text is not None and "not process.command_line:*abc*" in found.text
    assert len(found.losses) == 2 and found.counterexample is not None


def test_a_negated_test_without_letters_leaves_it_narrower() -> None:
    assert in_kql(rule("'123'", " and not filter"), "keyword").relation == "narrower"


@pytest.mark.parametrize("value", ["'1?2'", "'a?b'"])
@pytest.mark.parametrize("kind", ["keyword", "caseless", "lowercase"])
def test_a_wildcard_that_kql_lacks_is_never_widened_in_an_exclusion(value: str, kind: str) -> None:
    found = in_kql(rule(value, " and not filter"), kind)
    assert found.text is None or "command_line" not in found.text
    assert found.relation in ("broader", "refused")


def test_no_exclusion_takes_letters_beyond_ascii_to_be_narrower() -> None:
    document = loads(
        RULE.format(value="abc", rest=" and not filter").replace("CommandLine|contains: abc", "Image: k"), "sigma"
    )[0]
    found = port(document, "kuery")
    assert found.text is not None and "not process.executable:k" in found.text
    assert found.relation == "broader"


def test_values_held_in_lower_case_make_it_equivalent() -> None:
    assert in_kql(rule(rest=" and not filter"), "lowercase").relation == "equivalent"


def test_an_elastic_rule_is_still_made_broader() -> None:
    text = Path(__file__).parents[2] / "rules" / "defense_evasion" / "child_has_the_name_of_its_parent" / "rule.toml"
    found = port(load(text)[0], "kuery")
    assert found.relation in ("broader", "refused")


@pytest.mark.parametrize("kind", ["keyword", "lowercase"])
def test_public_rules_are_equivalent_or_say_what_was_lost(shared: Path, kind: str) -> None:
    counts: Counter[str] = Counter()
    for path in sorted((shared / "corpora" / "sigma").rglob("*.yml"))[::12]:
        try:
            documents = load(path)
        except ConverterError:
            continue  # the expected counts of a regression case
        for document in documents:
            found = in_kql(document, kind)
            counts[found.relation] += 1
            if found.relation != "equivalent":
                assert found.losses, path.name
            if found.relation in ("narrower", "different"):
                assert found.counterexample is not None and not found.exportable, path.name
    total = sum(counts.values())
    assert counts["unknown"] == 0
    assert counts["refused"] < 0.04 * total
    if kind == "lowercase":
        assert counts["equivalent"] > 0.9 * total and counts["different"] == 0
    else:
        assert counts["narrower"] > 0.6 * total


def test_a_search_without_a_field_is_equivalent_where_every_field_is_held_in_lower_case() -> None:
    text = "title: x\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: linux}\n"
    document = loads(text + "detection:\n    words: [Invalid, 'Kernel:1']\n    condition: words\n", "sigma")[0]
    found = in_kql(document, "lowercase")
    assert (found.relation, found.text) == ("equivalent", "*invalid* or *kernel\\:1*")
    assert in_kql(document, "keyword").relation == "narrower"


@pytest.mark.parametrize("test", ["words", "an expression"])
def test_what_has_no_form_is_broader_by_its_fixed_texts(test: str) -> None:
    text = "title: x\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: linux}\n"
    held = "['New user', b]" if test == "words" else r"{CommandLine|re: 'new\s+user'}"
    document = loads(text + f"detection:\n    words: {held}\n    condition: words\n", "sigma")[0]
    found = in_kql(document, "lowercase")
    assert found.relation == "broader" and found.text is not None and "*new*user*" in found.text
    assert [loss.message.endswith(": a wider test stands for it") for loss in found.losses] == [True]
