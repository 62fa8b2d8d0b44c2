"""Atoms of the prover: what two texts say alike becomes the same atom.

A field is reduced to what the meaning depends on (where the values lie and how they are indexed), a pattern to its
tokens or to an expression with flags and folding resolved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from converter.diagnostics import ConverterError
from converter.tree import (
    ANY,
    ONE,
    Arithmetic,
    Call,
    Category,
    Cidr,
    Exists,
    Expr,
    Field,
    FieldValue,
    Fold,
    Glob,
    Length,
    Literal,
    Logical,
    Negation,
    Nested,
    Node,
    Phrase,
    Range,
    Regex,
    Script,
    Single,
    Term,
    Token,
    Wild,
    merge_tokens,
)
from converter.tree.charset import ANY_CHAR, CharSet, charset, contains, fold_ascii_set, lower_preimage, single
from converter.tree.regex import (
    ANY_TEXT,
    EMPTY,
    ONE_CHAR,
    Cat,
    Chars,
    Repeat,
    Rx,
    alt,
    cat,
    map_chars,
    parse_regex,
    repeat,
    text,
)


@dataclass(frozen=True, slots=True)
class Has:
    """The field has a value."""

    field: Field


@dataclass(frozen=True, slots=True)
class Only:
    """The field has exactly one value."""

    field: Field


@dataclass(frozen=True, slots=True)
class Pat:
    """A string value (on a text field: a token) fits the glob."""

    field: Field
    tokens: tuple[Token, ...]
    fold: Fold


@dataclass(frozen=True, slots=True)
class Rex:
    """A string value (on a text field: a token) is in the language of the expression."""

    field: Field
    rx: Rx


@dataclass(frozen=True, slots=True)
class Test:
    """`Term`, `Range`, `Cidr` or `Phrase` on a canonical field, without its place in the text."""

    field: Field
    node: Node


@dataclass(frozen=True, slots=True)
class Inner:
    """An object of a nested field passes the tree, whose fields are free of the nesting."""

    path: str
    node: Node


@dataclass(frozen=True, slots=True)
class Opaque:
    """A script: two of them are the same only if they are written alike."""

    expr: Expr


Atom: TypeAlias = Has | Only | Pat | Rex | Test | Inner | Opaque

#: Types of the same values. Numbers keep theirs: each type has its own ends, and rounds in its own way.
_TYPES = {
    **dict.fromkeys(("wildcard", "constant_keyword"), "keyword"),
    "match_only_text": "text",
}


@lru_cache(maxsize=4096)
def canonical_field(field: Field) -> Field:
    """The field without what does not change which events a test on it finds."""
    kind = _TYPES.get(field.type, field.type)
    if kind == "flattened" and field.flattened is not None:
        kind = "keyword"
    return Field(
        field.path, kind, field.path, ignore_above=field.ignore_above, null_value=field.null_value,
        copies=field.copies, format=field.format, scaling=field.scaling, doc_values=field.doc_values,
    )  # fmt: skip


def atom_of(node: Node, category: Field) -> Atom | bool:
    """The atom of a leaf, or its truth where it is the same on every event."""
    match node:
        case Category(value=value):
            return atom_of(Glob(category, (value,) if value else ()), category)
        case Nested(path=path, item=item):
            return Inner(path, _freed(item, path))
        case Script(expr=expr):
            return Opaque(_bare(expr))
    return _of_field(node)


def _of_field(node: Node) -> Atom | bool:
    field: Field = getattr(node, "field")  # noqa: B009 - every leaf that is left has one
    if field.type == "unmapped" or field.nested is not None:
        return False
    if field.constant is not None:
        from converter.matching import matches

        return matches(node, {})
    if field.type == "keyed":  # what is found there depends on the names of keys: only equal tests are the same
        assert isinstance(node, Glob)
        said = Literal(f"{node.tokens}{node.fold}")
        return Opaque(Call("keyed", (FieldValue(canonical_field(field)), said)))
    own = canonical_field(field)
    texts = own.sort in ("string", "version", "any", "object", "text")
    match node:
        case Exists():
            return Has(own)
        case Single():
            return Only(own)
        case Glob(tokens=tokens, fold=fold):
            return _pattern(own, tokens, fold) if texts else False
        case Regex():
            return _regex(own, node) if texts else False
        case Length(low=low, high=high):
            return _of_rx(own, repeat(ONE_CHAR, low or 0, high)) if texts and not _empty(low, high) else False
        case Range() if own.sort in ("string", "text", "any", "object"):
            return _of_rx(own, _string_range(node))
        case Phrase(tokens=tokens, prefix=prefix):
            return _phrase(own, tokens, prefix)
        case Term() if texts:
            return False
        case Term() | Range() | Cidr():
            return Test(own, replace(node, field=own, span=None))
    raise TypeError(f"no atom for {type(node).__name__}")


def _empty(low: int | None, high: int | None) -> bool:
    return high is not None and high < (low or 0)


def _phrase(field: Field, tokens: tuple[str, ...], prefix: bool) -> Atom | bool:
    if field.sort != "text" or not tokens:
        return False
    if len(tokens) == 1:
        return _pattern(field, merge_tokens((*tokens, ANY) if prefix else tokens), "none")
    return Test(field, Phrase(field, tokens, prefix))


def _pattern(field: Field, tokens: tuple[Token, ...], fold: Fold) -> Atom:
    if tokens == (ANY,) and field.sort != "text":
        return Has(field)
    if field.type in ("keyword_lowercase", "text"):  # values and tokens are lower case: folding changes nothing
        if fold == "ascii":
            tokens = tuple(token if isinstance(token, Wild) else _lower_ascii(token) for token in tokens)
        return Pat(field, tokens, "none")
    if fold == "ascii":
        tokens = tuple(token if isinstance(token, Wild) else _lower_ascii(token) for token in tokens)
    literals = "".join(token for token in tokens if not isinstance(token, Wild))
    if (fold == "ascii" and not any("a" <= char <= "z" for char in literals)) or (
        fold == "lower" and all(lower_preimage(single(char)) == single(char) for char in literals)
    ):
        fold = "none"
    return Pat(field, tokens, fold)


def _lower_ascii(token: str) -> str:
    return "".join(chr(ord(char) + 32) if "A" <= char <= "Z" else char for char in token)


def _regex(field: Field, node: Regex) -> Atom | bool:
    try:
        fold: Fold = "none" if node.fold == "lower" and field.type in ("keyword_lowercase", "text") else node.fold
        rx = parse_regex(replace(node, fold=fold))
    except ConverterError:
        return Test(field, replace(node, field=field, span=None))
    return _of_rx(field, rx)


def _of_rx(field: Field, rx: Rx) -> Atom:
    if rx == ANY_TEXT and field.sort != "text":
        return Has(field)
    found = _as_glob(rx)
    return Rex(field, rx) if found is None else _pattern(field, *found)


def _as_glob(rx: Rx) -> tuple[tuple[Token, ...], Fold] | None:
    """The expression as a glob, if it is one."""
    items = rx.items if isinstance(rx, Cat) else (rx,)
    tokens: list[Token] = []
    cased = folded = False
    for item in items:
        if not isinstance(item, Chars):
            if item != ANY_TEXT:
                return None
            tokens.append(ANY)
            continue
        chars = item.chars
        if chars == ANY_CHAR:
            tokens.append(ONE)
            continue
        if not chars or len(chars) > 2 or chars[0][0] != chars[0][1] or chars[-1][0] != chars[-1][1]:
            return None
        char = chr(chars[-1][0])
        if len(chars) == 2:
            if not ("a" <= char <= "z") or chars != fold_ascii_set(single(char)):
                return None
            folded = True
        else:
            cased = cased or (char.isascii() and char.isalpha())
        tokens.append(char)
    if cased and folded:
        return None
    return merge_tokens(tokens), "ascii" if folded else "none"


def _string_range(node: Range) -> Rx:
    """The strings between both ends, in the order of code points."""
    from converter.tree.regex import Both

    parts = []
    if isinstance(node.low, str):
        parts.append(_above(node.low, node.low_open))
    if isinstance(node.high, str):
        parts.append(_below(node.high, node.high_open))
    if not parts:
        return ANY_TEXT
    return parts[0] if len(parts) == 1 else Both(tuple(parts))


def _above(bound: str, is_open: bool) -> Rx:
    branches: list[Rx] = []
    for i, char in enumerate(bound):
        if ord(char) < 0x10FFFF:
            branches.append(cat([text(bound[:i]), Chars(((ord(char) + 1, 0x10FFFF),)), ANY_TEXT]))
    rest = cat([ONE_CHAR, ANY_TEXT]) if is_open else ANY_TEXT
    return alt([cat([text(bound), rest]), *branches])


def _below(bound: str, is_open: bool) -> Rx:
    branches: list[Rx] = [] if is_open else [text(bound)]
    for i, char in enumerate(bound):
        branches.append(text(bound[:i]) if i else EMPTY)
        if ord(char) > 0:
            branches.append(cat([text(bound[:i]), Chars(((0, ord(char) - 1),)), ANY_TEXT]))
    return alt(branches)


def raw_rx(atom: Pat | Rex | Has) -> Rx:
    """The raw texts that pass the atom: with the field's normaliser and limit of length worked in."""
    field = atom.field
    match atom:
        case Has():
            rx: Rx = ANY_TEXT
        case Pat(tokens=tokens):
            rx = cat([_token(token, atom) for token in _spelled(tokens)])
        case Rex(rx=inner):
            rx = map_chars(inner, lower_preimage) if field.type == "keyword_lowercase" else inner
    return rx


