"""Case folding in KQL: a pattern is compared letter by letter, unless the field's normaliser lowers its values."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

from converter.fields import Fields
from converter.languages.kuery.values import Unsayable
from converter.matching.values import fold_ascii, lowercase
from converter.tree import ANY, NEVER, ONE, Const, Fold, Glob, Token, merge_tokens

#: What the text may find beside what the node finds: nothing else, only less, only more.
Direction: TypeAlias = Literal["exact", "narrower", "broader"]


def unfold(node: Glob, fields: Fields, direction: Direction, elastic: bool) -> Glob | Const:
    """The glob as one that KQL compares like this. Raises `Unsayable`."""
    if ONE in node.tokens and not elastic and direction == "broader":
        node = replace(node, tokens=merge_tokens(ANY if token is ONE else token for token in node.tokens))
    text = "".join(token for token in node.tokens if isinstance(token, str))
    if node.field.sort == "text" or node.field.type == "keyword_lowercase":
        return _over_lowered(node, text)
    if node.fold == "none" or not _has_case(text):
        return replace(node, fold="none")
    twin = fields.lowercase_twin(node.field)
    if twin is not None and (node.fold == "lower" or direction == "broader" or _folds_alike(text)):
        return replace(node, field=twin, tokens=_mapped(node.tokens), fold="none")
    if direction == "narrower":
        return replace(node, fold="none")
    raise Unsayable(_reason(node, text, twin is not None))


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
