"""What an emitted text is to its rule: relation, causes, and an event that shows it."""

from __future__ import annotations

from typing import Any

import pytest

import converter
from converter.audit import OUTPUTS, Emitted, Finding, judge, subject
from converter.audit.causes import (
    CASE,
    CASED,
    EQUALS,
    FIRST_ONLY,
    FOLDED,
    LIKE,
    MISSING,
    MULTIPLE,
    NUMBER,
    OPERATOR,
    OUTSIDE,
    SPLIT,
)
from converter.audit.regexes import ANCHORS, AT, BOUNDARY, COMPLEX, DASH, DOT, GROUPS, LAZY, QUOTES, WHOLE
from converter.audit.schemas import schemas, uses_of
from converter.fields import Fields
from converter.fields.kinds import of_kind
from converter.languages.sigma.parse import single_rule
from tests.sigma.helpers import rule


def found(detection: Any, output: str, text: str, fields: Any = "keyword") -> Finding:
    if "condition" not in detection:
        detection = {"sel": detection, "condition": "sel"}
    made = subject(rule(detection, id="6f3e2987-db24-4c78-a860-b4f4095a7095"), None, fields)
    return judge(made, OUTPUTS[output], Emitted((text,)))


ESQL = "from * metadata _id, _index, _version | where "
NOT = {"sel": {"f": "a"}, "out": {"g": "b"}, "condition": "sel and not out"}

