"""YAML as SigmaHQ writes it: four spaces, single quotes in the detection, plain text in the metadata.

Every text comes back letter by letter: what single quotes cannot hold is written in double quotes with escapes, what
would be read as something else than text is quoted.
"""

from __future__ import annotations

import datetime
import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

#: Characters that YAML takes as they are in quotes on one line.
_PRINTABLE = re.compile(
    "[\\x20-\\x7e\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]*"
)
_PLAIN = re.compile(r"[A-Za-z0-9(/_.\u00c0-\u024f][^\n]*")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.|\-]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
STEP = "    "
#: Columns of a line, where it can be broken.
_WIDTH = 120
#: Characters of a text of the metadata that stays on one line.
_LONGEST = 160


def document(content: Mapping[str, Any]) -> str:
    """A mapping as a YAML document, keys in their order."""
    return "\n".join(_mapping(content, "", quoted=False)) + "\n"


class Remarked(str):
    """A text with a remark, which is written as a comment above its line; `about` is the field that it speaks of."""

    remark: str
    about: str

    def __new__(cls, text: str, remark: str, about: str = "") -> Remarked:
        made = super().__new__(cls, text)
        made.remark, made.about = remark, about
        return made


def _remarks(value: Any, pad: str) -> Iterator[str]:
    """The remarks on a value or on those of a list, each once, those about one field on one line if it has room."""
    values = value if isinstance(value, list | tuple) else (value,)
    grouped: dict[str, dict[str, None]] = {}
    for item in values:
        if isinstance(item, Remarked):
            grouped.setdefault(item.about, {})[item.remark] = None
    for about, said in grouped.items():
        head = f"{pad}# {about}: " if about else f"{pad}# "
        whole = head + ", ".join(said)
        yield from [whole] if len(whole) <= _WIDTH else [head + item for item in said]


def _mapping(content: Mapping[Any, Any], pad: str, quoted: bool) -> Iterator[str]:
    for key, value in content.items():
        yield from _remarks(value, pad)
        yield from entry(pad + key_text(key) + ":", value, pad, quoted or key == "detection", key)


def entry(head: str, value: Any, pad: str, quoted: bool = False, key: Any = None) -> Iterator[str]:
    """The lines of `head` (a key with its colon, or a dash) and a value. `quoted`: texts in single quotes."""
    if isinstance(value, Folded):
        yield from _folded(head, str(value), pad + STEP)
    elif isinstance(value, Mapping) and value:
        yield head
        yield from _mapping(value, pad + STEP, quoted)
    elif isinstance(value, list | tuple) and value:
        yield head
        for item in value:
            yield from _item(item, pad + STEP, quoted)
    elif isinstance(value, str) and not quoted and _is_block(value):
        step = str(len(STEP)) if value.startswith(" ") else ""
        yield f"{head} |{step}" + ("" if value.endswith("\n") else "-")
        for line in value.removesuffix("\n").split("\n"):
            yield (pad + STEP + line) if line else ""
    elif isinstance(value, str) and not quoted and _is_prose(value):
        yield f"{head} >-"
        yield from textwrap.wrap(
            value, _WIDTH, initial_indent=pad + STEP, subsequent_indent=pad + STEP, break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
    else:
        yield f"{head} {scalar(value, quoted, key)}"


class Folded(str):
    """A condition, which may be broken into several lines before `and` and `or`, else at any blank."""


def _folded(head: str, text: str, pad: str) -> Iterator[str]:
    line = head
    for part in re.split(r" (?=and |or )", text):
        words = [part] if len(pad) + len(part) <= _WIDTH else part.split(" ")
        for word in words:
            if len(line) + 1 + len(word) > _WIDTH and line != head and not line.isspace():
                yield line
                line = pad + word
            else:
                line += (" " if line.strip() else "") + word
    yield line


def _item(value: Any, pad: str, quoted: bool) -> Iterator[str]:
    if isinstance(value, Mapping | list | tuple) and value:
        inner = _mapping(value, pad + "  ", quoted) if isinstance(value, Mapping) else _items(value, pad + "  ", quoted)
        lines = list(inner)
        yield f"{pad}- {lines[0].lstrip(' ')}"
        yield from lines[1:]
    else:
        yield from entry(pad + "-", value, pad, quoted)


def _items(values: Any, pad: str, quoted: bool) -> Iterator[str]:
    for value in values:
        yield from _item(value, pad, quoted)


def scalar(value: Any, quoted: bool = False, key: Any = None) -> str:
    """One value on one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _float(value)
        case datetime.date() | datetime.datetime():
            return value.isoformat()
        case str():
            if key in ("date", "modified") and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                return value
            return value if not quoted and _is_plain(value) else quote(value)
        case Mapping():
            return "{}"
        case list() | tuple():
            return "[]"
    return quote(str(value))


def _float(value: float) -> str:
    if value != value:
        return ".nan"
    if value in (float("inf"), float("-inf")):
        return ".inf" if value > 0 else "-.inf"
    text = repr(value)
    mantissa, exponent, power = text.partition("e")
    if exponent:
        mantissa = mantissa if "." in mantissa else mantissa + ".0"
        power = power if power[0] in "+-" else "+" + power
    return mantissa + exponent + power


def quote(text: str) -> str:
    """A text in single quotes, or in double ones where only escapes can say it."""
    if _PRINTABLE.fullmatch(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_ESCAPES.get(c) or (c if _PRINTABLE.fullmatch(c) else _escape(c)) for c in text) + '"'


def _escape(char: str) -> str:
    point = ord(char)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def key_text(key: Any) -> str:
    text = str(key)
    return text if _PLAIN_KEY.fullmatch(text) and _reads_as_text(text) else quote(text)


@lru_cache(maxsize=4096)
def _is_plain(text: str) -> bool:
    if not _PLAIN.fullmatch(text) or not _PRINTABLE.fullmatch(text):
        return False
    if ": " in text or " #" in text or text.endswith((" ", ":")):
        return False
    return _reads_as_text(text)


def _reads_as_text(text: str) -> bool:
    import yaml

    loader: Any = yaml.SafeLoader("")
    return bool(loader.resolve(yaml.ScalarNode, text, (True, False)) == "tag:yaml.org,2002:str")


def _is_prose(text: str) -> bool:
    """Whether a text of one line is too long for one, and its words lie one blank apart, so that folding loses none."""
    return len(text) > _LONGEST and " " in text and bool(_PRINTABLE.fullmatch(text)) and text.split(" ") == text.split()


def _is_block(text: str) -> bool:
    """Whether a text of several lines stands letter by letter in a literal block."""
    lines = text.removesuffix("\n").split("\n")
    return (
        "\n" in text
        and not text.endswith("\n\n")
        and bool(lines[0])
        and not lines[0].startswith("\t")
        and all(_PRINTABLE.fullmatch(line.replace("\t", "")) and not (line and line.isspace()) for line in lines)
        and any(lines)
        and bool(lines[-1])
    )
