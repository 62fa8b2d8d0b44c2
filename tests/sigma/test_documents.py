"""Whole texts: several documents, templates, filters, correlations, positions, damage."""

from __future__ import annotations

import pytest

import converter
from converter.languages.sigma.correlation import Both, Correlation, Either, Neither
from converter.matching import matches
from converter.tree import Glob, walk
from tests.sigma.helpers import rule

GLOBAL = """
action: global
title: Template
logsource: {product: windows}
detection:
    condition: all of sel*
    sel_all: {f: shared}
---
detection:
    sel: {g: one}
---
detection:
    sel: {g: two}
---
action: repeat
detection:
    sel: {g: three}
---
action: reset
---
title: Alone
logsource: {product: windows}
detection:
    sel: {h: four}
    condition: sel
"""


@pytest.mark.parametrize(
    ("event", "hit"),
    [({"f": "shared", "g": "one"}, True), ({"f": "shared", "g": "two"}, True), ({"f": "shared", "g": "three"}, True),
     ({"g": "one"}, False), ({"f": "shared"}, False), ({"h": "four"}, True)],
)  # fmt: skip
def test_templates_are_filled_in(event: dict[str, str], hit: bool) -> None:
    query = converter.parse("sigma", GLOBAL)
    assert converter.matches(query, event) is hit
    assert len(query.extra["rules"]) == 4
    assert "several-rules" in {note.code for note in query.notes}


FILTERED = """
title: Rule
id: 6f3e2987-db24-4c78-a860-b4f4095a7095
name: the_rule
logsource: {product: windows, category: process_creation}
detection:
    sel: {f: a}
    condition: sel
---
title: Filter
logsource: {product: PRODUCT}
filter:
    rules: RULES
    out_1: {u|startswith: adm_}
    out_2: {u: root}
    condition: not 1 of out_*
"""


@pytest.mark.parametrize(
    ("product", "rules", "applies"),
    [("windows", "any", True), ("windows", "[the_rule]", True), ("windows", "[other]", False),
     ("windows", "6f3e2987-db24-4c78-a860-b4f4095a7095", True), ("linux", "any", False), ("windows", "[]", True)],
)  # fmt: skip
def test_a_filter_holds_for_the_rules_that_it_means(product: str, rules: str, applies: bool) -> None:
    query = converter.parse("sigma", FILTERED.replace("PRODUCT", product).replace("RULES", rules))
    assert converter.matches(query, {"f": "a", "u": "bob"})
    assert converter.matches(query, {"f": "a", "u": "adm_x"}) is not applies


def test_what_a_query_carries_beside_its_tree() -> None:
    query = converter.parse("sigma", rule({"s": {"f": 1}, "condition": "s"}, id="x", taxonomy="ecs"))
    assert query.extra["logsource"] == {"product": "test"}
    assert (query.extra["title"], query.extra["id"], query.extra["taxonomy"]) == ("Case", "x", "ecs")


def test_each_value_knows_its_place() -> None:
    text = rule("s:\n    f|contains:\n        - 'one'\n        - two\n    g: three\ncondition: s")
    query = converter.parse("sigma", text)
    places = [text[n.span.start : n.span.end] for n in walk(query.tree) if isinstance(n, Glob) and n.span]
    assert places == ["'one'", "two", "g: three"]


def test_faults_of_the_metadata_are_notes() -> None:
    query = converter.parse("sigma", rule({"s": {"f": 1}, "condition": "s"}, level="bad", date="x"))
    assert [note.code for note in query.notes].count("metadata") >= 2
    assert converter.matches(query, {"f": 1})


def test_unknown_fields_are_noted_once() -> None:
    query = converter.parse("sigma", rule({"s": {"NoSuchField": ["a", "b"]}, "condition": "s"}))
    assert sum(note.code == "unknown-field" for note in query.notes) == 1


