"""Trees of any language written as EQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.diagnostics import Diagnostic, UnsupportedError
from converter.fields import Fields
from converter.languages.eql import render_atoms, spelling
from converter.languages.eql.layout import Doc, Negated, Text, condition, join
from converter.languages.eql.render_script import script_level
from converter.query import Tree
from converter.tree import (
    And,
    Category,
    Cidr,
    Const,
    Exists,
    Glob,
    Key,
    Length,
    Nested,
    Node,
    Not,
    Or,
    Phrase,
    Piped,
    Range,
    Regex,
    Sample,
    Script,
    Sequence,
    Single,
    Stage,
    Term,
    conj,
)

LIMITS: Mapping[str, str] = {
    "text": "EQL compares whole values; analysed text has none",
    "phrase": "EQL has no full-text search",
    "nested": "EQL does not reach into nested objects",
    "single": "EQL cannot ask how many values a field has",
    "object-exists": "EQL names single fields, not objects",
    "keyword": "EQL has no search over all fields",
    "range-one-value": "EQL tests each end of a range on its own, so two values may meet them; exact where a field "
    "is declared to hold one value",
    "compare-fields": "Elasticsearch compares a field or function with a constant only",
    "fold-ascii-two-fields": "functions of several fields fold all of Unicode, not ASCII only",
    "pipeline": "EQL has no aggregation",
}

_ATOMS = (Exists, Glob, Regex, Term, Range, Cidr, Length)


def render(tree: Tree, fields: Fields, options: Mapping[str, Any]) -> str:
    """The tree as EQL; raises `UnsupportedError` with a diagnostic for each node that EQL cannot say.

    Options: `category_field` (where a category stands inside a condition), `lift_category` (a conjunct
    `event.category == "x"` becomes `x where`)."""
    writer = _Writer(fields, str(options.get("category_field") or "event.category"), bool(options.get("lift_category")))
    text = writer.query(tree)
    if writer.problems:
        raise UnsupportedError.of(writer.problems)
    return text


class _Writer:
    def __init__(self, fields: Fields, category_field: str, lift: bool) -> None:
        self.fields = fields
        self.category_field = category_field
        self.lift = lift
        self.problems: list[Diagnostic] = []

    def query(self, tree: Tree) -> str:
        match tree:
            case Piped(query=query, pipes=pipes):
                return "\n| ".join([self.query(query), *(" ".join((pipe.name, *pipe.args)) for pipe in pipes)])
            case Sequence(stages=stages, by=by, maxspan=maxspan, until=until):
                head = "sequence" + self.keys(by) + (f" with maxspan={spelling.span(maxspan)}" if maxspan else "")
                lines = [head, *map(self.stage, stages)]
                if until is not None:
                    lines.append("until" + self.stage(until)[1:])
                return "\n".join(lines)
            case Sample(stages=stages, by=by):
                return "\n".join(["sample" + self.keys(by), *map(self.stage, stages)])
        if not isinstance(tree, Node):
            raise UnsupportedError(f"EQL cannot say a {type(tree).__name__.lower()}")
        return self.event(tree, 0)

    def keys(self, keys: tuple[Key, ...]) -> str:
        if not keys:
            return ""
        return " by " + ", ".join(spelling.field_name(key.field.name, key.optional) for key in keys)

    def stage(self, stage: Stage) -> str:
        opening = "![" if stage.missing else "["
        event = self.event(stage.condition, 2)
        runs = f" with runs={stage.runs}" if stage.runs != 1 else ""
        return f"  {opening}{event}]{self.keys(stage.keys)}{runs}"

    # events

    def event(self, tree: Node, indent: int) -> str:
        category, rest = self.category(tree)
        return condition(f"{category} where", self.doc(rest), indent)

    def category(self, tree: Node) -> tuple[str, Node]:
        """The category before `where` and what is left of the tree."""
        items = tree.items if isinstance(tree, And) else (tree,)
        for index, item in enumerate(items):
            value = self.lifted(item)
            if value is not None:
                return spelling.category(value), conj(items[:index] + items[index + 1 :])
        return "any", tree

    def lifted(self, item: Node) -> str | None:
        if isinstance(item, Category):
            return item.value
        if self.lift and isinstance(item, Glob) and item.field.name == self.category_field and item.fold == "none":
            from converter.tree import text_of

            return text_of(item.tokens)
        return None

    # conditions

    def doc(self, node: Node, positive: bool = True) -> Doc:
        match node:
            case Const(value=value):
                return Text("true" if value is positive else "false")
            case And(items=items):
                inner = join("and", [self.doc(item) for item in items])
                return inner if positive else Negated(inner)
            case Or(items=items):
                return self.either(items, positive)
            case Not(item=item):
                if isinstance(item, Not | And) or (isinstance(item, Or) and not positive):
                    inner = self.doc(item)
                    return Negated(inner) if positive else inner
                return self.doc(item, not positive)
            case Category(value=value):
                name = spelling.field_name(self.category_field)
                return Text(f"{name} {'==' if positive else '!='} {spelling.string(value)}")
            case Script():
                return self.script(node, positive)
        if isinstance(node, _ATOMS):
            return self.atoms((node,), positive)
        return self.refused(node)

    def either(self, items: tuple[Node, ...], positive: bool) -> Doc:
        """An `or`: neighbours on one field become a list."""
        runs: list[list[Node]] = []
        for item in items:
            key = render_atoms.run_key(item)
            if runs and key is not None and key == render_atoms.run_key(runs[-1][0]):
                runs[-1].append(item)
            else:
                runs.append([item])
        if len(runs) == 1 and len(runs[0]) > 1:
            return self.atoms(tuple(runs[0]), positive)
        docs = [self.atoms(tuple(run), True) if len(run) > 1 else self.doc(run[0]) for run in runs]
        inner = join("or", docs)
        return inner if positive else Negated(inner)

    def atoms(self, run: tuple[Node, ...], positive: bool) -> Doc:
        try:
            return render_atoms.write(run, self.fields, positive)
        except UnsupportedError as error:
            self.problems += error.diagnostics
            return Text("true")

    def script(self, node: Script, positive: bool) -> Doc:
        try:
            text, loose = script_level(node.expr)
        except UnsupportedError as error:
            self.problems += error.diagnostics
            return Text("true")
        doc = Text(f"({text})" if loose else text)
        return doc if positive else Negated(doc)

    def refused(self, node: Node) -> Doc:
        match node:
            case Phrase(field=field):
                reason = f"a search for words in `{field.name}`"
            case Nested(path=path):
                reason = f"a condition on one object of `{path}`"
            case Single(field=field):
                reason = f"that `{field.name}` has one value"
            case _:
                reason = f"a {type(node).__name__.lower()}"
        self.problems.append(Diagnostic(UnsupportedError.code, f"EQL cannot say {reason}", span=node.span))
        return Text("true")