def _spelled(tokens: tuple[Token, ...]) -> list[Token]:
    out: list[Token] = []
    for token in tokens:
        out.extend([token] if isinstance(token, Wild) else list(token))
    return out


def _token(token: Token, atom: Pat) -> Rx:
    if isinstance(token, Wild):
        return ANY_TEXT if token is ANY else ONE_CHAR
    return Chars(char_set(token, atom))


def char_set(char: str, atom: Pat) -> CharSet:
    """The raw characters that a literal character of the pattern takes."""
    return _char_set(char, atom.fold == "ascii", atom.fold == "lower" or atom.field.type == "keyword_lowercase")


@lru_cache(maxsize=16384)
def _char_set(char: str, folded: bool, lowered: bool) -> CharSet:
    chars = fold_ascii_set(single(char)) if folded else single(char)
    return _preimage(chars) if lowered else chars


@lru_cache(maxsize=4096)
def _preimage(chars: CharSet) -> CharSet:
    return lower_preimage(chars)


def _freed(node: Node, path: str) -> Node:
    """The inner tree with the nested object's own fields readable; no other field has a value in there."""
    from converter.tree import NEVER, transform
    from converter.tree.walk import with_field

    inside = path + "."

    def free(item: Node) -> Node:
        field = getattr(item, "field", None)
        if isinstance(item, Script):
            return item
        if not isinstance(field, Field):
            return item
        if not field.path.startswith(inside) and field.sort not in ("any",):
            return NEVER
        return with_field(item, replace(field, nested=None)) if field.nested == path else item

    return transform(node, free)


def _bare(expr: Expr) -> Expr:
    """The expression over canonical fields."""
    match expr:
        case FieldValue(field=field):
            if field.type == "unmapped" or field.nested is not None:
                return replace(expr, field=field)
            return FieldValue(replace(canonical_field(field), constant=field.constant))
        case Call(args=args):
            return replace(expr, args=tuple(_bare(item) for item in args), span=None)
        case Arithmetic(left=left, right=right):
            return replace(expr, left=_bare(left), right=_bare(right), span=None)
        case Negation(item=item):
            return Negation(_bare(item))
        case Logical(items=items):
            return replace(expr, items=tuple(_bare(item) for item in items), span=None)
    return expr


__all__ = [
    "Atom", "Has", "Inner", "Only", "Opaque", "Pat", "Repeat", "Rex", "Test", "atom_of", "canonical_field", "char_set",
    "charset", "contains", "raw_rx",
]  # fmt: skip