DAMAGE = [
    ("", "no rule"),
    ("just text", "a map of keys"),
    ("- a\n- b", "a map of keys"),
    ("title: x", "map under `detection`"),
    ("detection: [a]", "map under `detection`"),
    ("detection: {condition: a}", "no selection"),
    ("detection: {a: {f: 1}}", "no condition"),
    ("detection: {a: {f: 1}, condition: 5}", "condition must be a text"),
    ("detection: {a: {f: 1, f: 2}, condition: a}", "stands twice"),
    ("a: b: c", "no YAML"),
    ("a: 'x", "no YAML"),
    ("a: \x01", "no YAML"),
    ("a: &x [*x]\ndetection: {}", "alias refers to the value"),
    ("action: nope", "no action `nope`"),
    ("a: !!python/object:os.system {}", "no meaning|no YAML"),
    ("title: f\nlogsource: {product: x}\nfilter: {rules: any, s: {f: 1}, condition: s}", "no rule"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), DAMAGE, ids=[d[0][:20] or "empty" for d in DAMAGE])
def test_a_damaged_text_is_an_error_with_its_place(text: str, message: str) -> None:
    with pytest.raises(converter.ParseError, match=message) as caught:
        converter.parse("sigma", text)
    assert caught.value.diagnostics[0].position is not None


def test_aliases_cannot_blow_a_text_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 10) + "]" for i in range(1, 9)]
    with pytest.raises(converter.ParseError, match="too far"):
        converter.parse("sigma", "\n".join(lines))


def test_every_prefix_of_a_rule_is_a_query_or_an_error() -> None:
    text = rule({"s": {"f|re": "a(b)", "g": [1, None]}, "t": ["x"], "condition": "s and not 1 of t*"})
    for end in range(len(text)):
        try:
            converter.parse("sigma", text[:end])
        except converter.ConverterError as error:
            assert error.render()


BASE = """
title: A
name: rule_a
logsource: {product: x}
detection: {s: {f: a}, condition: s}
---
title: B
id: 5638f7c0-ac70-491d-8465-2a65075e0d86
logsource: {product: x}
detection: {s: {f: b}, condition: s}
---
"""


def correlation(body: str) -> Correlation:
    lines = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    tree = converter.parse("sigma", f"{BASE}title: C\nname: outer\ncorrelation:\n{lines}").tree
    assert isinstance(tree, Correlation)
    return tree


def test_an_event_count_is_read() -> None:
    found = correlation("type: event_count\nrules: rule_a\ngroup-by: [user, host]\ntimespan: 90m\n"
                        "condition: {gt: 100, lte: 200}\ngenerate: true")  # fmt: skip
    assert (found.type, found.timespan, found.generate) == ("event_count", 5_400_000, True)
    assert found.bounds == (("gt", 100), ("lte", 200))
    assert [key.name for key in found.keys] == ["user", "host"]
    assert [member.name for member in found.members] == ["rule_a"]


def test_aliases_give_each_rule_its_field() -> None:
    found = correlation("type: temporal_ordered\nrules: [rule_a, 5638f7c0-ac70-491d-8465-2a65075e0d86]\n"
                        "group-by: [who]\ntimespan: 1d\naliases:\n"
                        "    who:\n        rule_a: source.ip\n"
                        "        5638f7c0-ac70-491d-8465-2a65075e0d86: destination.ip")  # fmt: skip
    assert [field.name for field in found.keys[0].fields] == ["source.ip", "destination.ip"]
    assert found.bounds == (("gte", 2),)


def test_a_value_correlation_knows_its_field() -> None:
    found = correlation("type: value_percentile\nrules: [rule_a]\ntimespan: 24h\n"
                        "condition: {field: image, lte: 1.5, percentile: 95}")  # fmt: skip
    assert found.values[0][0].name == "image"
    assert (found.bounds, found.percentile) == ((("lte", 1.5),), 95)


