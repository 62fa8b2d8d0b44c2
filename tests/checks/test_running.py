"""Configuration, suppressions, baseline, fixes and the cache of `ruleproof check`."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from converter.cache import Cache
from converter.checks.runner import run_checks
from converter.cli.commands.check import command
from converter.config import Config, ConfigError, fits, load_config
from converter.diagnostics import UsageError
from converter.proof import never_matches
from converter.proof.compare import compare
from converter.proof.idle import idle_parts
from converter.tree import And, Or, children
from tests.checks.examples import elastic
from tests.proof.random_trees import tree

IDLE = 'process where process.name : ("*.exe", "cmd.exe")'


def write(folder: Path, **changes: object) -> Path:
    path = folder / "execution_a.toml"
    path.write_text(elastic(**changes).files["execution_a.toml"], encoding="utf-8")  # type: ignore[arg-type]
    return path


def check(*args: object) -> Result:
    return CliRunner().invoke(command, [str(arg) for arg in args])


def codes(path: Path, config: Config | None = None, cache: Cache | None = None) -> list[str]:
    return [f.code for f in run_checks([str(path)], config, cache=cache).open]


@pytest.mark.parametrize(
    "comment", ["# ruleproof: off RP303 both names stay", "# RuleProof: off RP303, RP202 both names"]
)
def test_a_comment_at_the_top_accepts_a_finding_of_the_file(tmp_path: Path, comment: str) -> None:
    assert "RP303" in codes(write(tmp_path, query=IDLE))
    assert "RP303" not in codes(write(tmp_path, query=IDLE, top=comment + "\n"))


def test_a_comment_holds_for_the_value_that_follows_only(tmp_path: Path) -> None:
    path = write(tmp_path, query=IDLE)
    text = path.read_text()
    path.write_text(text.replace("query = ", "# ruleproof: off RP303 both names stay\nquery = "))
    assert "RP303" not in codes(path)
    path.write_text(text.replace("name = ", "# ruleproof: off RP303 both names stay\nname = "))
    assert {"RP303", "RP901"} <= set(codes(path))


def test_a_comment_within_a_text_is_text(tmp_path: Path) -> None:
    path = write(tmp_path, query=IDLE, description="a # ruleproof: off RP303 no comment")
    assert "RP303" in codes(path) and "RP901" not in codes(path)


def test_the_configuration_is_found_above_and_a_suppression_in_it_needs_a_reason(tmp_path: Path) -> None:
    path = write(tmp_path, query=IDLE)
    setting = '[checks.severity]\nRP303 = "error"\n[[suppress]]\ncode = "RP303"\npath = "execution_*.toml"\n'
    (tmp_path / "ruleproof.toml").write_text(setting + 'reason = "agreed"\n')
    assert check(path, "--no-cache", "--fail-on", "note").exit_code == 0
    (tmp_path / "ruleproof.toml").write_text(setting)
    with pytest.raises(ConfigError, match="needs a reason"):
        load_config(tmp_path / "ruleproof.toml")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("paths = 3\n", 1, "list of texts"),
        ('\nprofile = "elastik"\n', 2, "no profile"),
        ("min-kill = 3\n", 1, "share"),
        ('[checks]\noff = ["RP999"]\n', 2, "no check `RP999`"),
        ('colour = "red"\n', 1, "no setting"),
        ("paths = [\n", None, ""),
    ],
)
def test_a_wrong_configuration_is_shown_at_its_place(tmp_path: Path, text: str, line: int | None, said: str) -> None:
    (tmp_path / "ruleproof.toml").write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(tmp_path / "ruleproof.toml", lambda code: code == "RP303")
    place = caught.value.diagnostics[0].position
    assert place is not None and (line is None or place.line == line)


@pytest.mark.parametrize(
    ("path", "glob", "expected"),
    [
        ("rules/a/b.toml", "rules/**", True), ("rules/a/b.toml", "rules/*.toml", False),
        ("rules/a/b.toml", "rules", True), ("rules/a/b.toml", "**/b.toml", True),
        ("rulesets/b.toml", "rules", False), ("b.toml", "**/b.toml", True),
    ],
)  # fmt: skip
def test_globs_cross_folders_only_where_they_say_so(path: str, glob: str, expected: bool) -> None:
    assert fits(path, [glob]) is expected


def test_a_baseline_takes_the_findings_of_today_and_no_new_ones(tmp_path: Path) -> None:
    path, base = write(tmp_path, risk_score=73), tmp_path / "base.json"
    assert check(path, "--no-cache", "--write-baseline", base).exit_code == 0
    assert check(path, "--no-cache", "--baseline", base).exit_code == 0
    write(tmp_path, risk_score=73, max_signals=5000)
    assert check(path, "--no-cache", "--baseline", base).exit_code == 1
    base.write_text("[]")
    assert isinstance(check(path, "--no-cache", "--baseline", base).exception, UsageError)


def test_a_fix_keeps_comments_and_layout(tmp_path: Path) -> None:
    path = write(tmp_path, tags=["OS: linux", "OS: Linux", "Data Source: Elastic Defend"], top="# a comment\n")
    before = path.read_text()
    check(path, "--no-cache", "--fix")
    after = path.read_text()
    assert after != before and after.startswith("# a comment\n")
    assert not {"RP134", "RP135"} & set(codes(path))
    changed = [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b]
    assert len(changed) == 1 and "OS: Linux" in changed[0][1]


def test_the_cache_answers_for_the_same_text_and_for_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path, query=IDLE)
    first = run_checks([str(path)], cache=Cache(tmp_path / "cache"))
    again = run_checks([str(path)], cache=Cache(tmp_path / "cache"))
    assert (first.cached, again.cached) == (0, 1) and first.findings == again.findings
    write(tmp_path, query='process where process.name : "a"')
    assert codes(path, cache=Cache(tmp_path / "cache")) == []
    write(tmp_path, query=IDLE, beside=None)
    (tmp_path / "fixtures.yml").write_text("fixtures: [{expect: yes}]\n")
    assert "RP406" in codes(path, cache=Cache(tmp_path / "cache"))


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "results.sqlite").write_bytes(b"no database" * 500)
    path = write(tmp_path, query=IDLE)
    assert "RP303" in codes(path, cache=Cache(folder))


def _fill(folder: str, start: int) -> None:
    cache = Cache(Path(folder))
    for number in range(start, start + 50):
        cache.put_many({f"key {number}": number})
    cache.close()


def test_two_processes_fill_one_cache(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_fill, args=(str(tmp_path), start)) for start in (0, 25)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = Cache(tmp_path).get_many(f"key {number}" for number in range(75))
    assert found == {f"key {number}": number for number in range(75)}


def test_a_changed_rule_is_compared_with_all_rules_of_the_configuration(tmp_path: Path) -> None:
    path = write(tmp_path)
    other = elastic("execution_b.toml", rule_id="4f6ce6a1-1d6c-4a9f-8d6b-0d3f3f0a9b11", name="B")
    (tmp_path / "execution_b.toml").write_text(other.files["execution_b.toml"])
    assert "RP310" not in codes(path, Config(root=tmp_path))
    assert "RP310" in codes(path, Config(root=tmp_path, paths=(".",)))


def test_several_processes_find_what_one_finds(tmp_path: Path) -> None:
    for number in range(30):
        text = elastic(query=IDLE, name=f"Rule {number}").files["execution_a.toml"]
        (tmp_path / f"execution_{number}.toml").write_text(text)
    config = Config(off=frozenset({"RP310", "RP311"}))
    one, two = (run_checks([str(tmp_path)], config, jobs=jobs).findings for jobs in (1, 2))
    assert one == two and len(one) >= 30


def test_exit_codes_tell_findings_from_unreadable_files(tmp_path: Path) -> None:
    assert check(write(tmp_path), "--no-cache").exit_code == 0
    assert check(write(tmp_path, risk_score=73), "--no-cache").exit_code == 1
    (tmp_path / "execution_a.toml").write_text("[rule\n")
    assert check(tmp_path / "execution_a.toml", "--no-cache").exit_code == 2


@pytest.mark.parametrize("seed", range(60))
def test_idle_parts_of_random_trees_are_idle_and_complete(seed: int) -> None:
    node = tree(Random(seed), 3, False)
    found = list(idle_parts(node))
    for mutant in found:
        assert compare(node, mutant.tree).relation == "equivalent"
    if found or not isinstance(node, And | Or) or never_matches(node) is not False:
        return
    for number in range(len(node.items)):
        rest = tuple(item for i, item in enumerate(children(node)) if i != number)
        assert compare(node, type(node)(rest)).relation != "equivalent"
