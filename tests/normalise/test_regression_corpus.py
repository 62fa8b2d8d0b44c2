"""SigmaHQ's regression cases: real event logs, matched by the Sigma form and, normalised, by each Elastic form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("evtx", reason="reading EVTX needs the package evtx (pip install 'ruleproof[evtx]')")

from converter.api import match
from converter.documents import load
from converter.fields.kinds import of_kind
from converter.replay import regression
from converter.replay.counted import Counted, count
from converter.replay.forms import forms_of

#: Rules whose `match_count` is lower than what fulfils the rule as it is written: each of these events does, so every
#: form matches them all. They are three tools, three subdomains, two values of the registry.
LOWER_LABELS = {
    "file_event_win_cred_dump_tools_dropped_files": 3,
    "registry_set_change_security_zones": 3,
    "registry_set_disable_administrative_share": 2,
}

#: What has no form in a language, and why.
WITHOUT = {
    ("proc_creation_win_susp_cross_user_process_spawn", "eql", "lucene", "esql", "dsl", "kuery"):
        "refused: `User` is no single ECS field",
    ("win_security_explicit_credential_local_logon", "eql"): "broader: EQL cannot say a comparison of two fields",
    ("win_security_explicit_credential_local_logon", "lucene", "dsl"): "broader: a function of several fields",
    ("proc_creation_win_hktl_wsass", "lucene", "esql", "dsl"):
        "refused: a regular expression that an index refuses as too complex",
    ("proc_creation_win_hktl_wsass", "eql"):
        "refused: EQL cannot say a regular expression that an index refuses as too complex",
}  # fmt: skip


def cases(shared: Path) -> Iterator[tuple[str, Path]]:
    root = shared / "corpora" / "sigma"
    for path in sorted(root.glob("rules*/**/*.yml")):
        found = re.search(r"^regression_tests_path: *(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        if found and (root / found[1]).is_file():
            yield path.stem, path


def run(path: Path, languages: tuple[str, ...], kind: str | None = None) -> tuple[list[Counted], dict[str, str]]:
    forms = forms_of(load(path)[0], languages, of_kind(kind) if kind else None)
    return [count(forms, case, match) for case in regression.cases_of(forms.document)], forms.without


def test_every_case_is_matched_on_the_sigma_form_and_on_each_elastic_form(shared: Path) -> None:
    kinds: Counter[str] = Counter()
    wrong, without = [], set()
    for name, path in cases(shared):
        counted, missing = run(path, ("eql", "lucene", "dsl"))
        without |= {(name, language, reason) for language, reason in missing.items()}
        for item in counted:
            kinds["without a count" if item.case.count is None else "with a count"] += 1
            assert set(item.run.views.values()) <= {"native", "ecs"}
            expected = LOWER_LABELS.get(name, item.case.count)
            matched = set(item.matched.values())
            held = matched == {expected} if expected is not None else None not in matched and min(map(int, matched)) > 0
            if not held or not item.run.table.agrees:
                wrong.append((name, dict(item.matched), expected))
    assert wrong == []
    assert kinds == {"with a count": 137, "without a count": 21}
    known = {(rule, language, reason) for (rule, *languages), reason in WITHOUT.items() for language in languages}
    assert {item for item in without if not any(item[:2] == k[:2] and item[2].startswith(k[2]) for k in known)} == set()


def test_kql_matches_the_cases_too_where_a_clusters_fields_are_normalised_to_lower_case(shared: Path) -> None:
    forms, wrong = 0, []
    for name, path in cases(shared):
        counted, _ = run(path, ("kuery",), "lowercase")
        for item in counted:
            forms += "kuery" in item.matched
            if not item.run.table.agrees:
                wrong.append((name, dict(item.matched)))
    assert wrong == []
    assert forms >= 145