WRONG = [
    ({"f|endswith": "\\cmd.exe"}, "lucene", "f:*\\\\cmd.exe", "keyword", "narrower", {CASE}),
    ({"f|endswith": "\\cmd.exe"}, "eql", 'any where f:"*\\\\cmd.exe"', "keyword", "equivalent", set()),
    ({"f|endswith": "\\cmd.exe"}, "lucene", "f:*\\\\cmd.exe", "lowercase", "equivalent", set()),
    ({"f.caseless|endswith": "a"}, "lucene", "f.caseless:*a", "caseless", "equivalent", set()),
    (NOT, "lucene", "f:a AND (NOT g:b)", "keyword", "different", {CASE}),
    ({"f": 1}, "esql", ESQL + "f==1", "keyword", "narrower", {MULTIPLE}),
    (NOT, "esql", ESQL + 'f=="a" and not g=="b"', "lowercase", "narrower", {MULTIPLE, MISSING}),
    ({"f|re": "ab+"}, "lucene", "f:/ab+/", "keyword", "narrower", {WHOLE}),
    ({"f|re": "^ab$"}, "lucene", "f:/^ab$/", "keyword", "different", {WHOLE, ANCHORS}),
    ({"f|re": "(?:a|b)c"}, "lucene", "f:/(?:a|b)c/", "keyword", "narrower", {WHOLE, GROUPS}),
    ({"f|re|i": "ab"}, "lucene", "f:/(?i)ab/", "keyword", "narrower", {WHOLE, GROUPS}),
    ({"f|re": 'a".b"'}, "lucene", 'f:/a".b"/', "keyword", "different", {WHOLE, QUOTES}),
    ({"f|re": 'a"b'}, "lucene", 'f:/a"b/', "keyword", "narrower", {QUOTES}),
    ({"f|re": "^a[0-9]+?c"}, "lucene", "f:/^a[0-9]+?c/", "keyword", "different", {WHOLE, ANCHORS, LAZY}),
    ({"f|re": "[a-z.-]+x]"}, "lucene", "f:/[a-z.-]+x]/", "keyword", "different", {WHOLE, DASH}),
    ({"f|re": "a@b"}, "lucene", "f:/a@b/", "keyword", "different", {WHOLE, AT}),
    ({"f|re": "a\\b.c"}, "lucene", "f:/a\\b.c/", "keyword", "narrower", {BOUNDARY}),
    ({"f|re": "a.c"}, "lucene", "f:/a.c/", "keyword", "different", {WHOLE, DOT}),
    ({"f|re": "ABC"}, "lucene", "f:/ABC/", "lowercase", "different", {WHOLE, CASED}),
    ({"f|re": "(a|b) .{2,128} -D .{1,32}S"}, "lucene", "f:/(a|b) .{2,128} -D .{1,32}S/", "keyword", "narrower",
     {COMPLEX}),
    ({"f": "É"}, "lucene", "f:É", "lowercase", "broader", {OUTSIDE}),
    ({"f|re": "ab"}, "eql", 'any where f regex~ "ab"', "keyword", "different", {WHOLE, FOLDED}),
    ({"f|contains|cased": "Foo"}, "eql", 'any where f == "*Foo*"', "keyword", "narrower", {EQUALS}),
    ({"f|contains": "Temp\\"}, "esql", ESQL + 'f like "*Temp\\\\*"', "lowercase", "different", {MULTIPLE, LIKE}),
    ({"f": "a\tb"}, "lucene", "f:a\tb", "lowercase", "different", {SPLIT}),
    ({"f": "<a>"}, "lucene", "f:\\<a\\>", "lowercase", "broader", {OPERATOR}),
    (
        {"sel": {"g": "a"}, "out": {"f|windash|contains": " -n "}, "condition": "sel and not out"}, "esql",
        ESQL + 'g=="a" and not f like "* -n *" or f like "* /n *" or f like "* –n *" or f like "* —n *" '
        'or f like "* ―n *"',
        "lowercase", "different", {FIRST_ONLY},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("detection", "output", "text", "kind", "relation", "causes"), WRONG)
def test_a_relation_and_its_causes(
    detection: Any, output: str, text: str, kind: str, relation: str, causes: set[str]
) -> None:
    finding = found(detection, output, text, kind)
    assert (finding.accepted, finding.relation, set(finding.causes)) == (True, relation, causes), finding


@pytest.mark.parametrize(("detection", "output", "text", "kind", "relation", "causes"), WRONG)
def test_each_counterexample_tells_the_rule_from_the_output(
    detection: Any, output: str, text: str, kind: str, relation: str, causes: set[str]
) -> None:
    finding = found(detection, output, text, kind)
    if relation == "equivalent":
        assert finding.counterexample is None
        return
    assert finding.counterexample is not None and finding.expected is not None
    if "condition" not in detection:
        detection = {"sel": detection, "condition": "sel"}
    _, read = single_rule(rule(detection))
    both = schemas(uses_of(read.detection), kind)
    own = converter.matches(converter.parse("sigma", rule(detection), both.rule), finding.counterexample)
    theirs = bool(
        converter.match(converter.parse(OUTPUTS[output].language, text, both.index), [finding.counterexample])
    )
    assert (own, theirs) == (finding.expected, not finding.expected)


def test_a_number_without_a_field_is_searched_as_a_whole_value() -> None:
    finding = found({"sel": [4625, "a"], "condition": "sel"}, "lucene", "4625 OR *a*", "lowercase")
    assert (finding.relation, finding.causes) == ("narrower", (NUMBER,))


REJECTED = [
    ({"f|contains": "\\Temp\\x"}, "esql", ESQL + 'f like "*\\\\Temp\\\\x*"', "rejected: single backslash in LIKE"),
    ({"f|contains": "a\\*b"}, "esql", ESQL + 'f like "*a\\*b*"',
     "rejected: invalid escape in a string literal (\\* or \\?)"),
    ({"f|re": 'a"b'}, "esql", ESQL + 'f rlike "a\\"b"', "rejected: regex syntax"),
    ({"source.ip|startswith": "10."}, "esql", ESQL + 'starts_with(source.ip, "10.")',
     "rejected: string predicate on an ip field"),
    ({"source.port": ["80", 443]}, "esql", ESQL + 'source.port in ("80", 443)',
     "rejected: type mismatch (text against number or boolean)"),
    ({"a-b": "x"}, "eql", 'any where a-b:"x"', "rejected: unknown column"),
    ({"sel": ["x"], "condition": "sel"}, "eql", 'any where "x" or "y"', "rejected: keyword search is no condition"),
    ({"f": "AND"}, "lucene", "f:AND", "rejected: syntax"),
]  # fmt: skip


@pytest.mark.parametrize(("detection", "output", "text", "cause"), REJECTED)
def test_a_text_that_elasticsearch_rejects_is_not_accepted(detection: Any, output: str, text: str, cause: str) -> None:
    finding = found(detection, output, text)
    assert (finding.accepted, finding.relation, finding.causes) == (False, None, (cause,))
    assert finding.counterexample is None and finding.error


@pytest.mark.parametrize(("chain", "accepted"), [(298, True), (299, False)])
def test_an_expression_of_too_many_levels_is_rejected(chain: int, accepted: bool) -> None:
    """Elasticsearch 8.19.21 takes 298 alternatives in a row, and no more."""
    values = [f"v{i}*" for i in range(chain)]
    finding = found({"f": values}, "esql", ESQL + " or ".join(f'f like "{value}"' for value in values))
    assert finding.accepted is accepted
    assert accepted or finding.causes == ("rejected: expression too deep (more than 300)",)


@pytest.mark.parametrize(
    ("error", "cause"),
    [("NotImplementedError: String value expressions are not supported by the backend.", "keyword search (no field)"),
     ("SigmaPlaceholderError: Attempt to convert unhandled placeholder 'x' into query.", "placeholder"),
     ("SigmaFeatureNotSupportedByBackendError: ES Lucene backend can't handle field references.", "field reference"),
     ("ValueError: odd", "ValueError")],
)  # fmt: skip
def test_what_a_back_end_cannot_convert_has_a_name(error: str, cause: str) -> None:
    made = subject(rule({"sel": {"f": "a"}, "condition": "sel"}), None, "keyword")
    finding = judge(made, OUTPUTS["esql"], Emitted(error=error))
    assert (finding.accepted, finding.converted, finding.causes) == (False, False, (f"not converted: {cause}",))


def test_several_texts_are_one_query() -> None:
    detection = {"a": {"f": "1"}, "b": {"f": "2"}, "condition": ["a", "b"]}
    made = subject(rule(detection), None, "keyword")
    assert judge(made, OUTPUTS["lucene"], Emitted(("f:1", "f:2"))).relation == "equivalent"
    assert judge(made, OUTPUTS["lucene"], Emitted(("f:1",))).relation == "narrower"


def test_a_field_has_the_type_that_its_values_say() -> None:
    detection = {
        "sel": {"n": [1, 2], "x": 1.5, "b": True, "t": [1, "a"], "net|cidr": "10.0.0.0/8", "source.ip": "10.1.1.1",
                "destination.port": "80", "big|gt": 5},
        "condition": "sel",
    }  # fmt: skip
    _, read = single_rule(rule(detection))
    index = schemas(uses_of(read.detection), "lowercase").index
    types = {"n": "long", "x": "double", "b": "boolean", "t": "keyword_lowercase", "net": "ip", "source.ip": "ip",
             "destination.port": "long", "big": "long", "message": "keyword_lowercase"}  # fmt: skip
    assert {field.name: field.type for field in index} == types


def test_the_users_own_fields_type_the_output() -> None:
    own = Fields.of({"f": "keyword", "g": "keyword_lowercase"})
    assert found({"f": "a"}, "lucene", "f:a", own).relation == "narrower"
    assert found({"g": "a"}, "lucene", "g:a", own).relation == "equivalent"
    assert found({"g": "a"}, "lucene", "g:a", of_kind("lowercase")).relation == "equivalent"


def test_an_assumption_is_named() -> None:
    finding = found({"f": "kill"}, "lucene", "f:kill", "lowercase")
    assert finding.relation == "equivalent"
    assert any("U+212A" in fact for fact in finding.given)
    assert found({"f": "1"}, "lucene", "f:1", "keyword").given == ()


def test_what_is_no_single_rule_is_refused() -> None:
    with pytest.raises(converter.ParseError, match="no single Sigma rule"):
        subject(
            rule({"s": {"f": "a"}, "condition": "s"}) + "---\n" + rule({"s": {"f": "b"}, "condition": "s"}),
            None,
            "keyword",
        )
