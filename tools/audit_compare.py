"""Compare `ruleproof audit` with what a real node showed: `python tools/audit_compare.py [--fields KIND] [--every N]`.

Needs the published back ends (`pip install '.[backends]'`) and `../shared`. For each output and mapping of fields: the
rules that are wrong by the record and by the audit (found), by the record only (missed), by the audit only (accused),
and where acceptance differs. With `--elasticsearch URL` each counterexample of an accused rule is put to a node:
confirmed, where the emitted query answers there as the audit says and not as the rule does.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from converter.audit import Converter, Finding, Subject, audit, installed, subject
from converter.fields.kinds import KINDS
from converter.languages.sigma.pipelines import resolve

SHARED = Path(__file__).resolve().parents[2] / "shared"
RECORD = SHARED / "reference/published_backends_on_elasticsearch.jsonl.xz"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fields", choices=KINDS, action="append", help="mapping of fields (default: all three)")
    parser.add_argument("--output", action="append", help="outputs (default: those of the record)")
    parser.add_argument("--every", type=int, default=1, help="take every n-th rule only")
    parser.add_argument("--elasticsearch", metavar="URL", help="put the events of accused rules to this node")
    parser.add_argument("--json", metavar="FILE", help="write the findings there, a line each")
    args = parser.parse_args()
    record = read_record()
    outputs = installed(args.output or ("lucene", "dsl", "esql"))
    wrong = 0
    for kind in args.fields or KINDS:
        start = time.process_time()
        table = Table(kind, record)
        last = start
        for rule, finding in findings(kind, outputs, args.every):
            now = time.process_time()
            if now - last > 20:
                print(f"  slow: {Path(finding.path or '').name} took {now - last:.0f} CPU s", flush=True)
            last = now
            table.add(rule, finding)
            if args.json:
                with open(args.json, "a", encoding="utf-8") as file:
                    file.write(json.dumps({"fields": kind, **finding.as_json()}, default=str) + "\n")
        if args.elasticsearch:
            table.confirm(args.elasticsearch)
        table.show(time.process_time() - start)
        wrong += table.wrong
    return 1 if wrong else 0


def read_record() -> dict[tuple[str, str], Any]:
    with lzma.open(RECORD, "rt", encoding="utf-8") as lines:
        return {(item["id"], item["output"]): item for item in map(json.loads, lines)}


def findings(kind: str, outputs: Any, every: int) -> Any:
    pipelines = resolve(["ecs_windows"])
    assert pipelines is not None
    converter = Converter(pipelines.pipeline)
    files = sorted((SHARED / "corpora/sigma").rglob("*.yml"))
    rules = [(file, text) for file in files if re.search(r"^detection:", text := file.read_text("utf-8"), re.M)]
    for file, text in rules[::every]:
        rule = subject(text, pipelines, kind, str(file.relative_to(SHARED)))
        for finding in audit(rule, outputs, converter):
            yield rule, finding


class Table:
    def __init__(self, kind: str, record: dict[tuple[str, str], Any]) -> None:
        self.kind, self.record = kind, record
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.causes: Counter[str] = Counter()
        self.lines: list[str] = []
        self.accused: list[tuple[Subject, Finding, str]] = []

    def add(self, rule: Subject, finding: Finding) -> None:
        known = self.record.get((finding.rule_id, finding.output))
        counts = self.counts[finding.output]
        if known is None:
            counts["not recorded"] += 1
            return
        name = Path(finding.path or "").name
        if not known["accepted"] or finding.accepted is not True:
            if known["accepted"] == bool(finding.accepted) and finding.accepted is not None:
                counts["not accepted, by both"] += 1
                if finding.causes != (known.get("cause"),):
                    self.causes[f"{known.get('cause')} | {', '.join(finding.causes)}"] += 1
            else:
                counts["acceptance differs"] += 1
                what = f"{finding.output} {name}: record {known['accepted']} ({known.get('cause')})"
                self.lines.append(f"acceptance differs: {what}, audit {finding.accepted} ({finding.error})")
            return
        verdict = known["verdict"][self.kind]["with_arrays"]
        recorded = set(known["causes"].get(self.kind, ()))
        if finding.relation == "unknown":
            counts["not decided"] += 1
            self.lines.append(f"not decided: {finding.output} {name}: record {verdict}: {'; '.join(finding.notes)}")
        elif (verdict == "right") == (finding.relation == "equivalent"):
            counts["right, by both" if verdict == "right" else "found"] += 1
            if verdict != "right":
                counts["found, same causes" if recorded == set(finding.causes) else "found, other causes"] += 1
                only = (sorted(recorded - set(finding.causes)), sorted(set(finding.causes) - recorded))
                if only != ([], []):
                    self.causes[f"{finding.output}: only record {only[0]}, only audit {only[1]}"] += 1
        elif verdict == "right":
            counts["accused"] += 1
            self.accused.append((rule, finding, name))
        else:
            counts["missed"] += 1
            self.lines.append(f"missed: {finding.output} {name}: record {verdict} {sorted(recorded)}")

    def confirm(self, url: str) -> None:
        from converter.audit.on_cluster import shown
        from converter.engines.elasticsearch import Cluster

        cluster = Cluster(url)
        for rule, finding, name in self.accused:
            run = shown(cluster, rule, finding)
            good = run.found is not None and run.found != finding.expected
            self.counts[finding.output]["accused, confirmed by the node" if good else "accused, not confirmed"] += 1
            if not good:
                self.lines.append(
                    f"not confirmed: {finding.output} {name} {finding.causes} {finding.counterexample}: rule "
                    f"{finding.expected}, node {run.found} {run.error or ''}"
                )
        self.accused = []

    @property
    def wrong(self) -> int:
        return sum(counts["missed"] + counts["accused, not confirmed"] for counts in self.counts.values())

    def show(self, seconds: float) -> None:
        for output, counts in self.counts.items():
            print(f"{output} on {self.kind} fields: " + ", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
        for line, count in self.causes.most_common(60):
            print(f"  {count:5} causes: {line}")
        for line in self.lines:
            print("  " + line)
        for _, finding, name in self.accused:
            print(
                f"  accused: {finding.output} {name} {finding.causes} {finding.counterexample} rule {finding.expected}"
            )
        print(f"{self.kind}: {seconds:.0f} CPU s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
