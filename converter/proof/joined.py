"""Words that hold what several globs want, put together without a search: one behind another.

A rule that asks for ten substrings of one value gives a search a thousand sets of them to go through; these words are
tried first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from converter.tree.charset import CharSet

#: A glob: the set of each position, and where a `*` stands.
Sets: TypeAlias = tuple[tuple[CharSet, ...], frozenset[int]]

_BETWEEN = (" ", "", "_")


def one_behind_another(
    globs: Sequence[Sets], plainest: Mapping[CharSet, str], good: Callable[[str], bool]
) -> Iterator[str]:
    """Nothing is promised: each word must be tested. `plainest`: the most readable character of each set; `good`:
    whether a part holds nothing that is to be avoided."""
    first, inner, last = "", dict[str, None](), ""
    for steps, loops in globs:
        texts = list(_spellings(steps, plainest))
        text = next(filter(good, texts), texts[0])
        head, *middle, tail = [text[a:b] for a, b in pairwise((0, *sorted(loops), len(steps)))] if loops else [text, ""]
        first, last = max(first, head, key=len), max(last, tail, key=len)
        inner |= dict.fromkeys(part for part in middle if part)
    for blank in _BETWEEN:
        yield first + blank.join(["", *inner, ""] if blank else inner) + last


def _spellings(steps: Sequence[CharSet], plainest: Mapping[CharSet, str]) -> Iterator[str]:
    """Plain; each letter of two cases as a capital; the first, and the last, of them alone."""
    plain = [plainest[chars] for chars in steps]
    yield "".join(plain)
    cased = [i for i, chars in enumerate(steps) if 1 < len(chars) < 4]
    for changed in (cased, cased[:1], cased[-1:]) if cased else ():
        yield "".join(chr(chars[0][0]) if i in changed else plain[i] for i, chars in enumerate(steps))
