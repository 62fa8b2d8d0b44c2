"""What is plain from how two atoms are written: a pattern implies the same one under a wider fold, and a word of
analysed text a pattern of the whole value that it stands in.

The theory finds the former too, one in each round. Told beforehand, a rule with hundreds of values is compared with a
form in another case, or on a lower-case twin of the field, in a few rounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from converter.matching.values import fold_ascii, lowercase
from converter.proof.atoms import Atom, Has, Pat, Test
from converter.proof.words import Blocked, Language, find, language_of
from converter.tree import ANY, Field, Phrase, Token, merge_tokens

_Key: TypeAlias = tuple[str, int | None, tuple[Token, ...]]


class Lemmas:
    """Takes one atom after another, and says which implications it brings."""

    def __init__(self) -> None:
        self._groups: dict[_Key, list[tuple[int, Pat]]] = {}
        self._words: dict[str, list[tuple[int, list[Language]]]] = {}
        self._wholes: dict[str, list[tuple[int, Language]]] = {}

    def add(self, variable: int, atom: Atom) -> Iterator[tuple[int, int]]:
        """Pairs of variables: on every event the first implies the second; one of them is the new atom's."""
        yield from self._of_words(variable, atom)
        if not isinstance(atom, Pat) or not _is_plain(atom.field):
            return
        group = self._groups.setdefault((atom.field.path, atom.field.ignore_above, _lowered(atom.tokens)), [])
        for other, held in group:
            if _implies(atom, held):
                yield variable, other
            if _implies(held, atom):
                yield other, variable
        group.append((variable, atom))

    def _of_words(self, variable: int, atom: Atom) -> Iterator[tuple[int, int]]:
        """A value that holds a word holds its letters, in a case that the analyser makes the word's."""
        if isinstance(atom, Has | Pat) and _is_plain(atom.field) and atom.field.ignore_above is None:
            whole = language_of(atom)
            for other, words in self._words.get(atom.field.path, ()):
                if any(_within(word, whole) for word in words):
                    yield other, variable
            self._wholes.setdefault(atom.field.path, []).append((variable, whole))
            return
        words = _word_languages(atom)
        for other, whole in self._wholes.get(atom.field.path, ()) if words else ():  # type: ignore[union-attr]
            if any(_within(word, whole) for word in words):
                yield variable, other
        if words:
            self._words.setdefault(atom.field.path, []).append((variable, words))  # type: ignore[union-attr]


def _word_languages(atom: Atom) -> list[Language]:
    """The raw texts in which each word of a test of analysed text stands; none for other tests."""
    if not isinstance(atom, Pat | Test) or atom.field.sort != "text":
        return []
    if atom.field.null_value is not None or atom.field.copies:
        return []
    match atom:
        case Pat(tokens=tokens):
            patterns: list[tuple[Token, ...]] = [tokens]
        case Test(node=Phrase(tokens=texts, prefix=prefix)):
            patterns = [(text, ANY) if prefix and text is texts[-1] else (text,) for text in texts]
        case _:
            return []
    raw = Field(atom.field.path)
    return [language_of(Pat(raw, merge_tokens((ANY, *tokens, ANY)), "lower")) for tokens in patterns]


def _within(word: Language, whole: Language) -> bool:
    """Whether every text of the first is one of the second."""
    found = find([word], [whole])
    return isinstance(found, Blocked) and found.sure


def _is_plain(field: Field) -> bool:
    """Whether the values are the texts at the path and nothing else."""
    return field.type in ("keyword", "keyword_lowercase") and field.null_value is None and not field.copies


def _implies(a: Pat, b: Pat) -> bool:
    """For patterns on the same path whose lower case is the same. Lowering works on each character alone, so a value
    that fits in its own case fits in lower case too, wildcards included."""
    if _is_low(b):
        return b.tokens == _lowered(b.tokens)
    if _is_low(a):
        return False
    if b.fold == "ascii":
        return _folded(a.tokens) == b.tokens
    return a.fold == "none" and a.tokens == b.tokens


def _is_low(atom: Pat) -> bool:
    return atom.fold == "lower" or atom.field.type == "keyword_lowercase"


def _lowered(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    return tuple(lowercase(token) if isinstance(token, str) else token for token in tokens)


def _folded(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    return tuple(fold_ascii(token) if isinstance(token, str) else token for token in tokens)
