"""Lucene 9's regular expressions (`RegExp`), with all of its operators or none.

The whole value must match. `^ $` and `(?:` are ordinary text, `.` and negated classes take line breaks, `\\d \\w \\s`
(and in capitals) are ASCII classes, any other escaped letter is an error. Folding is ASCII's and leaves ranges of
classes alone (apache/lucene#14378). Source: the documented grammar of org.apache.lucene.util.automaton.RegExp 9.12 and
answers of an Elasticsearch 8.19 node.
"""

from __future__ import annotations

import re
from functools import lru_cache

from converter.diagnostics import ParseError, Span
from converter.tree.charset import (
    DIGIT,
    LUCENE_SPACE,
    WORD,
    CharSet,
    charset,
    fold_ascii_set,
    invert,
    single,
    union,
)
from converter.tree.glob import Fold
from converter.tree.regex import (
    ANY_TEXT,
    EMPTY,
    NOTHING,
    ONE_CHAR,
    Alt,
    Both,
    Cat,
    Chars,
    Compl,
    Repeat,
    Rx,
    alt,
    cat,
    one_of,
    repeat,
)
from converter.tree.regex_automaton import is_empty

#: Names of the flags that turn an operator on.
OPERATORS = frozenset(("INTERSECTION", "COMPLEMENT", "EMPTY", "ANYSTRING", "INTERVAL", "AUTOMATON"))

_CLASSES: dict[str, CharSet] = {
    "d": DIGIT, "D": invert(DIGIT), "w": WORD, "W": invert(WORD), "s": LUCENE_SPACE, "S": invert(LUCENE_SPACE),
}  # fmt: skip
_INT_MAX = 2**31 - 1
#: The empty text `()` of an expression that folds case: alone it matches nothing (seen on a node).
_VOID = Repeat(NOTHING, 0, 0)
#: One character that is no operator, or a text in quotes.
_PLAIN = re.compile(r"\(*(?:\\[^A-Za-z]|[^\\.\[\](){}*+?|&~@#<\"]|\"[^\"]+\"|\[[^\\^\]]\])+\)*", re.DOTALL)
#: What most expressions consist of, whatever the operators: `[cC]`, an escaped mark, a plain character; once each.
_COMMON = re.compile(r"(?:\[([A-Za-z]{2})\]|\\([^A-Za-z])|([A-Za-z0-9 _=:;,/%'-]))(?![?*+{])", re.DOTALL)


def parse_lucene(pattern: str, *, fold: Fold = "none", flags: frozenset[str] = OPERATORS) -> Rx:
    """The pattern as an expression; raises `ParseError` with the span in the pattern. Fold "lower" is the caller's."""
    return _Parser(pattern, fold, flags).whole()


