"""Where each character of a quoted string with escapes stands in the file."""

from __future__ import annotations

import re

from converter.diagnostics import Span

_JSON = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.S)
_TOML = re.compile(r"\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\[ \t]*\n[ \t\n]*|\\.", re.S)


def jumps(text: str, span: Span, value: str, toml: bool) -> tuple[tuple[int, int], ...]:
    """Pairs (offset in `value`, offset in `text`) for the string in quotes at `span`, as `Source.jumps` has them.

    Empty if the string is not of the form expected: the caller then knows no place.
    """
    width = 3 if toml and text.startswith('"""', span.start) else 1
    start, stop = span.start + width, span.end - width
    if not text.startswith('"', span.start) or stop < start:
        return ()
    if width == 3 and text.startswith("\n", start):
        start += 1
    found, at, place = [(0, start)], 0, start
    for escape in (_TOML if toml else _JSON).finditer(text, start, stop):
        at += escape.start() - place
        at += 0 if toml and "\n" in escape[0] else 1
        place = escape.end()
        found.append((at, place))
    return tuple(found) if at + stop - place == len(value) else ()
