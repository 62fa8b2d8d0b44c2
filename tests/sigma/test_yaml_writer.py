"""Whatever is written as YAML comes back letter by letter."""

from __future__ import annotations

import random

import yaml
from hypothesis import given
from hypothesis import strategies as st

from converter.languages.sigma.yaml_writer import document

_PARTS = (" ", "  ", "\n", "a", "b: c", "#", "-", "\t", "'")


def test_texts_of_any_blanks_and_lines_come_back() -> None:
    source = random.Random(1)
    for _ in range(500):
        text = "".join(source.choice(_PARTS) for _ in range(source.randint(1, 9)))
        content = {"t": text, "l": [text, [text, {"x": text}]], "m": {"n": {"o": [{"p": text, "q": [text]}]}}}
        assert yaml.safe_load(document(content)) == content


def test_an_indented_text_of_several_lines_stands_in_a_block() -> None:
    assert document({"l": ["  one\n  two"]}) == "l:\n    - |4-\n          one\n          two\n"


@given(st.lists(st.text("ab#:-'\"\\ é—\u00a0", min_size=1, max_size=40), min_size=5, max_size=12))
def test_a_long_text_of_one_line_is_folded_and_comes_back(words: list[str]) -> None:
    text = " ".join(words)
    written = document({"falsepositives": [text], "description": text})
    assert yaml.safe_load(written) == {"falsepositives": [text], "description": text}


def test_a_long_text_has_no_long_line() -> None:
    text = " ".join(["word"] * 60)
    assert max(map(len, document({"falsepositives": [text]}).split("\n"))) <= 120
