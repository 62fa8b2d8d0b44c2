"""ES|QL's tests of one field as nodes: when is the test true, when is it false."""

from __future__ import annotations

from typing import Any

from converter.fields import Fields
from converter.languages.esql.casing import lower_glob
from converter.languages.esql.readings import bound, either_zero, number, refuse, regex_tokens, relative
from converter.matching.pipeline.code import Code, is_null
from converter.matching.pipeline.columns import Scope, exact_twin
from converter.matching.pipeline.comparing import check_listed, common, pushed_constant, pushed_operator
from converter.matching.pipeline.compiler import Compiler, Place, ReadQuery
from converter.matching.pipeline.moving import moved
from converter.matching.pipeline.patterns import like_tokens
from converter.matching.pipeline.search import search_node
from converter.matching.pipeline.types import DATES, STRINGS, type_of
from converter.matching.values import lowercase, parse_network
from converter.tree import (
    ALWAYS,
    ANY,
    NEVER,
    Cidr,
    DateMath,
    Exists,
    Field,
    Glob,
    Length,
    Node,
    Not,
    Regex,
    Script,
    Single,
    Term,
    Token,
    conj,
    disj,
    literal,
    merge_tokens,
    negate,
    text_of,
)
from converter.tree.expr import Arithmetic, FieldValue
from converter.tree.pipeline import (
    Cast,
    Column,
    Constant,
    Either,
    Expression,
    Function,
    Interval,
    IsNull,
    Like,
    MatchOperator,
    OneOf,
    Operation,
    walk_expression,
)
from converter.tree.zero import signed

_SWAP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_CASING = ("to_lower", "to_upper")


