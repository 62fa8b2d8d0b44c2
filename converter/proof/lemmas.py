"""What is plain from how two atoms are written: a pattern implies the same one under a wider fold.

The theory finds these too, one in each round. Told beforehand, a rule with hundreds of values is compared with a form
in another case, or on a lower-case twin of the field, in a few rounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from converter.matching.values import fold_ascii, lowercase
from converter.proof.atoms import Atom, Pat
from converter.tree import Field, Token

_Key: TypeAlias = tuple[str, int | None, tuple[Token, ...]]


class Lemmas:
    """Takes one atom after another, and says which implications it brings."""

    def __init__(self) -> None:
        self._groups: dict[_Key, list[tuple[int, Pat]]] = {}

    def add(self, variable: int, atom: Atom) -> Iterator[tuple[int, int]]:
        """Pairs of variables: on every event the first implies the second; one of them is the new atom's."""
        if not isinstance(atom, Pat) or not _is_plain(atom.field):
            return
        group = self._groups.setdefault((atom.field.path, atom.field.ignore_above, _lowered(atom.tokens)), [])
        for other, held in group:
            if _implies(atom, held):
                yield variable, other
            if _implies(held, atom):
                yield other, variable
        group.append((variable, atom))


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
