"""Whether a word is of a pattern: the prover's own test, apart from the evaluator's, which checks what it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from converter.proof.atoms import Pat
from converter.tree import ONE, Token, Wild
from converter.tree.charset import CharSet, lower_point


def text_test(atom: Pat) -> Callable[[str], bool] | None:
    """The same by operations on strings, where no `?` stands in the pattern: rules with hundreds of values ask each of
    them of each word."""
    if any(token is ONE for token in atom.tokens):
        return None
    texts = ["".join(part) for part in _parts(atom.tokens)]
    if atom.fold == "lower" or atom.field.type == "keyword_lowercase":
        fits = _parts_test(texts) if all(_lowered(text) == text for text in texts) else lambda word: False
        return lambda word: fits(_lowered(word))
    if atom.fold == "ascii":
        fits = _parts_test([_folded(text) for text in texts])
        return lambda word: fits(_folded(word))
    return _parts_test(texts)


def _parts(tokens: Sequence[Token]) -> list[list[str]]:
    """The texts between the stars."""
    parts: list[list[str]] = [[]]
    for token in tokens:
        if isinstance(token, Wild):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _parts_test(texts: list[str]) -> Callable[[str], bool]:
    """Whether a word is the texts in their order, with anything between them."""
    if len(texts) == 1:
        (text,) = texts
        return lambda word: word == text
    head, *inner, tail = texts
    if inner == [] or (not head and not tail and len(inner) == 1):
        if inner:
            (part,) = inner
            return lambda word: part in word
        least = len(head) + len(tail)
        return lambda word: len(word) >= least and word.startswith(head) and word.endswith(tail)

    def test(word: str) -> bool:
        end = len(word) - len(tail)
        if end < len(head) or not word.startswith(head) or not word.endswith(tail):
            return False
        at = len(head)
        for part in inner:
            found = word.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return test


@lru_cache(maxsize=4096)
def _lowered(word: str) -> str:
    return "".join(chr(lower_point(ord(char))) for char in word)


@lru_cache(maxsize=4096)
def _folded(word: str) -> str:
    return word.lower() if word.isascii() else "".join(char.lower() if char.isascii() else char for char in word)


def glob_test(steps: tuple[CharSet, ...], loops: frozenset[int]) -> Callable[[str], bool]:
    """A glob on a word, by the bits of its positions."""
    masks: dict[str, int] = {}
    kept = sum(1 << i for i in loops)
    last = 1 << len(steps)

    def test(word: str) -> bool:
        state = 1
        for char in word:
            mask = masks.get(char)
            if mask is None:
                point = ord(char)
                mask = 0
                for i, chars in enumerate(steps):
                    for low, high in chars:
                        if low <= point <= high:
                            mask |= 1 << i
                            break
                masks[char] = mask
            state = ((state & mask) << 1) | (state & kept)
            if not state:
                return False
        return bool(state & last)

    return test
