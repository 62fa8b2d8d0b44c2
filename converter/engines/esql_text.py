"""An ES|QL text as it runs on a throw-away index: another source, and the id of each row's event kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

SKIP = re.compile(r'"""[\s\S]*?"""|"(?:\\[\s\S]|[^"\\])*"|`(?:``|[^`])*`|//[^\n]*|/\*[\s\S]*?\*/')
COMMENTS = re.compile(r"^(?:\s|//[^\n]*(?:\n|$)|/\*[\s\S]*?\*/)*")
COMMENT = re.compile(r"//[^\n]*|/\*[\s\S]*?\*/")
SOURCE = re.compile(r"(?is)\s*(FROM|TS)\b(.*?)(?:\bMETADATA\b(.*))?$")
#: Commands behind which a row is no event any more.
AGGREGATES = ("STATS",)


def commands(text: str) -> list[str]:
    """The parts between the pipes that stand outside strings, comments and parentheses."""
    return list(_split(text))


def _split(text: str) -> Iterator[str]:
    start, depth, at = 0, 0, 0
    while at < len(text):
        skipped = SKIP.match(text, at)
        if skipped:
            at = skipped.end()
            continue
        char = text[at]
        depth += (char in "([") - (char in ")]")
        if char == "|" and depth <= 0:
            yield text[start:at]
            start = at + 1
        at += 1
    yield text[start:]


def word(command: str) -> str:
    """The command's first word, in upper case."""
    found = re.match(r"\w+", COMMENTS.sub("", command))
    return found[0].upper() if found else ""


def on_index(text: str, index: str, limit: int) -> tuple[str, bool]:
    """The query over `index`, and whether a column `_id` names the event of each row.

    A `KEEP` gets `_id` in addition. A query that has no source command stays as it is."""
    parts = commands(text)
    source = SOURCE.match(SKIP.sub(lambda part: " " if COMMENT.match(part[0]) else part[0], parts[0]))
    if source is None:
        return text, False
    metadata = [name.strip() for name in (source[3] or "").split(",") if name.strip()]
    ids = not any(word(part) in AGGREGATES for part in parts)
    if ids and "_id" not in metadata:
        metadata.append("_id")
    out = [f"{source[1]} {index}" + (f" METADATA {', '.join(metadata)}" if metadata else "")]
    for part in parts[1:]:
        out.append(_keeping(part) if ids and word(part) == "KEEP" else part.strip())
    return "\n| ".join([*out, f"LIMIT {limit}"]), ids


def _keeping(part: str) -> str:
    return part.strip() if re.search(r"(?<![\w.])_id(?![\w.])", part) else f"{part.strip()}\n, _id"
