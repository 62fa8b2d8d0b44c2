"""A whole EQL query: event query, sequence or sample, and pipes."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from converter.diagnostics import FieldTypeError, Note, ParseError, Source, Span
from converter.fields import Fields
from converter.languages import Parsed
from converter.languages.eql import atoms
from converter.languages.eql.functions import kind_of
from converter.languages.eql.lower import condition
from converter.languages.eql.parser import Parser
from converter.tree import (
    Category,
    Const,
    Expr,
    FieldValue,
    Key,
    Literal,
    Node,
    Pipe,
    Piped,
    Sample,
    Sequence,
    Stage,
    conj,
)
from converter.tree.stateful import Stateful

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_PIPES = ("head", "tail")
_OLD_PIPES = ("count", "filter", "sort", "unique", "unique_count")
_MOST_RUNS = 100


def parse(source: Source, fields: Fields, dialect: str | None) -> Parsed:
    """A query's tree; raises `ParseError` or `FieldTypeError`."""
    statement = _Statement(source.text, fields)
    tree = statement.whole()
    return Parsed(tree, tuple(statement.notes))


def fold_expression(text: str) -> str | int | float | bool | None:
    """The value of an expression of constants; raises `ParseError` if it is none."""
    statement = _Statement(text, Fields.of({}))
    expr = statement.parser.expression()
    if statement.parser.token.kind != "end":
        raise statement.parser.unexpected("the end of the expression").at(Source(text))
    if not isinstance(expr, Literal):
        raise ParseError("the expression is not constant", span=expr.span, source=Source(text))
    return expr.value


