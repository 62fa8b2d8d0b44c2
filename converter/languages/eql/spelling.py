"""How EQL writes names, strings and numbers."""

from __future__ import annotations

import math
import re

from converter.languages.eql.lexer import KEYWORDS
from converter.matching.scalar import Scalar

_NAME = re.compile(r"[A-Za-z_@][A-Za-z0-9_]*")
_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms"))
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and text not in KEYWORDS


def field_name(name: str, optional: bool = False) -> str:
    """In backquotes where a part of it is no plain name."""
    mark = "?" if optional else ""
    if all(map(is_name, name.split("."))):
        return mark + name
    return f"{mark}`{name.replace('`', '``')}`"


def category(value: str) -> str:
    return value if is_name(value) else string(value)


def string(text: str) -> str:
    """In double quotes; what cannot be read on paper as `\\u{…}`."""
    return '"' + "".join(_char(char) for char in text) + '"'


def _char(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    return char if char >= " " and char != "\x7f" else f"\\u{{{ord(char):02x}}}"


def pattern(text: str) -> str:
    """A regular expression: raw where that saves escapes."""
    if "\\" in text and '"' not in text and all(char >= " " for char in text):
        return f'"""{text}"""'
    return string(text)


def constant(value: Scalar) -> str:
    """A literal; raises `ValueError` for a number that has no spelling."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a number without a spelling")
        return repr(value)
    return str(value)


def span(milliseconds: int) -> str:
    """A time span in the largest unit that divides it."""
    size, unit = next(pair for pair in _UNITS if milliseconds % pair[0] == 0)
    return f"{milliseconds // size}{unit}"
