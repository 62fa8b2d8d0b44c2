"""Elasticsearch's standard analyser: words by UAX #29 as Lucene's StandardTokenizer finds them, in lower case.

The classes of the code points come from `word_breaks.tsv`, which the tokenizer itself was asked for.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from importlib.resources import files

from converter.matching.values import lowercase

#: A longer word is cut into pieces of this many UTF-16 units.
MAX_TOKEN_LENGTH = 255

#: Extending characters that sequences of emoji are made with have a class of their own.
_JOINER, _EMOJI_STYLE, _KEYCAP = "\u200d", "\ufe0f", "\u20e3"
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def analyse(text: str) -> list[str]:
    """The tokens of a text field's value, in order; none for a text without letters or digits."""
    return [lowercase(word) for word in words(text)]


def words(text: str) -> list[str]:
    """The words of the text as they are written."""
    classes = text.translate(_classes())
    token = _token()
    out: list[str] = []
    at = 0
    while found := token.search(classes, at):
        start, end = found.span()
        if end - start > MAX_TOKEN_LENGTH // 2 and (cut := _cut(text, start)) < end:
            shorter = token.match(classes, start, cut)
            end = shorter.end() if shorter else cut
        out.append(text[start:end])
        at = end
    return out


def _cut(text: str, start: int) -> int:
    """Where the longest token from `start` must end."""
    units, at = 0, start
    while at < len(text):
        units += 2 if text[at] > "\uffff" else 1
        if units > MAX_TOKEN_LENGTH:
            break
        at += 1
    return at


class _Classes(dict[int, str]):
    """Code point → letter of its class, `.` for none; filled as code points are met."""

    def __init__(self, starts: list[int], ends: list[int], letters: list[str]) -> None:
        super().__init__({ord(_JOINER): "z", ord(_EMOJI_STYLE): "v", ord(_KEYCAP): "k"})
        self.update(dict.fromkeys(_SKIN_TONES, "m"))
        self._starts, self._ends, self._letters = starts, ends, letters

    def __missing__(self, point: int) -> str:
        at = bisect_right(self._starts, point) - 1
        letter = self._letters[at] if at >= 0 and point <= self._ends[at] else "."
        self[point] = letter
        return letter


@lru_cache(maxsize=1)
def _classes() -> _Classes:
    table = files("converter.matching").joinpath("word_breaks.tsv").read_text(encoding="utf-8")
    ranges: list[tuple[int, int, str]] = []
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        letter, _, spans = line.split("\t")
        for span in spans.split():
            first, _, last = span.partition("-")
            ranges.append((int(first, 16), int(last or first, 16), letter))
    ranges.sort()
    return _Classes([r[0] for r in ranges], [r[1] for r in ranges], [r[2] for r in ranges])


@lru_cache(maxsize=1)
def _token() -> re.Pattern[str]:
    """A word, over class letters: the rules WB4 to WB13b of UAX #29 as the tokenizer groups them.

    A letter or digit absorbs extending characters behind it; `X` (low line) joins anything; `L B S` join letters,
    `M B S` digits; single ideographs and Hiragana are words; a run of South-East Asian letters is one.
    """
    ext = "[ezvkm]*"
    low, kana = f"(?:X{ext})", f"(?:K{ext})"
    letters = f"(?:[AH]{ext}(?:(?:{low}*|[LBS]{ext})[AH]{ext})*(?:(?<=H)(?:S{ext}|D{ext}H{ext}))?)"
    digits = f"(?:N{ext}(?:(?:{low}*|[MBS]{ext})N{ext})*)"
    hebrew = f"(?:H{ext}(?:S{ext}|D{ext}H{ext}))"
    group = f"(?:{kana}(?:{low}*{kana})*|(?:{hebrew}|{digits}|{letters})+)"
    word = f"{low}*{group}(?:{low}+{group})*{low}*"
    picture = "J[ezkm]*(?:vz?)?"
    emoji = f"(?:z?{picture}(?:(?<=z){picture})*|m[ezkm]*|F{ext}F{ext}|C[ezvm]*k{ext})"
    return re.compile(f"{word}|T{ext}(?:T{ext})*|I{ext}|R{ext}|{emoji}")
