"""Damaged ES|QL texts raise what people can read, never a traceback."""

from __future__ import annotations

import random
from pathlib import Path

from converter import ConverterError, parse
from converter.documents import load

PIECES = (
    "|", "(", ")", '"', "`", "\\", "WHERE", "STATS", "BY", "NOT", "NULL", "IN", "LIKE", "-", "1e999",
    "99999999999999999999", '"""', ",", ".", "*", "::", "==", "EVAL", "NOW()", "é", "\u0130", "\x00", "[", "]", "{",
    "/*", "//",
)  # fmt: skip


def damaged(rng: random.Random, text: str) -> str:
    """A piece put in, cut out, doubled, or the end cut off."""
    start = rng.randrange(len(text) + 1)
    end = min(len(text), start + rng.randint(0, 12))
    match rng.randint(0, 3):
        case 0:
            return text[:start] + rng.choice(PIECES) + text[end:]
        case 1:
            return text[:start] + text[end:]
        case 2:
            return text[:end] + text[start : start + 40] + text[end:]
    return text[:start]


def test_damaged_rules_are_read_or_refused(shared: Path) -> None:
    texts = [item.data["query"] for item in load(shared / "corpora/elastic") if item.type == "esql"]
    rng, refused = random.Random(20261124), 0
    for _ in range(3_000):
        text = rng.choice(texts)
        for _ in range(rng.randint(1, 4)):
            text = damaged(rng, text)
        try:
            parse("esql", text)
        except ConverterError as error:
            assert error.render()
            refused += 1
    assert refused > 1_000
