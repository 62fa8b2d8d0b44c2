"""Which expressions an index refuses as too complex: each line's answer was given by Elasticsearch 8.19.21."""

from __future__ import annotations

import pytest

from converter.matching.effort import text_too_complex

BRANCHES = [f".*{word}.{{1,3}}x.*" for word in ("cmd", "curl", "copy", "powershell", "wget", "bits", "mshta", "reg")]


@pytest.mark.parametrize("pattern, refused", [
    ("|".join(BRANCHES), True),
    ("|".join(BRANCHES[:3]), False),
    (".*(" + "|".join(branch[2:-2] for branch in BRANCHES) + ").*", False),
    (".*(Copy-Item|cpi) .{2,128} -Destination .{1,32}System32.*", True),
    (".*(Copy-Item|cpi) .{2,16} -Destination .{1,8}System32.*", False),
    (".*a.{14}", True),
    (".*a.{12}", False),
    ("(.*a.{8}|.*b.{8})c.*", False),
    (".*[ab].{1,30}[cd].{1,30}e.*", True),
    (".*a.{1,30}b.*", True),
])  # fmt: skip
def test_an_index_refuses_what_is_too_much_work(pattern: str, refused: bool) -> None:
    assert text_too_complex(pattern) == refused