class _Parser:
    def __init__(self, pattern: str, fold: Fold, flags: frozenset[str]) -> None:
        self.pattern, self.fold, self.flags, self.at = pattern, fold, flags, 0
        self.folds = fold == "ascii"
        self.one_fold: Fold = "ascii" if self.folds else "none"

    def fail(self, message: str, at: int | None = None, help: str | None = None) -> ParseError:
        start = self.at if at is None else at
        return ParseError(
            f"{message} in the regular expression", span=Span(start, min(start + 1, len(self.pattern))), help=help
        )

    def more(self) -> bool:
        return self.at < len(self.pattern)

    def peek(self, chars: str) -> bool:
        return self.at < len(self.pattern) and self.pattern[self.at] in chars

    def take(self, char: str) -> bool:
        if self.peek(char):
            self.at += 1
            return True
        return False

    def next(self) -> str:
        if not self.more():
            raise self.fail("unexpected end", len(self.pattern) - 1 if self.pattern else 0)
        self.at += 1
        return self.pattern[self.at - 1]

    def whole(self) -> Rx:
        if not self.pattern:
            return NOTHING if self.folds else EMPTY
        found = _solid(self.union())
        if self.more():
            raise self.fail(f"unexpected `{self.pattern[self.at]}`", help="put a backslash before it if it is text")
        return found

    def union(self) -> Rx:
        items = [self.intersection()]
        while self.take("|"):
            items.append(self.intersection())
        return items[0] if len(items) == 1 else alt(list(map(_solid, items)))

    def intersection(self) -> Rx:
        items = [self.concatenation()]
        while "INTERSECTION" in self.flags and self.take("&"):
            items.append(self.concatenation())
        return items[0] if len(items) == 1 else Both(tuple(map(_solid, items)))

    def concatenation(self) -> Rx:
        stop = ")|&" if "INTERSECTION" in self.flags else ")|"
        items: list[Rx] = []
        plain: set[int] = set()
        while not items or (self.more() and not self.peek(stop)):
            common = _COMMON.match(self.pattern, self.at)
            if common is None:
                start = self.at
                items.append(self.repeated())
                if items[-1] is not _VOID and _PLAIN.fullmatch(self.pattern, start, self.at):
                    plain.add(len(items) - 1)
                continue
            self.at = common.end()
            pair, mark, char = common.groups()
            if not pair:
                plain.add(len(items))
            items.append(_pair(pair, self.fold) if pair else one_of(mark or char, self.one_fold))
        if _VOID in items:
            return _VOID if all(item is _VOID for item in items) else cat(_without_void(items, plain))
        return cat(items)

    def repeated(self) -> Rx:
        item = self.complement()
        if self.peek("?*+{"):
            item = _solid(item)
        nothing = False
        while self.peek("?*+{"):
            match self.next():
                case "?" if nothing:  # `#*?` takes no more than `#*`
                    pass
                case "?":
                    item = repeat(item, 0, 1)
                case "*":
                    item = _starred(item)
                case "+":
                    item = NOTHING if _is_nothing(item) else repeat(item, 1, None)
                case _:
                    item = self.counted(item)
            nothing = item == NOTHING
        return item

    def counted(self, item: Rx) -> Rx:
        start = self.at
        low = self.integer()
        if low is None:
            raise self.fail("expected a number after `{`", help="put a backslash before `{` if it is text")
        high: int | None = low
        if self.take(","):
            high = self.integer()
        if not self.take("}"):
            raise self.fail("expected `}`", min(self.at, len(self.pattern) - 1))
        if high is not None and low > high:
            raise self.fail(f"repetition range `{low},{high}` out of order", start)
        return _starred(item) if (low, high) == (0, None) else repeat(item, low, high)

    def integer(self) -> int | None:
        start = self.at
        while self.peek("0123456789"):
            self.at += 1
        if start == self.at:
            return None
        if self.at - start > 10 or int(self.pattern[start : self.at]) > _INT_MAX:
            raise self.fail("number too large", start)
        return int(self.pattern[start : self.at])

    def complement(self) -> Rx:
        count = 0
        while "COMPLEMENT" in self.flags and self.take("~"):
            count += 1
        item = self.bracket() if self.peek("[") else self.simple()
        if not count:
            return item
        return Compl(_solid(item)) if count % 2 else _solid(item)

    def bracket(self) -> Rx:
        start = self.at
        self.at += 1
        negated = self.take("^")
        chars = self.class_item()
        while self.more() and not self.peek("]"):
            chars = union(chars, self.class_item())
        if not self.take("]"):
            raise self.fail("`[` is never closed", start)
        return Chars(invert(chars) if negated else chars)

    def one(self, char: str) -> CharSet:
        return fold_ascii_set(single(char)) if self.fold == "ascii" else single(char)

    def class_item(self) -> CharSet:
        found = self.predefined()
        if found is not None:
            return found
        start = self.at
        low = self.char()
        if not self.take("-"):
            return self.one(low)
        high = self.char()
        if low > high:
            raise self.fail(f"range `{low}-{high}` out of order", start, "put a backslash before `-` if it is text")
        return charset([(ord(low), ord(high))])

    def predefined(self) -> CharSet | None:
        """A class or a backslash; what else an escape stands before is left to `char`, which sees it bare."""
        if not self.take("\\"):
            return None
        if self.peek("\\"):
            return single(self.next())
        if self.more() and self.pattern[self.at].isascii() and self.pattern[self.at].isalpha():
            found = _CLASSES.get(self.pattern[self.at])
            if found is None:
                raise self.fail(
                    f"invalid escape `\\{self.pattern[self.at]}`", self.at - 1,
                    r"only \d \w \s \D \W \S and escaped punctuation exist here",
                )  # fmt: skip
            self.at += 1
            return found
        return None

    def char(self) -> str:
        self.take("\\")
        return self.next()

    def simple(self) -> Rx:
        if self.take("."):
            return ONE_CHAR
        if "EMPTY" in self.flags and self.take("#"):
            return NOTHING
        if "ANYSTRING" in self.flags and self.take("@"):
            return ANY_TEXT
        if self.peek('"'):
            return self.quoted()
        if self.peek("("):
            return self.group()
        if self.flags & {"INTERVAL", "AUTOMATON"} and self.peek("<"):
            return self.interval()
        found = self.predefined()
        return Chars(self.one(self.char()) if found is None else found)

    def quoted(self) -> Rx:
        start = self.at
        end = self.pattern.find('"', start + 1)
        if end < 0:
            raise self.fail('`"` is never closed', start, 'put a backslash before `"` if it is text')
        self.at = end + 1
        literal = self.pattern[start + 1 : end]
        return cat([Chars(self.one(char)) for char in literal]) if literal else self.void()

    def void(self) -> Rx:
        return _VOID if self.folds else EMPTY

    def group(self) -> Rx:
        start = self.at
        self.at += 1
        if self.take(")"):
            return self.void()
        found = self.union()
        if not self.take(")"):
            raise self.fail("`(` is never closed", start, "put a backslash before `(` if it is text")
        return found

    def interval(self) -> Rx:
        start = self.at
        end = self.pattern.find(">", start)
        if end < 0:
            raise self.fail("`<` is never closed", start, "put a backslash before `<` if it is text")
        low, dash, high = self.pattern[start + 1 : end].partition("-")
        good = all(part.isascii() and part.isdigit() and int(part) <= _INT_MAX for part in (low, high))
        if not dash or not good or "INTERVAL" not in self.flags:
            raise self.fail(
                "expected a number range such as `<1-9>`", start, "put a backslash before `<` if it is text"
            )
        self.at = end + 1
        width = len(low) if len(low) == len(high) else None
        first, last = sorted((int(low), int(high)))
        if width is not None:
            return _numbers(f"{first:0{width}}", f"{last:0{width}}")
        size = len(str(last))
        whole = [
            _numbers(str(max(first, 10 ** (n - 1) if n > 1 else 0)), str(min(last, 10**n - 1)))
            for n in range(len(str(first)), size + 1)
        ]
        return cat([repeat(Chars(single("0")), 0, None), alt(whole)])


