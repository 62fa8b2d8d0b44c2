"""Suppressions in the rule file: `# ruleproof: off RP303 the reason`.

In a comment before the first key it holds for the whole file; on a line of its own, for the value that follows; behind
a value, for that value. In a documentation page the comment is `<!-- ruleproof: off … -->`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from converter.documents import Document
from converter.documents.positions import Spots

_COMMENT = re.compile(r"(?P<lead>#|<!--)[ \t]*ruleproof:[ \t]*(?P<verb>\w+)?(?P<rest>[^\n]*)", re.I)
_CODES = re.compile(r"[ \t]*(\w+(?:[ \t]*,[ \t]*\w+)*)")


@dataclass(frozen=True)
class Inline:
    """A suppression at `line`, for findings that begin in [`first`, `last`] (None: in the whole file).

    `problem` says what is wrong with it; it then suppresses nothing.
    """

    line: int
    column: int
    codes: tuple[str, ...]
    reason: str
    first: int | None = None
    last: int | None = None
    problem: str | None = None

    def covers(self, code: str, line: int | None) -> bool:
        if self.problem is not None or code not in self.codes:
            return False
        if self.first is None or self.last is None:
            return True
        return line is not None and self.first <= line <= self.last

    def as_json(self) -> list[Any]:
        return [self.line, self.column, list(self.codes), self.reason, self.first, self.last, self.problem]

    @staticmethod
    def of(row: list[Any]) -> Inline:
        line, column, codes, reason, first, last, problem = row
        return Inline(line, column, tuple(codes), reason, first, last, problem)


def suppressions(documents: Iterable[Document], known: Callable[[str], bool]) -> list[Inline]:
    """All suppressions of a file, those that are wrong too."""
    documents = list(documents)
    if not documents or "ruleproof:" not in documents[0].source.text.lower():
        return []
    first = documents[0]
    if first.format in ("json", "ndjson"):
        return []
    lead = "<!--" if first.format == "docs" else "#"
    text, spots = first.source.text, first.spots
    return [
        _inline(found, text, spots, known)
        for found in _COMMENT.finditer(text)
        if found["lead"] == lead and not _inside(found.start(), spots)
    ]


def _inside(at: int, spots: Spots) -> bool:
    """Whether an offset lies in a scalar value: then it is text, no comment."""
    parents = {pointer[:-1] for pointer in spots if pointer}
    return any(
        spot.value.start < at < spot.value.end and pointer not in parents for pointer, spot in spots.items() if pointer
    )


def _inline(found: re.Match[str], text: str, spots: Spots, known: Callable[[str], bool]) -> Inline:
    line = text.count("\n", 0, found.start()) + 1
    column = found.start() - text.rfind("\n", 0, found.start())
    listed = _CODES.match(found["rest"])
    codes = tuple(re.split(r"[ \t]*,[ \t]*", listed[1])) if listed else ()
    reason = found["rest"][listed.end() if listed else 0 :].replace("-->", "").strip(" \t:-")
    problem = None
    if (found["verb"] or "").lower() != "off" or not codes:
        problem = "a suppression is written `ruleproof: off CODE reason`"
    elif unknown := [code for code in codes if not known(code)]:
        problem = f"there is no check `{unknown[0]}`"
    elif not reason:
        problem = f"the suppression of {', '.join(codes)} has no reason"
    start, stop = _range(line, found.start(), text, spots)
    return Inline(line, column, codes, reason, start, stop, problem)


def _range(line: int, at: int, text: str, spots: Spots) -> tuple[int | None, int | None]:
    """The lines that a comment speaks of; (None, None): all."""
    begin = text.rfind("\n", 0, at) + 1
    own_line = not text[begin:at].strip()
    keys = [spot.key.start if spot.key else spot.value.start for pointer, spot in spots.items() if pointer]
    if own_line and at < min(keys, default=0):
        return None, None
    wanted = _next_content(line, text) if own_line else line
    first, last = wanted, wanted
    for pointer, spot in spots.items():
        if not pointer:
            continue
        opens = text.count("\n", 0, (spot.key or spot.value).start) + 1
        closes = text.count("\n", 0, max(spot.value.start, spot.value.end - 1)) + 1
        if own_line and opens == wanted:
            last = max(last, closes)
        if not own_line and closes == wanted and not text[spot.value.end : at].strip():
            first = min(first, opens)
    return first, last


def _next_content(line: int, text: str) -> int:
    for number, content in enumerate(text.split("\n")[line:], line + 1):
        if content.strip() and not content.lstrip().startswith("#"):
            return number
    return line
