"""Files as text: decoding, line ends, and values that every format can carry."""

from __future__ import annotations

import bz2
import gzip
import lzma
import math
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from converter.diagnostics import DocumentError, Source, Span, UsageError

_PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".xz": lzma.decompress,
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
}
_WIDE = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\x00\x00\xfe\xff": "UTF-32"}

#: Deeper nesting than any rule has; a guard for the recursive walks.
MAX_DEPTH = 200


def read_text(path: str | Path) -> str:
    """The text of a file as it stands, line ends included, without a UTF-8 byte order mark.

    `.xz`, `.gz` and `.bz2` are unpacked. Raises `UsageError` (no such file) or `DocumentError` (not UTF-8 text).
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no file `{path}`") from None
    except IsADirectoryError:
        raise UsageError(f"`{path}` is a directory, expected a file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"`{path}` cannot be read: {reason.lower()}") from None
    return decode(_unpacked(raw, path), str(path))


def _unpacked(raw: bytes, path: Path) -> bytes:
    unpack = _PACKED.get(path.suffix.lower())
    if unpack is None:
        return raw
    try:
        return unpack(raw)
    except (lzma.LZMAError, OSError, EOFError, zlib.error, ValueError):
        raise DocumentError(
            f"`{path.name}` is not a sound {path.suffix[1:]} archive", source=Source("", str(path))
        ) from None


def decode(raw: bytes, path: str | None) -> str:
    """UTF-8 bytes as text; raises `DocumentError` that names the line of the first byte that is none."""
    for mark, name in _WIDE.items():
        if raw.startswith(mark):
            raise DocumentError(
                f"the file is {name} (its byte order mark says so), expected UTF-8",
                source=Source("", path),
                help="save it as UTF-8",
            )
    if b"\0" in raw:
        raise DocumentError(
            "the file is binary (it holds a zero byte), expected text",
            source=Source("", path, line=raw.count(b"\n", 0, raw.index(b"\0")) + 1),
        )
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        at = len(before)
        shown = before + raw[error.start :].split(b"\n", 1)[0].decode("latin-1")
        raise DocumentError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8",
            span=Span(at, at + 1),
            source=Source(shown, path),
            help="save the file as UTF-8",
        ) from None


def normalise(text: str) -> str:
    """The same text with `\\n` as its only line end, so that every format counts lines alike."""
    return text.replace("\r\n", "\n") if "\r" in text else text


def plain(value: Any, note: Callable[[tuple[str | int, ...], str], None], limit: int | None = None) -> Any:
    """The value in JSON's own types: dates as ISO text, the rest as it is.

    `note(pointer, what)` is called for what JSON cannot hold (a number that is not finite, bytes, half a surrogate
    pair), which becomes None; nesting past `MAX_DEPTH`, a value inside itself, or more values than `limit` raises
    `RecursionError`.
    """
    count = 0

    def walk(value: Any, at: tuple[str | int, ...]) -> Any:
        nonlocal count
        count += 1
        if len(at) > MAX_DEPTH or (limit is not None and count > limit):
            raise RecursionError
        match value:
            case str():
                if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
                    note(at, "half of a surrogate pair")
                    return None
                return value
            case bool() | int() | None:
                return value
            case float():
                if not math.isfinite(value):
                    note(at, f"the number `{value}`")
                    return None
                return value
            case dict():
                return {str(k): walk(v, (*at, str(k))) for k, v in value.items()}
            case list():
                return [walk(v, (*at, i)) for i, v in enumerate(value)]
            case _ if hasattr(value, "isoformat"):
                return value.isoformat()
        note(at, f"a value of type `{type(value).__name__}`")
        return None

    return walk(value, ())
