"""LIKE and RLIKE, with the rewrites of Elasticsearch that show: a single pattern that takes everything is IS NOT NULL,
one that takes a single text is `==`; an empty LIKE pattern in a list, or handed to the index, matches nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from converter.diagnostics import ConverterError, ParseError, Span
from converter.matching.globs import glob_test
from converter.matching.pipeline.code import Code
from converter.matching.pipeline.columns import Row
from converter.matching.pipeline.types import STRINGS, Value
from converter.matching.values import lowercase
from converter.tree import ANY, ONE, Field, Regex, Token, merge_tokens, text_of
from converter.tree.pipeline import Constant, IsNull, Like, Operation

if TYPE_CHECKING:
    from converter.matching.pipeline.compiler import Compiler


def like_tokens(pattern: str, span: Span | None = None) -> tuple[Token, ...]:
    """A LIKE pattern's tokens: `*` and `?` are wild, a backslash stands before `* ? \\` only. Raises `ParseError`."""
    out: list[Token] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
            if at >= len(pattern) or pattern[at] not in "*?\\":
                raise ParseError(
                    f"in the pattern `{pattern}` a backslash stands before neither `*`, `?` nor a backslash",
                    span=span,
                    help="a backslash of the value is two in the pattern (four inside a quoted string)",
                )
            out.append(pattern[at])
        else:
            out.append({"*": ANY, "?": ONE}.get(char, char))
        at += 1
    return merge_tokens(out)


def compile_like(compiler: Compiler, item: Like, pushed: bool) -> Code:
    """The test; its negation, where `item` is negated, drops what the test gives null for."""
    base = compiler.compile(item.item)
    if base.type not in STRINGS | {"null"}:
        raise compiler.wanted(item.item, base, "keyword", f"{item.kind.upper()} takes strings, found {base.type}")
    patterns = [_read(item, pattern) for pattern in item.patterns]
    exact, total, _ = patterns[0]
    if total and len(patterns) == 1:
        return compiler.compile(IsNull(item.item, not item.negated, span=item.span))
    if exact is not None and (exact or item.kind == "rlike") and len(patterns) == 1:
        same = Operation("!=" if item.negated else "==", item.item, Constant(exact, "keyword"), span=item.span)
        return compiler.compile(same, pushed)
    tests = _tests(item, patterns, pushed, compiler.index_field(item.item))
    run, negated = base.run, item.negated

    def test(row: Row) -> Value:
        value = run(row)
        if not isinstance(value, str):
            return None
        return any(found(value) for found in tests) is not negated

    return Code("boolean", test)


def exact_text(item: Like) -> str | None:
    """The only text that a single pattern takes; an empty LIKE pattern counts as none."""
    if len(item.patterns) != 1:
        return None
    text, _, _ = _read(item, item.patterns[0])
    return None if not text and item.kind == "like" else text


Read = tuple[str | None, bool, Callable[[bool], Callable[[str], bool]]]


def _read(item: Like, pattern: str) -> Read:
    """The single text that a pattern takes (if so), whether it takes all, and a maker of its test (folded or not)."""
    if item.kind == "rlike":
        return _read_regex(item, pattern)
    tokens = like_tokens(pattern, item.span)
    return text_of(tokens), tokens == (ANY,), lambda lower: glob_test(_lowered(tokens) if lower else tokens)


def _lowered(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    return tuple(lowercase(token) if isinstance(token, str) else token for token in tokens)


def _read_regex(item: Like, pattern: str) -> Read:
    from converter.matching.regex import compile_regex
    from converter.tree.regex import ANY_TEXT, Cat, Chars, parse_text

    try:
        rx = parse_text(pattern, "lucene", "none", False, False)
    except ConverterError as error:
        raise ParseError(f"the pattern `{pattern}` is broken: {error}", span=item.span) from None
    parts = rx.items if isinstance(rx, Cat) else (rx,)
    letters = [part.chars[0][0] if isinstance(part, Chars) and _one(part.chars) else -1 for part in parts]
    exact = None if -1 in letters else "".join(map(chr, letters))

    def make(lower: bool) -> Callable[[str], bool]:
        return compile_regex(Regex(Field("value"), pattern.lower() if lower else pattern))

    return exact, rx == ANY_TEXT, make


def _one(chars: tuple[tuple[int, int], ...]) -> bool:
    return len(chars) == 1 and chars[0][0] == chars[0][1]


def _tests(item: Like, patterns: list[Read], pushed: bool, field: Field | None) -> list[Callable[[str], bool]]:
    several = len(patterns) > 1
    folds = pushed and not several and field is not None and field.type == "keyword_lowercase"
    tests = []
    for text, _, make in patterns:
        if text == "" and item.kind == "like" and (several or pushed):
            continue
        tests.append(make(folds))
    return tests