@lru_cache(maxsize=4096)
def _pair(chars: str, fold: Fold) -> Chars:
    """A class of two characters."""
    found = union(single(chars[0]), single(chars[1]))
    return Chars(fold_ascii_set(found) if fold == "ascii" else found)


def _solid(item: Rx) -> Rx:
    """The expression where no text stands beside it."""
    return NOTHING if item is _VOID else item


def _without_void(items: list[Rx], plain: set[int]) -> list[Rx]:
    """An empty text beside a plain one is a part of it; anywhere else it matches nothing."""
    out: list[Rx] = []
    for i, item in enumerate(items):
        if item is not _VOID:
            out.append(item)
            continue
        before = next((j for j in range(i - 1, -1, -1) if items[j] is not _VOID), -1)
        after = next((j for j in range(i + 1, len(items)) if items[j] is not _VOID), -1)
        if not {before, after} & plain:
            return [NOTHING]
    return out


def _starred(item: Rx) -> Rx:
    """Any number of times, none included; but of what no text matches Lucene makes nothing (seen on a node)."""
    return NOTHING if _is_nothing(item) else repeat(item, 0, None)


def _is_nothing(item: Rx) -> bool:
    return item == NOTHING or (_may_be_empty(item) and is_empty(item))


def _may_be_empty(rx: Rx) -> bool:
    """Whether anything in it could leave no text: most expressions need no look at their automaton."""
    match rx:
        case Both() | Compl():
            return True
        case Cat(items=items) | Alt(items=items):
            return any(map(_may_be_empty, items))
        case Repeat(item=item):
            return _may_be_empty(item)
    return rx == NOTHING


def _numbers(low: str, high: str) -> Rx:
    """The digit strings of equal length from `low` to `high`."""
    if not low:
        return EMPTY
    if low[0] == high[0]:
        return cat([Chars(single(low[0])), _numbers(low[1:], high[1:])])
    rest = len(low) - 1
    branches = [cat([Chars(single(low[0])), _numbers(low[1:], "9" * rest)])]
    if ord(high[0]) - ord(low[0]) > 1:
        middle = Chars(((ord(low[0]) + 1, ord(high[0]) - 1),))
        branches.append(cat([middle, repeat(Chars(DIGIT), rest, rest)]))
    branches.append(cat([Chars(single(high[0])), _numbers("0" * rest, high[1:])]))
    return alt(branches)
