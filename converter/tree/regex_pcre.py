"""Sigma's `|re`: what Python's `re` and PCRE have in common, read as Python's `re` with its ASCII flag.

So `\\d \\w \\s \\b` and case folding are ASCII's (as PCRE without UCP). `$` holds at the very end only, as RE2 and Rust
read it (pySigma checks with RE2), not before a final line break: the engines differ there, and only so can a
whole-value expression of Elasticsearch be said in Sigma at all. With the flag m, `^` and `$` hold at line breaks too.
What has no place in an expression of whole values (look-around, backreferences, possessive and atomic groups, …) is an
`UnsupportedError` that names the construct; what neither engine takes, a `ParseError`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from converter.diagnostics import ParseError, Span, UnsupportedError
from converter.tree.charset import DIGIT, NEWLINE, PCRE_SPACE, WORD, CharSet, charset, folded, invert, single, union
from converter.tree.glob import Fold
from converter.tree.regex import ONE_CHAR, Chars, Edge, Place, Rx, alt, cat, repeat

_CLASSES: dict[str, CharSet] = {
    "d": DIGIT, "D": invert(DIGIT), "w": WORD, "W": invert(WORD), "s": PCRE_SPACE, "S": invert(PCRE_SPACE),
}  # fmt: skip
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_PLACES: dict[str, Place] = {"A": "start", "Z": "end", "z": "end", "b": "word", "B": "not_word"}
_NAMED_ELSEWHERE = {
    "p": "Unicode property", "P": "Unicode property", "Q": r"quotation `\Q…\E`", "E": r"quotation `\Q…\E`",
    "G": r"anchor `\G`", "K": r"match reset `\K`", "X": r"grapheme `\X`", "R": r"line break class `\R`",
    "h": r"class `\h`", "H": r"class `\H`", "V": r"class `\V`", "N": r"class `\N`", "C": r"byte class `\C`",
    "g": "backreference", "k": "backreference",
}  # fmt: skip
_GROUPS = (
    ("?=", "lookahead"), ("?!", "negative lookahead"), ("?<=", "lookbehind"), ("?<!", "negative lookbehind"),
    ("?>", "atomic group"), ("?P=", "backreference"), ("?P>", "recursion"), ("?(", "conditional group"),
    ("?|", "branch reset group"), ("?R", "recursion"), ("?&", "recursion"), ("?+", "recursion"), ("*", "verb"),
)  # fmt: skip
_MAX_COUNT = 65535


@dataclass(frozen=True, slots=True)
class _Flags:
    fold: Fold
    multiline: bool = False
    dotall: bool = False
    verbose: bool = False


def parse_pcre(pattern: str, *, fold: Fold = "none", multiline: bool = False, dotall: bool = False) -> Rx:
    """The pattern as an expression with anchors; raises `ParseError` or `UnsupportedError`, span in the pattern."""
    return _Parser(pattern).whole(_Flags("ascii" if fold == "ascii" else "none", multiline, dotall))


class _Parser:
    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0
        self.named: set[str] = set()

    def fail(self, message: str, start: int, help: str | None = None) -> ParseError:
        span = Span(min(start, len(self.pattern)), max(self.at, min(start + 1, len(self.pattern))))
        return ParseError(f"{message} in the regular expression", span=span, help=help)

    def unsupported(self, construct: str, start: int) -> UnsupportedError:
        return UnsupportedError(
            f"{construct} in a regular expression", span=Span(start, max(self.at, start + 1)),
            help="rewrite the pattern without it",
        )  # fmt: skip

    def more(self) -> bool:
        return self.at < len(self.pattern)

    def peek(self, chars: str) -> bool:
        return self.at < len(self.pattern) and self.pattern[self.at] in chars

    def take(self, word: str) -> bool:
        if self.pattern.startswith(word, self.at):
            self.at += len(word)
            return True
        return False

    def whole(self, flags: _Flags) -> Rx:
        found = self.branches(flags)
        if self.more():
            raise self.fail("`)` without `(`", self.at)
        return found

    def branches(self, flags: _Flags) -> Rx:
        """Alternatives up to `)` or the end; an inline flag holds to the end of the group, through later branches."""
        done: list[Rx] = []
        items: list[Rx] = []
        while self.more() and not self.peek(")"):
            if self.take("|"):
                done.append(cat(items))
                items = []
            elif (changed := self.inline_flags(flags)) is not None:
                flags = changed
            elif not self.skip(flags):
                items.append(self.repeated(flags))
        return alt([*done, cat(items)]) if done else cat(items)

    def inline_flags(self, flags: _Flags) -> _Flags | None:
        """`(?i)` and the like; None if none stands here."""
        start = self.at
        if not self.take("(?"):
            return None
        changed = self.flag_letters(flags)
        if changed is not None and self.take(")"):
            return changed
        self.at = start
        return None

    def flag_letters(self, flags: _Flags) -> _Flags | None:
        start, on = self.at, True
        while self.peek("imsxaLun-"):
            letter = self.pattern[self.at]
            self.at += 1
            match letter:
                case "-":
                    on = False
                case "i":
                    flags = replace(flags, fold="ascii" if on else "none")
                case "m":
                    flags = replace(flags, multiline=on)
                case "s":
                    flags = replace(flags, dotall=on)
                case "x":
                    flags = replace(flags, verbose=on)
                case "a":
                    pass
                case _:
                    raise self.unsupported(f"inline flag `{letter}`", self.at - 1)
        return flags if self.at > start else None

    def skip(self, flags: _Flags) -> bool:
        """Comments, and in verbose mode blanks."""
        start = self.at
        if self.take("(?#"):
            end = self.pattern.find(")", self.at)
            if end < 0:
                raise self.fail("comment is never closed", start)
            self.at = end + 1
        elif flags.verbose and self.peek(" \t\n\r\f\v"):
            self.at += 1
        elif flags.verbose and self.take("#"):
            end = self.pattern.find("\n", self.at)
            self.at = len(self.pattern) if end < 0 else end + 1
        return self.at > start

    def repeated(self, flags: _Flags) -> Rx:
        start = self.at
        item = self.item(flags)
        while self.skip(flags):
            pass
        counts = self.quantifier()
        if counts is None:
            return item
        if isinstance(item, Edge) and self.pattern[start] != "(":
            raise self.fail("nothing to repeat", start)
        if self.take("+"):
            raise self.unsupported("possessive quantifier", start)
        self.take("?")
        if self.quantifier() is not None:
            raise self.fail("multiple repeat", start, "put the first repetition into a group")
        return repeat(item, *counts)

    def quantifier(self) -> tuple[int, int | None] | None:
        if self.take("*"):
            return 0, None
        if self.take("+"):
            return 1, None
        if self.take("?"):
            return 0, 1
        start = self.at
        if not self.take("{"):
            return None
        low = self.digits()
        high = self.digits() if self.take(",") else low
        if not self.take("}") or self.at - start == 2:
            self.at = start
            return None
        if max(int(low or 0), int(high or 0)) > _MAX_COUNT:
            raise self.fail("number too large", start)
        if low and high and int(low) > int(high):
            raise self.fail(f"repetition range `{low},{high}` out of order", start)
        return int(low or 0), int(high) if high else None

    def digits(self) -> str:
        start = self.at
        while self.peek("0123456789"):
            self.at += 1
        return self.pattern[start : self.at]

    def item(self, flags: _Flags) -> Rx:
        start, char = self.at, self.pattern[self.at]
        self.at += 1
        match char:
            case "*" | "+" | "?":
                raise self.fail("nothing to repeat", start, f"put a backslash before `{char}` if it is text")
            case ".":
                return ONE_CHAR if flags.dotall else Chars(invert(NEWLINE))
            case "^":
                return Edge("line_start" if flags.multiline else "start")
            case "$":
                return Edge("line_end" if flags.multiline else "end")
            case "(":
                return self.group(flags, start)
            case "[":
                return Chars(self.bracket(flags, start))
            case "\\":
                return self.escape(flags, start)
            case "{":
                self.at = start
                if self.quantifier() is not None:
                    raise self.fail("nothing to repeat", start, r"put a backslash before `{` if it is text")
                self.at = start + 1
        return Chars(folded(single(char), flags.fold))

    def group(self, flags: _Flags, start: int) -> Rx:
        if self.take("?P<") or (not self.pattern.startswith(("?<=", "?<!"), self.at) and self.take("?<")):
            self.group_name(start)
        elif not self.take("?:"):
            for mark, name in _GROUPS:
                if self.pattern.startswith(mark, self.at):
                    self.at += len(mark)
                    raise self.unsupported(name, start)
            if self.take("?"):
                changed = self.flag_letters(flags)
                if changed is None or not self.take(":"):
                    raise self.fail("unknown group", start)
                flags = changed
        found = self.branches(flags)
        if not self.take(")"):
            raise self.fail("`(` is never closed", start, "put a backslash before `(` if it is text")
        return found

    def group_name(self, start: int) -> None:
        end = self.pattern.find(">", self.at)
        name = self.pattern[self.at : end] if end > 0 else ""
        if not name.isidentifier() or name in self.named:
            raise self.fail("bad group name", start)
        self.named.add(name)
        self.at = end + 1

    def escape(self, flags: _Flags, start: int) -> Rx:
        if not self.more():
            raise self.fail("backslash at the end", start)
        char = self.pattern[self.at]
        if char in _PLACES:
            self.at += 1
            return Edge(_PLACES[char])
        if char in "123456789" and not self.octal_follows():
            self.at += 1
            raise self.unsupported("backreference", start)
        return Chars(self.escaped(flags, start)[0])

    def octal_follows(self) -> bool:
        part = self.pattern[self.at : self.at + 3]
        return len(part) == 3 and part[0] in "0123" and all(char in "01234567" for char in part)

    def escaped(self, flags: _Flags, start: int) -> tuple[CharSet, str | None]:
        """The set of an escape, and its character if it is one; `at` stands behind the backslash."""
        char = self.pattern[self.at]
        self.at += 1
        if char in _CLASSES:
            return _CLASSES[char], None
        if char in _NAMED_ELSEWHERE:
            raise self.unsupported(_NAMED_ELSEWHERE[char], start)
        if char in _CONTROLS:
            char = _CONTROLS[char]
        elif char in "xuU":
            char = self.code_point(char, start)
        elif char.isascii() and char.isdigit():
            char = self.octal(start)
        elif char.isascii() and char.isalpha():
            raise self.fail(f"bad escape `\\{char}`", start)
        return folded(single(char), flags.fold), char

    def code_point(self, kind: str, start: int) -> str:
        if kind == "x" and self.take("{"):
            end = self.pattern.find("}", self.at)
            digits = self.pattern[self.at : end] if end > 0 else ""
            self.at += len(digits) + 1
        else:
            width = {"x": 2, "u": 4, "U": 8}[kind]
            digits = self.pattern[self.at : self.at + width]
            self.at += width
            if len(digits) != width:
                digits = ""
        good = bool(digits) and all(digit in "0123456789abcdefABCDEF" for digit in digits)
        if not good or int(digits, 16) > 0x10FFFF:
            raise self.fail(f"incomplete escape `\\{kind}`", start)
        return chr(int(digits, 16))

    def octal(self, start: int) -> str:
        """`\\0`, `\\07`, `\\101`; `at` stands behind the first digit."""
        first = self.at - 1
        if self.pattern[first] not in "01234567" or (self.pattern[first] != "0" and not self._three_octal(first)):
            raise self.fail(f"bad escape `\\{self.pattern[first]}`", start)
        while self.at - first < 3 and self.peek("01234567"):
            self.at += 1
        value = int(self.pattern[first : self.at], 8)
        if value > 0o377:
            raise self.fail("octal escape too large", start)
        return chr(value)

    def _three_octal(self, first: int) -> bool:
        part = self.pattern[first : first + 3]
        return len(part) == 3 and all(char in "01234567" for char in part)

    def bracket(self, flags: _Flags, start: int) -> CharSet:
        negated = self.take("^")
        chars: CharSet = ()
        first = True
        while first or not self.peek("]"):
            if not self.more():
                raise self.fail("`[` is never closed", start, "put a backslash before `[` if it is text")
            chars = union(chars, self.class_item(flags, start))
            first = False
        self.at += 1
        return invert(chars) if negated else chars

    def class_item(self, flags: _Flags, start: int) -> CharSet:
        at = self.at
        if (
            self.pattern.startswith(("[:", "[.", "[="), at)
            and self.pattern.find(self.pattern[at + 1] + "]", at + 2) > 0
        ):
            raise self.unsupported("POSIX class", at)
        chars, low = self.class_char(flags, start)
        if low is None or not self.peek("-") or self.pattern.startswith("-]", self.at):
            return chars
        self.at += 1
        if not self.more():
            raise self.fail("`[` is never closed", start)
        _, high = self.class_char(flags, start)
        if high is None or low > high:
            raise self.fail(f"bad range `{self.pattern[at : self.at]}`", at)
        return folded(charset([(ord(low), ord(high))]), flags.fold)

    def class_char(self, flags: _Flags, start: int) -> tuple[CharSet, str | None]:
        char = self.pattern[self.at]
        self.at += 1
        if char != "\\":
            return folded(single(char), flags.fold), char
        if not self.more():
            raise self.fail("`[` is never closed", start)
        if self.take("b"):
            return single("\b"), "\b"
        return self.escaped(flags, self.at - 1)
