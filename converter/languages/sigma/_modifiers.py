"""Modifiers in the place of those of pySigma that differ between its versions or from the specification.

They are handed to each detection item, so pySigma itself stays as it is. Imports pySigma, so import this only where a
rule is read. pySigma looks at the annotations of `modify`: they must be real types of this module.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from sigma import modifiers as base
from sigma.exceptions import SigmaValueError
from sigma.types import Placeholder, SigmaExpansion, SigmaRegularExpression, SigmaString

#: More strings than this from one value are refused.
MAX_EXPANSION = 3_125

_DASHES = ("-", "/", "\u2013", "\u2014", "\u2015")
#: One of them before a word; pySigma itself looks for the first two, the specification names all five.
_DASH = re.compile(rf"\B[{''.join(_DASHES)}]\b")


class NotText(str):
    """A part of a string whose UTF-16 bytes are no text: only a base64 modifier can still use them."""


def _bytes_of(value: Any) -> bytes:
    if value.contains_special() or value.contains_placeholder():
        raise SigmaValueError("a string with wildcards or placeholders has no encoding")
    encoded = getattr(value, "ruleproof_bytes", None)
    if encoded is not None:
        return bytes(encoded)
    return "".join(part for part in value.s if isinstance(part, str)).encode()


class Base64(base.SigmaBase64Modifier):  # type: ignore[misc]
    def modify(self, val: SigmaString) -> SigmaString:
        return SigmaString.from_str(b64encode(_bytes_of(val)).decode())


class Base64Offset(base.SigmaBase64OffsetModifier):  # type: ignore[misc]
    def modify(self, val: SigmaString) -> SigmaExpansion:
        data = _bytes_of(val)
        texts = [
            b64encode(b" " * i + data)[(0, 2, 3)[i] : (None, -3, -2)[(len(data) + i) % 3]].decode() for i in range(3)
        ]
        return SigmaExpansion([SigmaString.from_str(text) for text in texts])


def _encode(value: Any, codec: str, mark: str = "") -> Any:
    """The bytes of the UTF-16 text read as characters (a NUL beside each ASCII letter), and the bytes themselves."""
    out = SigmaString()
    out.s = [_wide(part, codec) if isinstance(part, str) else part for part in value.s]
    if mark:
        out.s = [mark, *out.s]
    if not value.contains_special() and not value.contains_placeholder():
        text = "".join(part for part in value.s if isinstance(part, str))
        out.ruleproof_bytes = (mark + text).encode(codec)
    return out


def _wide(text: str, codec: str) -> str:
    try:
        return text.encode(codec).decode("utf-8")
    except UnicodeError:
        return NotText(text)


class Wide(base.SigmaWideModifier):  # type: ignore[misc]
    def modify(self, val: SigmaString) -> SigmaString:
        return _encode(val, "utf-16-le")


class Utf16Be(base.SigmaUTF16BEModifier):  # type: ignore[misc]
    def modify(self, val: SigmaString) -> SigmaString:
        return _encode(val, "utf-16-be")


class Utf16(base.SigmaUTF16Modifier):  # type: ignore[misc]
    def modify(self, val: SigmaString) -> SigmaString:
        return _encode(val, "utf-16-le", "\ufeff")


class WindowsDash(base.SigmaWindowsDashModifier):  # type: ignore[misc]
    def modify(self, val: SigmaString) -> SigmaExpansion:
        marked = val.replace_with_placeholder(_DASH, "_windash")
        choices = [_DASHES if part == Placeholder("_windash") else (part,) for part in marked.s]
        out: list[list[Any]] = [[]]
        for choice in choices:
            out = [[*head, part] for head in out for part in choice]
            if len(out) > MAX_EXPANSION:
                raise SigmaValueError("`windash` makes too many strings of the dashes in one value")
        return SigmaExpansion([joined(parts) for parts in out])


class RegularExpression(base.SigmaRegularExpressionModifier):  # type: ignore[misc]
    """Without pySigma's own check of the expression, whose engine differs between its versions."""

    def modify(self, val: SigmaString) -> SigmaRegularExpression:
        if self.applied_modifiers:
            raise SigmaValueError("`re` must be the first modifier")
        out = SigmaRegularExpression("")
        out.regexp = SigmaString(val.original, escape=False)
        return out


class Contains(base.SigmaContainsModifier):  # type: ignore[misc]
    def modify(
        self, val: SigmaString | SigmaRegularExpression | base.SigmaFieldReference
    ) -> SigmaString | SigmaRegularExpression | base.SigmaFieldReference:
        return val if isinstance(val, SigmaRegularExpression) else super().modify(val)


class Startswith(base.SigmaStartswithModifier):  # type: ignore[misc]
    def modify(
        self, val: SigmaString | SigmaRegularExpression | base.SigmaFieldReference
    ) -> SigmaString | SigmaRegularExpression | base.SigmaFieldReference:
        return _anchored(val, "\\A(?:", ")") if isinstance(val, SigmaRegularExpression) else super().modify(val)


class Endswith(base.SigmaEndswithModifier):  # type: ignore[misc]
    def modify(
        self, val: SigmaString | SigmaRegularExpression | base.SigmaFieldReference
    ) -> SigmaString | SigmaRegularExpression | base.SigmaFieldReference:
        return _anchored(val, "(?:", ")\\z") if isinstance(val, SigmaRegularExpression) else super().modify(val)


def _anchored(value: SigmaRegularExpression, before: str, after: str) -> SigmaRegularExpression:
    value.regexp = joined([before, *value.regexp.s, after])
    return value


class Expand(base.SigmaExpandModifier):  # type: ignore[misc]
    def modify(self, val: SigmaString | SigmaRegularExpression) -> SigmaString | SigmaRegularExpression:
        target = val.regexp if isinstance(val, SigmaRegularExpression) else val
        target.s = list(_with_placeholders(target.s))
        return val


def joined(parts: list[Any]) -> Any:
    """A string of parts, texts side by side put together."""
    out: list[Any] = []
    for part in parts:
        if isinstance(part, str) and out and isinstance(out[-1], str):
            out[-1] += part
        elif part != "":
            out.append(part)
    value = SigmaString()
    value.s = out
    return value


def _with_placeholders(parts: list[Any]) -> Iterator[Any]:
    """`%name%` becomes a placeholder, `\\%` a percent sign, as the specification says."""
    for part in parts:
        if not isinstance(part, str):
            yield part
            continue
        last = 0
        for match in re.finditer(r"(?<!\\)%([^%]+)%", part):
            if text := part[last : match.start()].replace("\\%", "%"):
                yield text
            yield Placeholder(match[1])
            last = match.end()
        if text := part[last:].replace("\\%", "%"):
            yield text


#: Modifier names to classes.
MODIFIERS: dict[str, type[Any]] = {
    **base.modifier_mapping,
    "base64": Base64,
    "base64offset": Base64Offset,
    "contains": Contains,
    "endswith": Endswith,
    "expand": Expand,
    "re": RegularExpression,
    "startswith": Startswith,
    "utf16": Utf16,
    "utf16be": Utf16Be,
    "utf16le": Wide,
    "wide": Wide,
    "windash": WindowsDash,
}
