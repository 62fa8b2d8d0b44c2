"""String functions. Lengths and places count code points."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

from converter.matching.pipeline.functions import Body, Call, define, plain, same
from converter.matching.pipeline.java_regex import cautious, translate
from converter.matching.pipeline.types import Value

_SPACE = "".join(map(chr, (*range(9, 14), *range(28, 33), 0x1680, *range(0x2000, 0x2007), *range(0x2008, 0x200B),
                           0x2028, 0x2029, 0x205F, 0x3000)))  # fmt: skip


#: Bytes of the longest text that a function makes.
_LONGEST = 1024 * 1024


def lower(text: str) -> str:
    """Java's lower-casing without a language (final sigma, İ to two characters)."""
    return text.lower()


def upper(text: str) -> str:
    return text.upper()


plain("to_lower", "string", "keyword", lower, "each")
plain("to_upper", "string", "keyword", upper, "each")
plain("length", "string", "integer", len)
plain("byte_length", "string", "integer", lambda text: len(text.encode()))
plain("bit_length", "string", "integer", lambda text: 8 * len(text.encode()))
plain("trim", "string", same, lambda text: text.strip(_SPACE))
plain("ltrim", "string", same, lambda text: text.lstrip(_SPACE))
plain("rtrim", "string", same, lambda text: text.rstrip(_SPACE))
plain("starts_with", "string, string", "boolean", lambda text, part: text.startswith(part))
plain("ends_with", "string, string", "boolean", lambda text, part: text.endswith(part))
plain("contains", "string, string", "boolean", lambda text, part: part in text)
plain("left", "string, integer", "keyword", lambda text, count: text[: max(count, 0)])
plain("right", "string, integer", "keyword", lambda text, count: text[-count:] if count > 0 else "")
plain("reverse", "string", "keyword", lambda text: text[::-1])
plain("to_base64", "string", "keyword", lambda text: base64.b64encode(text.encode()).decode())
plain("url_encode", "string", "keyword", lambda text: quote_plus(text, safe="*-._"))
plain("url_encode_component", "string", "keyword", lambda text: quote_plus(text, safe="*-._").replace("+", "%20"))
plain("md5", "string", "keyword", lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())
plain("sha1", "string", "keyword", lambda text: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())
plain("sha256", "string", "keyword", lambda text: hashlib.sha256(text.encode()).hexdigest())


@define("concat", "string", "keyword", required=2, variadic=True)
def _concat(call: Call) -> Body:
    def body(*texts: str) -> Value:
        if sum(map(len, texts)) > _LONGEST // 4 and sum(len(text.encode()) for text in texts) > _LONGEST:
            raise call.fail("CONCAT makes no text of more than 1,048,576 bytes")
        return "".join(texts)

    return body


def _from_base64(text: str) -> Value:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return None


plain("from_base64", "string", "keyword", _from_base64)


def _url_decode(text: str) -> Value:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        return None
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", "replace")


plain("url_decode", "string", "keyword", _url_decode)


@define("substring", "string, integer, integer", "keyword", required=2)
def _substring(call: Call) -> Body:
    length = call.constant(2)
    if isinstance(length, int) and length < 0:
        raise call.fail(f"the length of a substring cannot be negative, found {length}")

    def body(text: str, start: int, count: int | None = None) -> Value:
        begin = start - 1 if start > 0 else (max(len(text) + start, 0) if start < 0 else 0)
        if count is None:
            return text[begin:]
        return text[begin : begin + count] if count >= 0 else None

    return body


def _locate(text: str, part: str, start: int = 0) -> int:
    begin = start - 1 if start > 0 else (len(text) + start if start < 0 else 0)
    return text.find(part, min(max(begin, 0), len(text))) + 1


plain("locate", "string, string, integer", "integer", _locate, required=2)


@define("repeat", "string, integer", "keyword")
def _repeat(call: Call) -> Body:
    count = call.constant(1)
    if isinstance(count, int) and count < 0:
        raise call.fail(f"the number of repeats cannot be negative, found {count}")
    return lambda text, times: text * times if times >= 0 and len(text.encode()) * times <= _LONGEST else None


