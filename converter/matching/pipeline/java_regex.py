"""Regular expressions of Java (REPLACE) and Oniguruma (GROK) as Python's."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from converter.diagnostics import ParseError, Span, UnsupportedError
from converter.tree import Field, Regex

_NOT_BREAK = "[^\\n\\r\\u0085\\u2028\\u2029]"
_END = "(?=(?:\\r\\n|[\\n\\r\\u0085\\u2028\\u2029])?\\Z)"
_CLASSES = {
    "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9", "Upper": "A-Z", "Lower": "a-z", "XDigit": "0-9a-fA-F",
    "Punct": r"!-/:-@\[-`{-~", "Space": r" \t\n\x0b\f\r", "Blank": r" \t", "Cntrl": r"\x00-\x1f\x7f",
    "ASCII": r"\x00-\x7f", "Graph": "!-~", "Print": " -~", "Word": "a-zA-Z0-9_",
}  # fmt: skip
_POSIX = {name.lower(): text for name, text in _CLASSES.items()}
_SPACES = {"h": r" \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000", "v": r"\n\x0b\f\r\x85\u2028\u2029"}


def translate(pattern: str, span: Span | None = None, onig: bool = False) -> re.Pattern[str]:
    """The compiled pattern. Raises `ParseError` for one that is broken, `UnsupportedError` for what Python lacks."""
    try:
        return _translate(pattern, onig)
    except re.error as error:
        raise ParseError(f"the regular expression `{pattern}` is broken: {error.msg}", span=span) from None
    except _Foreign as error:
        raise UnsupportedError(f"`{error}` in a regular expression is not supported", span=span) from None


def python_source(pattern: str) -> str:
    """Java's expression as Python writes it. Raises `ParseError`, `UnsupportedError`."""
    try:
        return _Reader(pattern, False).read()
    except re.error as error:
        raise ParseError(str(error.msg)) from None
    except _Foreign as error:
        raise UnsupportedError(f"`{error}`") from None


def cautious(source: str) -> Callable[[str], bool] | None:
    """Whether an expression is found in a text, asked before one is run that could run away where it is not; None
    for expressions that cannot, or of which that cannot be said."""
    from converter.matching.regex import compile_regex, is_tame

    try:
        if is_tame(source, "pcre"):
            return None
        return compile_regex(Regex(Field("value"), source, "pcre", search=True))
    except (ParseError, UnsupportedError):
        return None


class _Foreign(Exception):
    """A construct without a counterpart."""


@lru_cache(maxsize=512)
def _translate(pattern: str, onig: bool) -> re.Pattern[str]:
    flags = re.ASCII | (re.MULTILINE if onig else 0)
    return re.compile(_Reader(pattern, onig).read(), flags)


class _Reader:
    def __init__(self, pattern: str, onig: bool) -> None:
        self.pattern = pattern
        self.onig = onig
        self.at = 0
        self.dotall = "(?s)" in pattern or bool(re.match(r"\(\?[a-z]*s[a-z]*\)", pattern))
        self.multiline = onig or bool(re.match(r"\(\?[a-z]*m[a-z]*\)", pattern))

    def read(self) -> str:
        out: list[str] = []
        while self.at < len(self.pattern):
            out.append(self._item())
        return "".join(out)

    def _item(self) -> str:
        char = self.pattern[self.at]
        if char == "\\":
            return self._escape(False)
        if char == "[":
            return self._class()
        self.at += 1
        if (
            char == "("
            and self.pattern.startswith("?<", self.at)
            and self.pattern[self.at + 2 : self.at + 3]
            not in (
                "=",
                "!",
            )
        ):
            self.at += 1
            return "(?P"
        if char == "." and not self.dotall and not self.onig:
            return _NOT_BREAK
        if char == "$" and not self.multiline:
            return _END
        if char == "{" and not re.match(r"\d+(,\d*)?\}", self.pattern[self.at :]):
            if self.onig:
                return r"\{"
            raise re.error("illegal repetition")
        return char

    def _escape(self, in_class: bool) -> str:
        self.at += 1
        if self.at >= len(self.pattern):
            raise re.error("a backslash at the end")
        char = self.pattern[self.at]
        self.at += 1
        if char == "Q":
            end = self.pattern.find("\\E", self.at)
            text = self.pattern[self.at : end if end >= 0 else None]
            self.at = end + 2 if end >= 0 else len(self.pattern)
            return re.escape(text)
        if char == "E":
            return ""
        if char in "pP":
            return self._property(char == "P", in_class)
        if char == "h" and self.onig:
            return "0-9a-fA-F" if in_class else "[0-9a-fA-F]"
        if char in _SPACES and not (char == "v" and self.onig):
            return _SPACES[char] if in_class else f"[{_SPACES[char]}]"
        if char in "HV":
            raise _Foreign("\\" + char)
        if char == "R" and not in_class:
            return "(?:\\r\\n|[\\n\\x0b\\f\\r\\x85\\u2028\\u2029])"
        if char == "z":
            return "\\Z"
        if char == "Z":
            return _END
        if char == "e":
            return "\\x1b"
        if char == "x" and self.pattern.startswith("{", self.at):
            end = self.pattern.find("}", self.at)
            code = int(self.pattern[self.at + 1 : end], 16)
            self.at = end + 1
            return re.escape(chr(code))
        if char == "k" and self.pattern.startswith("<", self.at):
            end = self.pattern.find(">", self.at)
            name = self.pattern[self.at + 1 : end]
            self.at = end + 1
            return f"(?P={name})"
        if char in "GXK":
            raise _Foreign("\\" + char)
        if char.isalnum() and char not in "tnrfaAbBdDsSwWxu0123456789v":
            raise re.error(f"bad escape \\{char}")
        return "\\" + char

    def _property(self, negated: bool, in_class: bool) -> str:
        if self.pattern.startswith("{", self.at):
            end = self.pattern.find("}", self.at)
            name = self.pattern[self.at + 1 : end]
            self.at = end + 1
        else:
            name, self.at = self.pattern[self.at : self.at + 1], self.at + 1
        inner = _CLASSES.get(name.removeprefix("Is").removeprefix("java"))
        if inner is None or (negated and in_class):
            raise _Foreign(f"\\p{{{name}}}")
        return inner if in_class else f"[{'^' if negated else ''}{inner}]"

    def _class(self) -> str:
        self.at += 1
        out = ["["]
        if self.pattern.startswith("^", self.at):
            out.append("^")
            self.at += 1
        if self.pattern.startswith("]", self.at):
            out.append("\\]")
            self.at += 1
        while True:
            if self.at >= len(self.pattern):
                raise re.error("a class without its end")
            char = self.pattern[self.at]
            if char == "]":
                self.at += 1
                return "".join((*out, "]"))
            out.append(self._class_item(char))

    def _class_item(self, char: str) -> str:
        if char == "\\":
            return self._escape(True)
        if self.pattern.startswith("&&", self.at):
            raise _Foreign("&&")
        posix = re.compile(r"\[:(\w+):\]").match(self.pattern, self.at) if self.onig else None
        if posix:
            self.at = posix.end()
            if posix.group(1) not in _POSIX:
                raise re.error("unknown class")
            return _POSIX[posix.group(1)]
        if char == "[":
            inner = self._class()
            if inner.startswith("[^"):
                raise _Foreign("a negated class inside a class")
            return inner[1:-1]
        self.at += 1
        return "\\" + char if char in "&|~-" and self.pattern[self.at : self.at + 1] == char else char
