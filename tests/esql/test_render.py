"""Predicates written as ES|QL: what is written means the same, or is refused with a reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

import converter
from converter import UnsupportedError
from converter.languages import get
from converter.matching import EventValues, compile_node
from converter.tree import And, Exists, Glob, Node, Not, Or, Regex, Script, Single, conj, disj, literal, transform
from converter.tree.expr import Arithmetic, FieldValue
from tests.dsl.random_trees import FIELDS, Maker

K, N, ODD = FIELDS.field("k"), FIELDS.field("n"), FIELDS.field("odd name:x")


def written(tree: Node, **options: object) -> str:
    text = get("esql").render(tree, FIELDS, options)
    return text.partition("| WHERE ")[2]


class SingleMaker(Maker):
    """Trees with tests of exactly one value among the others."""

    def atom(self) -> Node:
        found = super().atom()
        field = getattr(found, "field", None)
        roll = self.random.random()
        if field is None or roll < 0.4:
            return found
        if roll < 0.5:
            return Single(field)
        if roll < 0.65:
            return Not(Exists(field)) if self.random.random() < 0.5 else Exists(field)
        return And((Single(field), found if self.random.random() < 0.6 else Not(found)))

    def tree(self, depth: int = 3) -> Node:
        found = super().tree(depth)
        if isinstance(found, And):
            return conj(found.items)
        return disj(found.items) if isinstance(found, Or) else found


@pytest.mark.parametrize("seed", range(4))
def test_a_random_predicate_means_the_same_when_it_is_read_back(seed: int) -> None:
    maker = SingleMaker(seed, nested=False)
    events = [maker.event() for _ in range(60)]
    read = [EventValues(event) for event in events]
    count = 0
    for _ in range(150):
        tree = maker.tree()
        try:
            text = get("esql").render(tree, FIELDS, {})
        except UnsupportedError as error:
            assert error.diagnostics
            continue
        count += 1
        query = converter.parse("esql", text, FIELDS)
        test = compile_node(tree)
        assert converter.match(query, events) == [(i,) for i, event in enumerate(read) if test(event)], text
        again = query.extra.get("predicate")
        if again is not None:
            found = compile_node(again)
            assert [found(event) for event in read] == [test(event) for event in read], text
    assert count > 70


def test_declared_fields_take_plain_operators_and_mean_the_same_on_such_events() -> None:
    maker = SingleMaker(7, nested=False)
    single, present = ("k", "n", "ip", "t"), ("n", "ip")
    schema = FIELDS.extended(
        converter.Fields(
            {
                field.name: replace(field, single=field.name in single, present=field.name in present)
                for field in FIELDS
            },
            closed=True,
        )
    )

    def declared(node: Node) -> Node:
        field = getattr(node, "field", None)
        return node if field is None else replace(node, field=schema.field(field.name))  # type: ignore[call-arg]

    events = []
    for _ in range(60):
        event = {name: v[0] if name in single and isinstance(v, list) else v for name, v in maker.event().items()}
        events.append({"n": 5, "ip": "10.0.0.1", **event})
    read = [EventValues(event) for event in events]
    plain = 0
    for _ in range(200):
        tree = transform(maker.tree(), declared)
        try:
            text = get("esql").render(tree, schema, {})
        except UnsupportedError:
            continue
        plain += " k == " in text or " n == " in text
        test = compile_node(tree)
        found = converter.match(converter.parse("esql", text, schema), events)
        assert found == [(i,) for i, event in enumerate(read) if test(event)], text
    assert plain > 5


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (And((Single(K), Glob(K, literal("a")))), 'k == "a"'),
        (And((Single(K), Not(Glob(K, literal("a"))))), 'k != "a"'),
        (And((Single(K), Or((Glob(K, literal("a")), Glob(K, literal("b")))))), 'k IN ("a", "b")'),
        (And((Single(K), Glob(K, literal("a.b"), "ascii"))), 'k RLIKE """[aA]\\.[bB]"""'),
        (Not(And((Single(K), Glob(K, literal("a"))))), 'NOT COALESCE(k == "a", false)'),
        (Single(K), "MV_COUNT(k) == 1"),
        (Not(Single(K)), "k IS NULL OR MV_COUNT(k) > 1"),
        (Exists(K), "k IS NOT NULL"),
        (Not(Exists(K)), "k IS NULL"),
        (Glob(K, literal("a")), 'QSTR("k:a")'),
        (Not(Glob(K, literal("a"))), 'NOT QSTR("k:a")'),
        (And((Single(K), Single(N), Script(Arithmetic("==", FieldValue(K), FieldValue(ODD))))), None),
        (
            And(
                (
                    Single(K),
                    Single(ODD),
                    Script(Arithmetic("==", FieldValue(K), FieldValue(ODD))),
                )
            ),
            "k == `odd name:x`",
        ),
        (And((Not(Exists(K)), Or((And((Single(K), Glob(K, literal("a")))), Exists(N))))),
         'NOT QSTR("_exists_:k") AND (k == "a" OR n IS NOT NULL)'),
    ],
)  # fmt: skip
def test_the_form_is_the_plainest_that_is_exact(tree: Node, text: str | None) -> None:
    if text is None:
        with pytest.raises(UnsupportedError):
            written(tree)
    else:
        assert " ".join(written(tree).split()) == text


def test_the_source_is_what_was_asked_for() -> None:
    text = get("esql").render(Exists(K), FIELDS, {"index": ["logs-*", "a b"]})
    assert text.splitlines()[0] == 'FROM logs-*, "a b" METADATA _id, _index, _version'


def test_every_node_without_a_form_is_named() -> None:
    tree = And((Single(FIELDS.field("x")), Regex(FIELDS.field("lc"), "A.*"), Glob(K, literal("a"))))
    with pytest.raises(UnsupportedError) as caught:
        written(tree)
    assert len(caught.value.diagnostics) == 2