class Atoms:
    """Reads atoms over the index's fields."""

    def __init__(self, scope: Scope, fields: Fields, read_query: ReadQuery) -> None:
        self.scope, self.fields = scope, fields
        self.compiler = Compiler(scope, fields, 0, Place(search=True, condition=True), read_query)

    def joined(self, item: Either) -> tuple[Expression, ...]:
        return self.compiler.joined(item.items)

    def node(self, item: Expression, truth: bool, pushed: bool) -> Node:
        """The events on which the test is true, or false."""
        if is_null(self.compiler.compile(item)):
            return NEVER
        match item:
            case Constant(value=value):
                return ALWAYS if value is truth else NEVER
            case Column():
                field = self._field(item)
                return self._single(field, Term(field, True), truth)
            case IsNull(item=inner, negated=negated):
                exists = Exists(self._field(inner), span=item.span)
                return exists if negated is truth else Not(exists, span=item.span)
            case MatchOperator():
                return self._search(item, truth)
            case Operation():
                return self._operation(item, truth, pushed)
            case OneOf():
                return self._one_of(item, truth, pushed)
            case Like():
                return self._like(item, truth, pushed)
            case Function():
                return self._function(item, truth, pushed)
        raise refuse("the condition is no test of single fields", item)

    def _search(self, item: Function | MatchOperator, truth: bool) -> Node:
        found = search_node(self.compiler, item)
        return found if truth else negate(found)

    def _field(self, item: Expression) -> Field:
        """The field that the expression is; a cast to its own type changes nothing."""
        while True:
            match item:
                case Cast(item=inner, type="keyword" | "string") if self._kind(inner) == "keyword":
                    item = inner
                case Function(name="to_string", args=(inner,)) if self._kind(inner) == "keyword":
                    item = inner
                case _:
                    break
        if not isinstance(item, Column):
            raise refuse("the condition tests what a function makes of a field", item)
        column = self.scope.find(item.name)
        if column is None or column.field is None:
            raise refuse(f"`{item.name}` is no field of the index", item)
        return column.field

    def _kind(self, item: Expression) -> str | None:
        column = self.scope.find(item.name) if isinstance(item, Column) else None
        return column.type if column is not None else None

    def _single(self, field: Field, atom: Node, truth: bool) -> Node:
        return conj([self._one(field), atom if truth else negate(atom)])

    def _one(self, field: Field) -> Node:
        """The field has one value, as it is loaded: text from a keyword beside it, where there is one."""
        return Single((exact_twin(field, self.fields) if field.sort == "text" else None) or field)

    def at_most_one(self, item: Expression) -> Node:
        """The field has no several values."""
        field = self._field(item)
        return disj([Not(Exists(field)), self._one(field)])

    # Comparison

    def _operation(self, asked: Operation, truth: bool, pushed: bool) -> Node:
        item = moved(asked, self.scope)
        assert isinstance(item, Operation)
        left, right, op = item.left, item.right, item.op
        if op not in _SWAP:
            raise refuse("the condition is arithmetic", item)
        if self._folds(left) and not self._folds(right):
            left, right, op = right, left, _SWAP[op]
        if not self._folds(right):
            return self._two_fields(item, left, right, truth)
        wrong = self._wrong_case(left, right)
        if wrong is not None and op in ("==", "!="):
            exists = Exists(wrong, span=item.span)
            if op == "==":
                return NEVER if truth else ALWAYS
            return exists if truth else Not(exists, span=item.span)
        if op == "!=":
            op, truth = "==", not truth
        match left:
            case Function(name=name, args=(inner,)) if name in _CASING:
                return self._cased(item, name, inner, self._constant(right), op, truth)
            case Function(name="length", args=(inner,)):
                return self._length(item, inner, op, self._constant(right).value(), truth)
            case Function(name="mv_count", args=(inner,)):
                return self._count(item, inner, op, self._constant(right).value(), truth)
            case Operation():
                raise refuse("the condition is arithmetic", left)
        field = self._field(left)
        return self._single(field, self._compared(item, field, op, left, right, pushed), truth)

    def _folds(self, item: Expression) -> bool:
        match item:
            case Constant() | Interval():
                return True
            case Function(name="now"):
                return True
            case Function(args=args):
                return bool(args) and all(map(self._folds, args))
            case Cast(item=inner):
                return self._folds(inner)
            case Operation(left=left, right=right):
                return self._folds(left) and self._folds(right)
        return False

    def _constant(self, item: Expression) -> Code:
        if any(isinstance(part, Function) and part.name == "now" for part in walk_expression(item)):
            raise refuse("the condition computes with the clock", item)
        return self.compiler.compile(item)

    def _compared(
        self, item: Operation, field: Field, op: str, left: Expression, right: Expression, pushed: bool,
        listed: bool = False,
    ) -> Node:  # fmt: skip
        kind = type_of(field)
        if kind in DATES:
            maths = relative(right)
            if maths is not None:
                return bound(field, op, DateMath(maths), item)
        _, code, shared = common(
            self.compiler, left, self.compiler.compile(left), right, self._constant(right), item.span
        )
        if shared == "null":
            return NEVER
        if pushed:
            code, op = pushed_constant(self.compiler, left, code, op), pushed_operator(self.compiler, left, op)
        value = code.value()
        if value is None or isinstance(value, tuple):
            return NEVER
        if kind == "text":
            raise refuse(f"`{field.name}` is text: the index holds its words, ES|QL compares the whole", item)
        if kind in STRINGS:
            return Glob(field, literal(value), span=item.span) if op == "==" else bound(field, op, value, item)
        if kind == "version":
            if op != "==":
                raise refuse("an order of versions has no counterpart", item)
            return Glob(field, literal(value), span=item.span)
        if kind == "double" and value == 0 and not pushed and not listed:
            return either_zero(field, op, item)
        value = signed(value) if kind == "double" else number(kind, value, item)
        return bound(field, op, value, item)

    def _wrong_case(self, left: Expression, right: Expression) -> Field | None:
        """The field, where TO_LOWER(field) is compared with a text that is not lower case (or so for TO_UPPER).

        Elasticsearch takes this as plain false, and its direct negation as IS NOT NULL."""
        if not isinstance(left, Function) or left.name not in _CASING:
            return None
        text = self._constant(right).value()
        if not isinstance(text, str) or (text.lower() if left.name == "to_lower" else text.upper()) == text:
            return None
        return self._string(left.args[0])

    def _cased(self, item: Operation, name: str, inner: Expression, right: Code, op: str, truth: bool) -> Node:
        field = self._string(inner)
        text = right.value()
        if op != "==" or not isinstance(text, str):
            raise refuse("an order of texts in one case has no counterpart", item)
        fold: Any = "ascii" if any(char.isascii() and char.isalpha() for char in text) else "none"
        return self._single(field, Glob(field, literal(text.lower() if text.isascii() else text), fold), truth)

    def _string(self, item: Expression) -> Field:
        field = self._field(item)
        if type_of(field) != "keyword":
            raise refuse(f"`{field.name}` is text: the index holds its words, ES|QL compares the whole", item)
        return field

    def _length(self, item: Operation, inner: Expression, op: str, value: Any, truth: bool) -> Node:
        field = self._string(inner)
        if not isinstance(value, int):
            raise refuse("a length is compared with a whole number only", item)
        low, high = {
            "==": (value, value), "<": (0, value - 1), "<=": (0, value), ">": (value + 1, None), ">=": (value, None)
        }[op]  # fmt: skip
        atom: Node = Length(field, max(low, 0), high) if high is None or high >= 0 else NEVER
        return self._single(field, atom, truth)

    def _count(self, item: Operation, inner: Expression, op: str, value: Any, truth: bool) -> Node:
        field = self._field(inner)
        one, some = self._one(field), Exists(field)
        several = conj([some, Not(one)])
        match (op, value):
            case ("==", 1) | ("<", 2) | ("<=", 1):
                return one if truth else several
            case (">", 1) | (">=", 2):
                return several if truth else one
            case (">", 0) | (">=", 1):
                return some if truth else NEVER
        raise refuse("a number of values other than one has no counterpart", item)

    def _two_fields(self, item: Operation, left: Expression, right: Expression, truth: bool) -> Node:
        a, b = self._field(left), self._field(right)
        kinds = {type_of(a), type_of(b)}
        if (
            item.op not in ("==", "!=")
            or len(kinds) > 1
            or not kinds <= {"keyword", "long", "integer", "boolean", "ip"}
        ):
            raise refuse("two fields are compared here by `==` only, and of one type", item)
        if "keyword_lowercase" in (a.type, b.type):
            raise refuse("a field with a normaliser is compared with another field", item)
        same = Script(Arithmetic("==", FieldValue(a), FieldValue(b)), span=item.span)
        equal = truth is (item.op == "==")
        return conj([Single(a), Single(b), same if equal else Not(same)])

    def _one_of(self, item: OneOf, truth: bool, pushed: bool) -> Node:
        if len(item.values) == 1:
            op = "!=" if item.negated else "=="
            return self.node(Operation(op, item.item, item.values[0], span=item.span), truth, pushed)
        truth = truth is not item.negated
        if not all(map(self._folds, item.values)):
            raise refuse("IN compares with other fields", item)
        check_listed(self.compiler, item, pushed)
        values = [value for value in item.values if not is_null(self._constant(value))]
        if len(values) < len(item.values) and not truth:
            return NEVER
        self._check_doubles(item, pushed)
        if isinstance(item.item, Function) and item.item.name in _CASING:
            field = self._string(item.item.args[0])
            texts = [self._constant(value).value() for value in values]
            atoms = [lower_glob(field, literal(text), item.item.name, item) for text in texts]
        else:
            field = self._field(item.item)
            atoms = [
                self._compared(Operation("==", item.item, v, span=item.span), field, "==", item.item, v, pushed, True)
                for v in values
            ]
        return self._single(field, disj(atoms), truth)

    def _check_doubles(self, item: OneOf, pushed: bool) -> None:
        """Beside a double all values are doubles, unless the index is asked."""
        codes = [self._constant(value) for value in item.values]
        if pushed or all(code.type != "double" for code in codes):
            return
        if any(isinstance(value := code.value(), int) and abs(value) >= 2**53 for code in codes):
            raise refuse("a whole number beyond 2^53 is compared as a double", item)

    # Patterns

    def _like(self, item: Like, truth: bool, pushed: bool) -> Node:
        positive, truth = truth, truth is not item.negated
        name = item.item.name if isinstance(item.item, Function) else ""
        inner = item.item.args[0] if isinstance(item.item, Function) and name in _CASING else item.item
        reads = [self._pattern(item, pattern) for pattern in item.patterns]
        if len(reads) == 1 and reads[0][0] == (ANY,):
            exists = Exists(self._field(inner), span=item.span)
            return exists if truth else Not(exists)
        exact = text_of(reads[0][0]) if len(reads) == 1 and reads[0][0] is not None else None
        if exact is not None and (exact or item.kind == "rlike"):
            op = "!=" if item.negated else "=="
            same = Operation(op, item.item, Constant(exact, "keyword"), span=item.span)
            return self.node(same, positive, pushed)
        field = self._string(inner)
        several = len(reads) > 1
        folds = pushed and not several and field.type == "keyword_lowercase"
        atoms: list[Node] = []
        for tokens, pattern in reads:
            if tokens == () and item.kind == "like" and (several or pushed):
                continue
            atoms.append(self._pattern_atom(item, field, tokens, pattern, name, folds))
        return self._single(field, disj(atoms), truth)

    def _pattern(self, item: Like, pattern: str) -> tuple[tuple[Token, ...] | None, str]:
        """A pattern's tokens where it is a glob, and its text."""
        if item.kind == "like":
            return like_tokens(pattern, item.span), pattern
        return regex_tokens(pattern), pattern

    def _pattern_atom(
        self, item: Like, field: Field, tokens: tuple[Token, ...] | None, pattern: str, name: str, folds: bool
    ) -> Node:
        if name in _CASING:
            if tokens is None:
                raise refuse(f"{name.upper()} folds all of Unicode; no regular expression says the same", item)
            return lower_glob(field, tokens, name, item)
        if tokens is None:
            return Regex(field, pattern.lower() if folds else pattern, span=item.span)
        if folds:
            tokens = tuple(lowercase(token) if isinstance(token, str) else token for token in tokens)
        return Glob(field, tokens, span=item.span)

    # Functions

    def _function(self, item: Function, truth: bool, pushed: bool) -> Node:
        match item.name:
            case "kql" | "qstr" | "match" | "match_phrase" | "multi_match":
                return self._search(item, truth)
            case "starts_with" | "ends_with" | "contains":
                return self._part(item, truth, pushed)
            case "cidr_match":
                return self._cidr(item, truth)
            case "mv_contains":
                return self._contains(item, truth)
        raise refuse(f"the function {item.name.upper()} has no counterpart on single fields", item)

    def _part(self, item: Function, truth: bool, pushed: bool) -> Node:
        text = self._constant(item.args[1]).value() if self._folds(item.args[1]) else None
        if not isinstance(text, str):
            raise refuse(f"{item.name.upper()} looks for what another field holds", item)
        target = item.args[0]
        cased = isinstance(target, Function) and target.name in _CASING
        inner = target.args[0] if isinstance(target, Function) and cased else target
        field = self._string(inner)
        if pushed and field.type == "keyword_lowercase" and item.name != "contains":
            text = lowercase(text)
        head: list[Token] = [] if item.name == "starts_with" else [ANY]
        tail: list[Token] = [] if item.name == "ends_with" else [ANY]
        tokens = merge_tokens([*head, text, *tail])
        if isinstance(target, Function) and cased:
            return self._single(field, lower_glob(field, tokens, target.name, item), truth)
        return self._single(field, Glob(field, tokens, span=item.span), truth)

    def _cidr(self, item: Function, truth: bool) -> Node:
        field = self._field(item.args[0])
        if type_of(field) != "ip":
            raise refuse("CIDR_MATCH tests what a conversion gives", item)
        networks = [self._constant(arg).value() if self._folds(arg) else None for arg in item.args[1:]]
        if not all(isinstance(network, str) and parse_network(network) for network in networks):
            raise refuse("the networks of CIDR_MATCH must be literals", item)
        return self._single(field, disj([Cidr(field, str(network)) for network in networks]), truth)

    def _contains(self, item: Function, truth: bool) -> Node:
        field = self._string(item.args[0])
        value = self._constant(item.args[1]).value() if self._folds(item.args[1]) else None
        texts = value if isinstance(value, tuple) else (value,)
        if not all(isinstance(text, str) for text in texts):
            raise refuse("MV_CONTAINS looks for what is no literal", item)
        found = conj([Glob(field, literal(str(text)), span=item.span) for text in texts])
        return found if truth else negate(found)
