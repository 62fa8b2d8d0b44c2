"""A `Regex` node as a test of one value.

Python's `re` does the work where it cannot run away: no repetition inside a repetition or over alternatives, and few
enough open repetitions for the length of the value. Everything else (and intersection and complement) runs on an
automaton, one step a character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from converter.matching.values import lowercase
from converter.tree.charset import ANY_CHAR, LAST, CharSet, invert
from converter.tree.glob import Fold
from converter.tree.nodes import Regex
from converter.tree.regex import Alt, Both, Cat, Chars, Compl, Edge, Repeat, Rx, parse_text, whole_value

_EFFORT = 3_000_000
_LONG = 10

_EDGES = {
    "start": r"\A",
    "end": r"\Z",
    "line_start": r"(?m:^)",
    "line_end": r"(?m:$)",
    "word": r"\b",
    "not_word": r"(?!\b)",
}


def compile_regex(node: Regex) -> Callable[[str], bool]:
    """The node's pattern as a function of a value. Raises `ParseError` or `UnsupportedError`."""
    fold: Fold = "none" if node.fold == "lower" else node.fold
    test = _test(node.pattern, node.flavour, fold, node.search, node.multiline, node.dotall)
    if node.fold == "lower":
        return lambda value: test(lowercase(value))
    return test


@lru_cache(maxsize=2048)
def _test(pattern: str, flavour: str, fold: Fold, search: bool, multiline: bool, dotall: bool) -> Callable[[str], bool]:
    rx = parse_text(pattern, flavour, fold, multiline, dotall)
    slow = _automaton(pattern, flavour, fold, search, multiline, dotall)
    if not _tame(rx):
        slow("")
        return slow
    power = sum(1 for item in _walk(rx) if isinstance(item, Repeat) and _is_long(item)) + search
    run = _in_python(rx, search)
    if power <= 1:
        return run
    slow("")
    limit = int(_EFFORT ** (1 / power))
    return lambda value: run(value) if len(value) <= limit else slow(value)


def _in_python(rx: Rx, search: bool) -> Callable[[str], bool]:
    """The test by Python's `re`, which is compiled when it is first needed: most predicates are made for a proof that
    never asks them."""

    @cache
    def run() -> Callable[[str], re.Match[str] | None]:
        found = re.compile(_python(rx), re.DOTALL | re.ASCII)
        return found.search if search else found.fullmatch

    return lambda value: run()(value) is not None


def _automaton(
    pattern: str, flavour: str, fold: Fold, search: bool, multiline: bool, dotall: bool
) -> Callable[[str], bool]:
    """The test on an automaton, which is built when it is first needed."""
    made: list[Callable[[str], bool]] = []

    def test(value: str) -> bool:
        if not made:
            from converter.tree.regex_automaton import Automaton

            rx = whole_value(pattern, flavour, fold, search, multiline, dotall)
            made.append(Automaton(rx).matches)
        return made[0](value)

    return test


def _walk(rx: Rx) -> Iterator[Rx]:
    stack = [rx]
    while stack:
        item = stack.pop()
        yield item
        match item:
            case Cat(items=items) | Alt(items=items) | Both(items=items):
                stack.extend(items)
            case Repeat(item=inner) | Compl(item=inner):
                stack.append(inner)


def _is_long(item: Repeat) -> bool:
    return item.high is None or item.high >= _LONG


def _tame(rx: Rx) -> bool:
    """Whether Python's `re` can say it and its work is bounded by a power of the length."""
    for item in _walk(rx):
        if isinstance(item, Both | Compl):
            return False
        if isinstance(item, Repeat) and item.high != 1 and not _fixed(item.item):
            return False
        if isinstance(item, Repeat) and max(item.low, item.high or 0) > 60_000:
            return False
    return True


def is_tame(pattern: str, flavour: str) -> bool:
    """Whether Python's `re` cannot run away on the pattern. Raises `ParseError` or `UnsupportedError`."""
    return _tame(parse_text(pattern, flavour))


def _fixed(rx: Rx) -> bool:
    return isinstance(rx, Chars) or (isinstance(rx, Cat) and all(isinstance(item, Chars) for item in rx.items))


def _python(rx: Rx) -> str:
    match rx:
        case Chars(chars=chars):
            return _set(chars)
        case Cat(items=items):
            return "".join(_python(item) for item in items)
        case Alt(items=items):
            return "(?:" + "|".join(_python(item) for item in items) + ")"
        case Repeat(item=item, low=low, high=high):
            return f"(?:{_python(item)}){{{low},{'' if high is None else high}}}"
        case Edge(place=place):
            return _EDGES[place]
    raise TypeError(f"no regular expression of Python for {type(rx).__name__}")


def _set(chars: CharSet) -> str:
    if not chars:
        return "(?!)"
    if chars == ANY_CHAR:
        return "."
    if len(chars) == 1 and chars[0][0] == chars[0][1]:
        return re.escape(chr(chars[0][0]))
    negated = chars[0][0] == 0 and chars[-1][1] == LAST
    shown = "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in (invert(chars) if negated else chars))
    return f"[{'^' if negated else ''}{shown}]"
