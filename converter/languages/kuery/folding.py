"""Case folding in KQL: a pattern is compared letter by letter, unless the field's normaliser lowers its values."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

from converter.diagnostics import ConverterError
from converter.fields import Fields
from converter.languages.kuery.values import Unsayable, form
from converter.languages.kuery.wider import wider_glob, wider_regex
from converter.matching.values import fold_ascii, lowercase
from converter.tree import ANY_FIELD, NEVER, Const, Fold, Glob, Node, Regex, Token
from converter.tree.charset import ANY_CHAR, CharSet, capitals, subtract
from converter.tree.regex import NOTHING, Rx, map_chars, parse_regex
from converter.tree.regex_globs import globs_of

#: What the text may find beside what the node finds: nothing else, only less, only more.
Direction: TypeAlias = Literal["exact", "narrower", "broader"]
#: An expression is written as a list of patterns if there are no more of them.
MAX_LISTED = 256
#: The same in a form that is not exact.
SHORT = 32


def unfold(node: Glob, fields: Fields, direction: Direction, elastic: bool) -> Glob | Const:
    """The glob as one that KQL compares like this. Raises `Unsayable`."""
    if direction == "broader" and not _sayable(node, elastic):
        node = wider_glob(node) or node
    text = "".join(token for token in node.tokens if isinstance(token, str))
    if node.field.sort == "text" or node.field.type == "keyword_lowercase":
        return _over_lowered(node, text)
    if node.field == ANY_FIELD and fields.lowered and node.fold == "lower":
        return replace(node, tokens=_mapped(node.tokens), fold="none")
    if node.fold == "none" or not _has_case(text):
        return replace(node, fold="none")
    twin = fields.lowercase_twin(node.field)
    if twin is not None and (node.fold == "lower" or direction == "broader" or _folds_alike(text)):
        return replace(node, field=twin, tokens=_mapped(node.tokens), fold="none")
    if direction == "narrower":
        return replace(node, fold="none")
    raise Unsayable(_reason(node, text, twin is not None))


def _sayable(node: Glob, elastic: bool) -> bool:
    try:
        form(node, elastic)
    except Unsayable:
        return False
    return True


def unlisted(node: Regex) -> Node | None:
    """What an expression finds and more, as patterns; None where it has no fixed text."""
    rx = _meant(node)
    return None if rx is None else wider_regex(node, rx)


def listed(node: Regex, most: int = MAX_LISTED) -> list[Glob] | None:
    """The at most so many patterns that an expression is no more than a list of (none: no value fits); None where it
    is more."""
    rx = _meant(node)
    if rx is None:
        return None
    if rx == NOTHING:
        return []
    found = globs_of(rx, most, widest=most)
    if found is None or node.field.sort == "text":
        return None
    globs, fold = found
    return [Glob(node.field, tokens, fold, span=node.span) for tokens in globs]


def _meant(node: Regex) -> Rx | None:
    try:
        rx = parse_regex(node)
    except ConverterError:
        return None
    if node.field.type == "keyword_lowercase":  # what is upper case is in no value
        rx = map_chars(rx, _without_capitals)
    return rx


def _without_capitals(chars: CharSet) -> CharSet:
    return chars if chars == ANY_CHAR else subtract(chars, capitals())


def _over_lowered(node: Glob, text: str) -> Glob | Const:
    """On values that are lower case already (a normaliser, analysed words) a pattern is lowered too, as KQL does."""
    wanted = {"none": text, "ascii": fold_ascii(text), "lower": text}[node.fold]
    if lowercase(wanted) != wanted:
        return NEVER
    fold: Fold = "lower" if node.field.sort == "text" else "none"
    return replace(node, tokens=_mapped(node.tokens), fold=fold)


def _mapped(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    return tuple(lowercase(token) if isinstance(token, str) else token for token in tokens)


def _has_case(text: str) -> bool:
    return any(char.upper() != char or char.lower() != char for char in text)


def _folds_alike(text: str) -> bool:
    """Whether Unicode's lower case takes the same values as folding ASCII letters: only the Kelvin sign and the dotted
    I become letters of ASCII, and letters beyond ASCII must have no case."""
    return not any(char in "kKiI" or (char > "\x7f" and _has_case(char)) for char in text)


def _reason(node: Glob, text: str, twin: bool) -> str:
    name = node.field.name
    if not twin:
        return f"KQL compares `{name}` with `{text}` letter by letter, and no field holds its values in lower case"
    return (
        f"the lower-case field of `{name}` also takes letters beyond ASCII for those of `{text}` "
        "(the Kelvin sign for k, the dotted I for i)"
    )