def test_an_extended_condition_is_read() -> None:
    text = BASE.replace("id: 5638f7c0-ac70-491d-8465-2a65075e0d86", "name: rule_b")
    query = converter.parse(
        "sigma",
        text + "title: C\ncorrelation:\n    type: temporal\n    timespan: 5m\n    condition: rule_a and not rule_b",
    )
    assert query.tree.expression == Both(("rule_a", Neither("rule_b")))
    assert Either(("a", "b")) != Both(("a", "b"))
    assert [member.name for member in query.tree.members] == ["rule_a", "rule_b"]


def test_correlations_build_on_correlations() -> None:
    text = (
        BASE
        + """
title: Outer
correlation: {type: temporal_ordered, rules: [many, rule_a], timespan: 1h, group-by: user}
---
title: Inner
name: many
correlation: {type: event_count, rules: [rule_a], timespan: 10m, group-by: [user], condition: {gte: 10}}
"""
    )
    tree = converter.parse("sigma", text).tree
    assert isinstance(tree, Correlation) and tree.title == "Outer"
    inner = tree.members[0].item
    assert isinstance(inner, Correlation) and inner.bounds == (("gte", 10),)


BROKEN = [
    ("rules: [rule_a]\ntimespan: 5m", "needs a `type`"),
    ("type: nope\nrules: [rule_a]\ntimespan: 5m", "no correlation type `nope`"),
    ("type: event_count\nrules: [nope]\ntimespan: 5m\ncondition: {gte: 1}", "no rule `nope`"),
    ("type: event_count\nrules: [rule_a]\ncondition: {gte: 1}", "needs a `timespan`"),
    ("type: event_count\nrules: [rule_a]\ntimespan: 5x\ncondition: {gte: 1}", "`5x` is no time span"),
    ("type: event_count\nrules: [rule_a]\ntimespan: 5m", "needs a `condition`"),
    ("type: event_count\nrules: [rule_a]\ntimespan: 5m\ncondition: {field: a}", "compares with nothing"),
    ("type: event_count\nrules: [rule_a]\ntimespan: 5m\ncondition: {gte: x}", "needs a number"),
    ("type: event_count\nrules: [rule_a]\ntimespan: 5m\ncondition: {over: 1}", "`over` has no place"),
    ("type: value_sum\nrules: [rule_a]\ntimespan: 5m\ncondition: {gte: 1}", "needs a `field`"),
    ("type: event_count\nrules: [rule_a]\ntimespan: 5m\ncondition: rule_a", "is a map"),
    ("type: temporal\nrules: [outer, rule_a]\ntimespan: 5m", "refers to itself"),
    ("type: temporal\ntimespan: 5m", "needs `rules`"),
    ("type: temporal\nrules: [rule_a]\ntimespan: 5m\ngroup-by: w\naliases: {w: {x: y}}", "no field for `rule_a`"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "message"), BROKEN)
def test_a_broken_correlation_is_an_error_with_its_place(body: str, message: str) -> None:
    with pytest.raises(converter.ParseError, match=message) as caught:
        correlation(body)
    assert caught.value.diagnostics[0].span is not None


def test_a_rule_behind_a_pysigma_pipeline_is_read() -> None:
    from sigma.processing.pipeline import ProcessingPipeline

    from converter.languages.sigma._pysigma import rule as pysigma_rule
    from converter.languages.sigma.parse import rule_node
    from converter.languages.sigma.yaml_reader import read_documents

    text = rule({"s": {"Image|endswith": "\\a.exe", "x|re": "b+"}, "t": ["k"], "condition": "s and not t"})
    found, notes = pysigma_rule(read_documents(text)[0])
    assert notes == ()
    pipeline = ProcessingPipeline.from_yaml(
        "name: p\npriority: 1\ntransformations:\n"
        "  - {id: m, type: field_name_mapping, mapping: {Image: process.executable}}\n"
        "  - {id: c, type: add_condition, conditions: {event.category: process}}\n"
    )
    pipeline.apply(found)
    node, _ = rule_node(found, converter.Fields.of(None))
    event = {"process.executable": "c:\\A.EXE", "x": "b", "event.category": "process"}
    assert matches(node, event)
    assert not matches(node, {**event, "event.category": "file"})
    assert not matches(node, {**event, "y": "k"})
