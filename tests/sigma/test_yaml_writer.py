"""Whatever is written as YAML comes back letter by letter."""

from __future__ import annotations

import random

import yaml

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