@define("space", "integer", "keyword")
def _space(call: Call) -> Body:
    count = call.constant(0)
    if isinstance(count, int) and count < 0:
        raise call.fail(f"the number of blanks cannot be negative, found {count}")
    if isinstance(count, int) and count > _LONGEST:
        raise call.fail("SPACE makes no text of more than 1,048,576 bytes")
    return lambda count: " " * count if 0 <= count <= _LONGEST else None


@define("split", "string, string", "keyword")
def _split(call: Call) -> Body:
    def body(text: str, part: str) -> Value:
        if len(part.encode()) != 1:
            raise call.fail("the delimiter of SPLIT is one character of one byte")
        pieces = text.split(part)
        return tuple(pieces) if len(pieces) > 1 else pieces[0]

    if call.known[1]:
        body("", str(call.constant(1)))
    return body


@define("replace", "string, string, string", "keyword")
def _replace(call: Call) -> Body:
    pattern = call.constant(1)
    fixed = translate(pattern, call.span) if isinstance(pattern, str) else None
    occurs = cautious(fixed.pattern) if fixed is not None else None

    def body(text: str, regex: str, new: str) -> Value:
        found = fixed if fixed is not None else translate(regex, call.span)
        if occurs is not None and not occurs(text):
            return text
        try:
            made = found.sub(lambda match: _expanded(new, match), text)
            return made if len(made) <= _LONGEST and len(made.encode()) <= _LONGEST else None
        except (IndexError, ValueError):
            raise call.fail(f"the replacement `{new}` names a group that the pattern lacks") from None

    return body


def _expanded(new: str, match: re.Match[str]) -> str:
    """Java's replacement: `$1`, `${name}`, and a backslash before what is literal."""
    if "$" not in new and "\\" not in new:
        return new
    out: list[str] = []
    at = 0
    while at < len(new):
        char = new[at]
        if char == "\\":
            if at + 1 >= len(new):
                raise ValueError(new)
            out.append(new[at + 1])
            at += 2
        elif char == "$":
            text, at = _group(new, at + 1, match)
            out.append(text)
        else:
            out.append(char)
            at += 1
    return "".join(out)


def _group(new: str, at: int, match: re.Match[str]) -> tuple[str, int]:
    named = re.compile(r"\{(\w+)\}").match(new, at)
    if named:
        return match.group(named.group(1)) or "", named.end()
    if at >= len(new) or not new[at].isdigit():
        raise ValueError(new)
    number, at = int(new[at]), at + 1
    if number > match.re.groups:
        raise IndexError(number)
    while at < len(new) and new[at].isdigit() and number * 10 + int(new[at]) <= match.re.groups:
        number, at = number * 10 + int(new[at]), at + 1
    return match.group(number) or "", at


@define("hash", "string, string", "keyword")
def _hash(call: Call) -> Body:
    def body(name: str, text: str) -> Value:
        try:
            return hashlib.new(name.lower().replace("sha-", "sha"), text.encode(), usedforsecurity=False).hexdigest()
        except ValueError:
            return None

    constant = call.constant(0)
    if isinstance(constant, str) and body(constant, "") is None:
        raise call.fail(f"`{constant}` is no hash function")
    return body


@define("json_extract", "source, string", "keyword")
def _json_extract(call: Call) -> Body:
    """A value of a JSON text by its path; a key with dots may stand as such. Objects and lists come as JSON text."""

    def body(text: str, path: str) -> Value:
        try:
            found = _at(json.loads(text), path.removeprefix("$").removeprefix("."))
        except (ValueError, LookupError):
            return None
        if found is None or isinstance(found, str):
            return found
        return json.dumps(found, separators=(",", ":"), ensure_ascii=False)

    return body


def _at(value: Any, path: str) -> Any:
    if not path:
        return value
    index = re.match(r"\[(\d+)\]\.?", path)
    if index and isinstance(value, list):
        return _at(value[int(index.group(1))], path[index.end() :])
    if isinstance(value, dict):
        ends = [found.start() for found in re.finditer(r"[.\[]", path)] + [len(path)]
        for end in ends:
            if path[:end] in value:
                rest = path[end:]
                return _at(value[path[:end]], rest.removeprefix("."))
    raise LookupError(path)
