"""`make bench`: speed on this machine, in one run, beside a peer where there is one.

Uses the real rules of `../shared/corpora` if they are there, else the sample rules. CPU seconds are the process's own;
a ratio compares two figures of the same run.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
RULES = SHARED / "corpora" / "elastic" if SHARED.is_dir() else ROOT / "rules"
SIGMA = SHARED / "corpora" / "sigma" if SHARED.is_dir() else ROOT / "rules"


def timed(title: str, work: Callable[[], str]) -> float:
    start = time.process_time()
    detail = work()
    spent = time.process_time() - start
    print(f"{title:<58}{spent:8.2f} CPU s   {detail}", flush=True)
    return spent


def command(title: str, *args: str) -> float:
    """Median of five runs of a command, in wall seconds."""
    spans = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(args, cwd=ROOT, capture_output=True, check=False)
        spans.append(time.perf_counter() - start)
    median = sorted(spans)[2]
    print(f"{title:<58}{median:8.2f} s (median of 5)", flush=True)
    return median


def load_all() -> str:
    from converter.documents import load

    return f"{len(load(RULES))} documents loaded and validated"


def port_eql() -> str:
    from converter.documents import load
    from converter.porting import port

    documents = [d for d in load(RULES) if d.language == "eql"]
    relations = [port(document, "sigma", "ecs").relation for document in documents]
    return f"{len(documents)} EQL rules: " + ", ".join(
        f"{relations.count(r)} {r}" for r in sorted(set(relations), key=lambda r: -relations.count(r))
    )


def parse_language(language: str) -> Callable[[], str]:
    from converter.documents import load
    from converter.porting import rule_query

    documents = [d for d in load(RULES) if d.language == language and d.type != "machine_learning"]

    def work() -> str:
        for document in documents:
            rule_query(document)
        return f"{len(documents)} rules"

    return work


def parse_sigma() -> str:
    from converter.diagnostics import ConverterError
    from converter.documents import load
    from converter.porting import rule_query

    done = 0
    documents = [d for d in load(SIGMA) if d.kind == "sigma"]
    for document in documents:
        try:
            rule_query(document)
        except ConverterError:
            continue
        done += 1
    return f"{done} of {len(documents)} rules"


def main() -> None:
    timed("load + validate every Elastic rule", load_all)
    for language in ("eql", "kuery", "esql"):
        timed(f"parse {language}", parse_language(language))
    timed("load + parse Sigma", parse_sigma)
    timed("load + validate + parse + port + prove EQL → Sigma", port_eql)
    binary = str(Path(sys.executable).with_name("ruleproof"))
    rule = str(ROOT / "rules/credential_access/dump_of_lsass_memory/rule.toml")
    command("ruleproof --help", binary, "--help")
    command("ruleproof port (one rule)", binary, "port", rule)
    command("the peer's start alone: import of pySigma", sys.executable, "-c", "import sigma.collection")


if __name__ == "__main__":
    main()
