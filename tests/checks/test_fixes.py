"""`--fix` makes the finding go away and touches nothing else: comments stay, and what the rule matches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from converter.checks.fixing import fix_all
from converter.checks.runner import run_checks
from converter.config import Config
from converter.documents.loading import load_text
from tests.checks.examples import EXAMPLES, elastic, sigma, threat

NOTE = "# a remark that stays\n"
#: Fixes beyond the examples of each check.
MORE = {
    "a revoked technique": sigma(tags=["attack.t1086"]),
    "the first tag": elastic(profile="elastic", threat=threat(), tags=[]),
    "several at once": sigma(tags=["attack.T1059", "attack.t1059", " attack.execution"], title="A  rule."),
    "a template's title": elastic(timeline_id="db366523-f1c6-4c1f-8731-6ce5ed9e5717", timeline_title="Mine"),
}
FILES = {code: firing for code, (firing, _) in EXAMPLES.items() if code != "RP100"} | MORE


def _meaning(path: Path) -> Any:
    return [
        (d.data.get("query"), d.data.get("detection"), d.data.get("logsource"))
        for d in load_text(path.read_text(encoding="utf-8"), str(path), True)
    ]


@pytest.mark.parametrize("name", FILES)
def test_a_fix_takes_its_finding_away_and_nothing_else(name: str, tmp_path: Path) -> None:
    files = FILES[name]
    paths = []
    for file, text in files.files.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        rule = file.endswith(".toml") or (file.endswith(".yml") and "title" in text)
        path.write_text((NOTE if rule else "") + text, encoding="utf-8")
        paths += [path] if rule else []
    config = Config(root=tmp_path, **files.config)
    before = run_checks([str(path) for path in paths], config)
    if not any(finding.fix for finding in before.open):
        assert name not in MORE
        return
    meaning = [_meaning(path) for path in paths]
    changed = fix_all(before, config)
    assert changed.made and not changed.refused
    after = run_checks([str(path) for path in paths], config)
    assert not [finding for finding in after.open if finding.fix]
    assert {f.code for f in after.open} <= {f.code for f in before.open}
    assert [_meaning(path) for path in paths] == meaning
    assert all(path.read_text(encoding="utf-8").startswith(NOTE) for path in paths)
    assert fix_all(after, config).made == 0
