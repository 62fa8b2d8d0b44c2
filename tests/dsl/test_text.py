"""The standard analyser, against what Lucene's tokenizer gave for the same texts."""

from __future__ import annotations

import pytest

from converter.matching.text import analyse


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("!!! - _", []),
        ("Hello, World!", ["hello", "world"]),
        (r"C:\Windows\System32\cmd.exe", ["c", "windows", "system32", "cmd.exe"]),
        ("http://example.com/a?b=c", ["http", "example.com", "a", "b", "c"]),
        ("user@example.com 10.1.2.3 abc123 4.5", ["user", "example.com", "10.1.2.3", "abc123", "4.5"]),
        ("foo-bar_baz __x_ a:b 1:2 a;b 1,2 a,b can't", [
            "foo", "bar_baz", "__x_", "a:b", "1", "2", "a", "b", "1,2", "a", "b", "can't"]),
        ("the quick Café", ["the", "quick", "café"]),
        ("漢字 ひら カタカナ 한글 กขค", ["漢", "字", "ひ", "ら", "カタカナ", "한글", "กขค"]),
        ("İ ẞ ΣΑΣ \u212a", ["i", "ß", "σασ", "k"]),
        ("א\"ב ג'", ["א\"ב", "ג'"]),
        ("e\u0301a \u00adb", ["e\u0301a", "b"]),
        ("😀👩🏽🇩🇪 👩\u200d❤\ufe0f\u200d👩 1\ufe0f\u20e3", [
            "😀", "👩🏽", "🇩🇪", "👩\u200d❤\ufe0f\u200d👩", "1\ufe0f\u20e3"]),
    ],
)  # fmt: skip
def test_words_are_cut_as_lucene_cuts_them_and_lowered(text: str, tokens: list[str]) -> None:
    assert analyse(text) == tokens


def test_a_long_word_is_cut_after_255_characters() -> None:
    assert [len(token) for token in analyse("x" * 600 + " y")] == [255, 255, 90, 1]