class _Statement:
    def __init__(self, text: str, fields: Fields) -> None:
        self.fields = fields
        self.notes: list[Note] = []
        self.noted: set[str] = set()
        self.parser = Parser(text, self.resolve)

    # names

    def resolve(self, name: str, optional: bool, span: Span) -> Expr:
        """A field's value; null for an optional field that the index does not have."""
        field = self.fields.field(name)
        if not field.mapped:
            if optional:
                return Literal(None, span=span)
            raise self.unknown(name, span)
        self.note(field.known, name, span)
        return FieldValue(replace(field, optional=True) if optional else field, span=span)

    def unknown(self, name: str, span: Span) -> FieldTypeError:
        near = get_close_matches(name, [field.name for field in self.fields], n=1, cutoff=0.8)
        help_ = f"did you mean `{near[0]}`?" if near else f"`?{name}` makes it optional: null where it is not mapped"
        return FieldTypeError(f"unknown column `{name}`", span=span, help=help_)

    def note(self, known: bool, name: str, span: Span) -> None:
        if not known and name not in self.noted:
            self.noted.add(name)
            self.notes.append(Note("unknown-field", f"`{name}` is in no field schema: taken as keyword", span))

    # statements

    def whole(self) -> Node | Stateful:
        parser = self.parser
        if parser.token.kind == "end":
            raise ParseError("the query is empty", span=Span(0, 1), help="for example: process where true")
        if parser.here("join"):
            raise ParseError("`join` is not supported by Elasticsearch", span=parser.token.span, help="use `sequence`")
        query: Node | Sequence | Sample
        if parser.here("sequence"):
            query = self.sequence()
        elif parser.here("sample"):
            query = self.sample()
        else:
            query = self.event()
        pipes = self.pipes()
        if parser.token.kind != "end":
            raise parser.unexpected("the end of the query")
        if not pipes:
            return query
        if isinstance(query, Sample):
            raise ParseError("a sample takes no pipes", span=pipes[0].span)
        return Piped(query, pipes, span=parser.since(0))

    def event(self) -> Node:
        """`category where condition`, with the category as the tree's first conjunct."""
        parser = self.parser
        start = parser.token.start
        category = self.category()
        parser.expect("where", "`where` after the event category")
        expr = parser.expression()
        if not parser.here("]", "|") and parser.token.kind != "end":
            raise parser.unexpected("`and`, `or` or the end of the condition")
        found = condition(expr, self.fields, self.notes)
        if category is None:
            return found
        if isinstance(found, Const) and found.value:
            return category
        return conj([category, found], parser.since(start))

    def category(self) -> Category | None:
        parser = self.parser
        if parser.accept("any"):
            return None
        token = parser.token
        if token.kind not in ("name", "string") or token.quoted:
            raise parser.unexpected(
                "an event category", help="begin with `process where`, `any where`, `sequence` or `sample`"
            )
        parser.take()
        return Category(token.text, span=token.span)

    # sequences

    def sequence(self) -> Sequence:
        parser = self.parser
        start = parser.take().start
        by = self.keys()
        maxspan = self.maxspan()
        if maxspan is not None and not by and parser.here("by"):
            raise parser.unexpected("a stage in brackets", help="write `by` before `with maxspan`")
        stages = self.stages()
        until = None
        if parser.accept("until"):
            until = self.stage()
            if until.missing or until.runs != 1:
                raise ParseError("`until` takes a plain stage", span=until.span)
        self.check_sequence(stages, maxspan, start)
        self.check_keys(by, (*stages, *([until] if until else [])))
        return Sequence(stages, by, maxspan, until, span=parser.since(start))

    def check_sequence(self, stages: tuple[Stage, ...], maxspan: int | None, start: int) -> None:
        span = self.parser.since(start)
        if sum(stage.runs for stage in stages) < 2:
            raise ParseError("a sequence needs two stages", span=span, help="add one, or `with runs=2`")
        if all(stage.missing for stage in stages):
            raise ParseError("a sequence needs a stage that is not missing", span=span)
        if maxspan is None and any(stage.missing for stage in stages):
            raise ParseError(
                "a sequence with a missing event needs `with maxspan`", span=span, help="for example: with maxspan=1m"
            )

    def sample(self) -> Sample:
        parser = self.parser
        start = parser.take().start
        by = self.keys()
        stages = self.stages()
        span = parser.since(start)
        for stage in stages:
            if stage.missing or stage.runs != 1:
                raise ParseError("a sample takes plain stages", span=stage.span)
        if len(stages) < 2:
            raise ParseError("a sample needs two stages", span=span)
        if not by and not stages[0].keys:
            raise ParseError("a sample needs a join key", span=span, help="for example: sample by host.id")
        self.check_keys(by, stages)
        return Sample(stages, by, span=span)

    def stages(self) -> tuple[Stage, ...]:
        stages = [self.stage()]
        while self.parser.here("[", "!["):
            stages.append(self.stage())
        return tuple(stages)

    def stage(self) -> Stage:
        parser = self.parser
        start = parser.token.start
        opening = parser.accept("[", "![")
        if opening is None:
            raise parser.unexpected("a stage in brackets")
        found = self.event()
        parser.expect("]")
        keys = self.keys()
        runs = self.runs()
        return Stage(found, keys, runs, missing=opening.text == "![", span=parser.since(start))

    def runs(self) -> int:
        parser = self.parser
        if not parser.accept("with"):
            return 1
        if parser.token.kind != "name" or parser.token.text != "runs":
            raise parser.unexpected("`runs`", help="for example: with runs=3")
        parser.take()
        parser.expect("=")
        token = parser.token
        if token.kind != "integer" or not 1 <= int(token.text) <= _MOST_RUNS:
            raise parser.unexpected(f"a whole number from 1 to {_MOST_RUNS}", help="for example: with runs=3")
        return int(parser.take().text)

    def keys(self) -> tuple[Key, ...]:
        parser = self.parser
        if not parser.accept("by"):
            return ()
        keys = [self.key()]
        while parser.accept(","):
            keys.append(self.key())
        return tuple(keys)

    def key(self) -> Key:
        parser = self.parser
        if parser.token.kind not in ("name", "?") or parser.tokens[parser.at + 1].kind == "(":
            raise parser.unexpected("a field to join by")
        name, optional, span = parser.field_name()
        field = self.fields.field(name)
        if not field.mapped and not optional:
            raise self.unknown(name, span)
        if field.mapped:
            self.note(field.known, name, span)
            if field.sort in ("object", "nested"):
                raise FieldTypeError(f"`{name}` is of type {field.type}: events cannot be joined by it", span=span)
            field = atoms.exact(field, self.fields, span)
        return Key(replace(field, optional=True) if optional else field, optional, span=span)

    def maxspan(self) -> int | None:
        parser = self.parser
        if not parser.accept("with"):
            return None
        parser.expect("maxspan")
        parser.expect("=")
        number = parser.token
        if number.kind != "integer":
            raise parser.unexpected("a time span", help="a whole number with ms, s, m, h or d, for example 5m")
        parser.take()
        unit = parser.token
        if unit.kind != "name" or unit.text not in _UNITS:
            units = ", ".join(_UNITS)
            raise parser.unexpected("a unit of time", help=f"one of {units}, for example {number.text}s")
        parser.take()
        if int(number.text) == 0:
            raise ParseError("a time span must be more than zero", span=number.span)
        return int(number.text) * _UNITS[unit.text]

    def check_keys(self, by: tuple[Key, ...], stages: tuple[Stage, ...]) -> None:
        """Each stage joins by as many keys, of types that can be equal."""
        first = (*by, *stages[0].keys)
        for stage in stages[1:]:
            if len(stage.keys) != len(stages[0].keys):
                raise ParseError(
                    f"stages join by different numbers of keys: {len(stages[0].keys)} and {len(stage.keys)}",
                    span=stage.span,
                )
            for one, other in zip(first, (*by, *stage.keys), strict=True):
                self.check_pair(one, other)

    def check_pair(self, one: Key, other: Key) -> None:
        if not (one.field.known and other.field.known and one.field.mapped and other.field.mapped):
            return
        kinds = kind_of(FieldValue(one.field)), kind_of(FieldValue(other.field))
        if kinds[0] != kinds[1]:
            raise FieldTypeError(
                f"`{other.field.name}` of type {other.field.type} cannot be joined with "
                f"`{one.field.name}` of type {one.field.type}",
                span=other.span,
            )

    # pipes

    def pipes(self) -> tuple[Pipe, ...]:
        out = []
        parser = self.parser
        while bar := parser.accept("|"):
            out.append(self.pipe(bar.start))
        return tuple(out)

    def pipe(self, start: int) -> Pipe:
        parser = self.parser
        name = parser.token
        if name.kind != "name" or name.text not in _PIPES:
            if name.text in _OLD_PIPES:
                message = f"the pipe `{name.text}` is not supported by Elasticsearch"
                raise ParseError(message, span=name.span, help="`head` and `tail` are")
            raise parser.unexpected("`head` or `tail`")
        parser.take()
        at = parser.token
        count = None if at.kind in ("end", "|") else parser.expression()
        value = count.value if isinstance(count, Literal) else None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            place = Span(at.start, max(at.stop, at.start + 1))
            raise ParseError(f"`{name.text}` takes a whole number", span=place, help=f"for example: {name.text} 10")
        return Pipe(name.text, (str(value),), span=parser.since(start))
