"""The order of a `version` field: numeric parts as numbers, a pre-release before its release, what is no version last.

Source: Elasticsearch's documented precedence of the version field type (Semantic Versioning, any number of parts).
"""

from __future__ import annotations

import re
from functools import lru_cache

_VERSION = re.compile(
    r"(?P<main>(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*)"
    r"(?:-(?P<pre>(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
    r"(?:\.(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(?P<build>\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"
)


@lru_cache(maxsize=4096)
def version_key(text: str) -> bytes:
    """Bytes that sort as the versions do."""
    found = _VERSION.fullmatch(text)
    if found is None:
        return text.encode(errors="surrogatepass") or b"\x03"
    main, pre, build = found.group("main", "pre", "build")
    tail = b"\x03" if pre is None else b"\x02" + b".".join(map(_part, pre.split(".")))
    return b".".join(map(_part, main.split("."))) + tail + (build or "").encode()


def _part(text: str) -> bytes:
    if text.isdigit():
        return b"\x01" + bytes([min(len(text), 127) | 0x80]) + text.encode()
    return text.encode()
