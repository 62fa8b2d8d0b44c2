"""Judge every form of every rule by a real Elasticsearch: `make judge`, or `python tools/judge.py [PATH…]`.

Each rule is rendered in every language that can say it. Each rendered text runs on the node over events made for the
rule (fixtures, and random ones near it) and must pick what the evaluator picks for the text, and for the rule. Writes
`build/judge/results.jsonl` (a line a rule; an interrupted run goes on behind the last one) and `report.json`.

Without PATH: ../shared/corpora/elastic. Without `--url` a node of `engines/elasticsearch` is started and ended. Sigma
rules are judged in ECS names, as they are ported; `--fields` indexes all strings in one way, `--form` asks for some of
the forms only (each in its own `--out`).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from converter.diagnostics import ConverterError
from converter.documents import Document, load
from converter.engines.elasticsearch import Cluster, EngineError, Index
from converter.engines.forms import Ask, asks_of, send
from converter.fields.kinds import KINDS, of_kind
from converter.languages import parse, render
from converter.mapping import to_ecs
from converter.porting import rule_query
from converter.porting.porter import own_log_source, speaks_ecs
from converter.proof import compare, fixtures
from converter.query import Query
from converter.replay import replay
from converter.replay.near import near
from converter.replay.on_engine import mapped, names_of
from converter.tree import ANY_FIELD, Node, atoms

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build/judge"
CORPUS = ROOT.parent / "shared/corpora/elastic"

#: Name of a form → language and options of its rendering.
TARGETS: dict[str, tuple[str, dict[str, Any]]] = {
    "eql": ("eql", {}),
    "kuery": ("kuery", {}),
    "kql": ("kuery", {"dialect": "elasticsearch"}),
    "lucene": ("lucene", {}),
    "esql": ("esql", {}),
    "dsl": ("dsl", {}),
}
#: A query with more conditions gets random events only: fixtures for each of thousands of values take minutes.
MOST_ATOMS = 300
BAD = ("different", "unfaithful", "rejected", "defect")


@dataclass
class Case:
    """A rule on its way: what it asks, the events made for it, what its forms came to."""

    name: str
    path: str
    language: str
    query: Query | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    asks: list[Ask] = field(default_factory=list)

    def line(self) -> dict[str, Any]:
        return {
            "rule": self.name,
            "path": self.path,
            "language": self.language,
            "events": len(self.events),
            "forms": self.forms,
        }


def main() -> int:
    args = arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    results = args.out / "results.jsonl"
    if args.fresh:
        results.unlink(missing_ok=True)
    lines = read_lines(results)
    if args.again:
        lines = [line for line in lines if not any(form["outcome"] in BAD for form in line["forms"].values())]
        results.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    done = {line["path"] for line in lines}
    documents = [doc for path in args.paths for doc in load(path) if not args.language or doc.language in args.language]
    todo = [doc for doc in documents if f"{doc.path}" not in done][: args.limit]
    start = time.monotonic()
    with Cluster(args.url or own_node(), timeout=120) as cluster, results.open("a", encoding="utf-8") as out:
        for at in range(0, len(todo), args.batch):
            for case in judged(cluster, todo[at : at + args.batch], args.events, args.fields, args.form or TARGETS):
                out.write(json.dumps(case.line(), ensure_ascii=False) + "\n")
            out.flush()
            if sys.stderr.isatty():
                print(f"\r{at + args.batch:5} of {len(todo)}", end="", file=sys.stderr)
    report = summary(read_lines(results), time.monotonic() - start)
    (args.out / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    show(report)
    return 1 if any(report["outcomes"].get(form, {}).get(bad) for form in report["outcomes"] for bad in BAD) else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, default=[CORPUS])
    parser.add_argument("--url", help="a running node; by default one is started")
    parser.add_argument("--language", action="append", help="only rules in this language (may be repeated)")
    parser.add_argument("--form", action="append", choices=TARGETS, help="only these forms (may be repeated)")
    parser.add_argument("--fields", choices=KINDS, help="index all strings in this way")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results  [default: build/judge]")
    parser.add_argument("--limit", type=int, help="at most so many rules in this run")
    parser.add_argument("--events", type=int, default=40, help="random events a rule, and most fixtures  [default: 40]")
    parser.add_argument("--batch", type=int, default=12, help="rules that share an index  [default: 12]")
    parser.add_argument("--fresh", action="store_true", help="judge rules again that have a result")
    parser.add_argument("--again", action="store_true", help="judge rules again whose result is bad")
    return parser.parse_args()


def read_lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    lines = path.read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]


def own_node() -> str:
    """The URL of a node that ends with this process."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    subprocess.run(
        [ROOT / "engines/elasticsearch/start", str(port), str(os.getpid())], check=True, stdout=subprocess.DEVNULL
    )
    return f"http://127.0.0.1:{port}"


def judged(
    cluster: Cluster, documents: Sequence[Document], count: int, kind: str | None = None, forms: Iterable[str] = TARGETS
) -> list[Case]:
    cases = [prepared(document, count, kind, forms) for document in documents]
    ready = [case for case in cases if case.asks]
    alone = [case for case in ready if case.query is not None and ANY_FIELD.name in names_of(case.query)]
    together = [case for case in ready if case not in alone]
    try:
        if together:
            on_node(cluster, together)
    except EngineError:  # two rules may need the same name as a field and as an object
        alone += together
    for case in alone:
        try:
            on_node(cluster, [case])
        except EngineError as error:
            case.forms["index"] = {"outcome": "rejected", "error": str(error)}
    return cases


def prepared(document: Document, count: int, kind: str | None = None, forms: Iterable[str] = TARGETS) -> Case:
    """The rule's query, its renderings read again, and events; without a node."""
    case = Case(document.name, str(document.path), str(document.language))
    try:
        query = in_ecs(rule_query(document, of_kind(kind) if kind else None), document)
    except ConverterError as error:
        case.forms["source"] = {"outcome": "not read", "error": str(error)}
        return case
    tree = query.tree if query.is_event else query.extra.get("predicate")
    if not isinstance(tree, Node):
        case.forms["source"] = {"outcome": "no event query", "error": query.kind}
        return case
    case.query = query
    case.events = events_for(query, tree, count)
    for name in forms:
        add_form(case, name, *TARGETS[name])
    if query.language != "sigma" and not query.extra.get("filters"):
        case.asks += list(asks_of("source", query, has_eql=False, kql=False))
    return case


def in_ecs(query: Query, document: Document) -> Query:
    """A Sigma rule as it is ported: under the field and log-source mapping."""
    if document.kind != "sigma" or not isinstance(query.tree, Node) or speaks_ecs(document.data):
        return query
    mapped = to_ecs(query.tree, query.extra["logsource"], query.fields, own=own_log_source(document.data))
    return replace(query, tree=mapped.tree)


def events_for(query: Query, tree: Node, count: int) -> list[dict[str, Any]]:
    category = query.fields.field(query.category_field or "event.category")
    made: list[dict[str, Any]] = []
    if sum(1 for _ in atoms(tree)) <= MOST_ATOMS:
        with suppress(ConverterError):
            made = [dict(case.event) for case in fixtures(query) if case.event is not None]
    step = max(1, len(made) // count)
    return made[::step][:count] + near(tree, count, category=category)


def add_form(case: Case, name: str, language: str, options: dict[str, Any]) -> None:
    assert case.query is not None
    if case.query.category_field:
        options = {**options, "category_field": case.query.category_field}
    try:
        text = render(case.query, language, **options)
        form = parse(language, text, case.query.fields, options.get("dialect"), case.query.category_field)
    except ConverterError as error:
        case.forms[name] = {"outcome": "not sayable", "error": str(error.diagnostics[0].message)}
        return
    except Exception as error:
        case.forms[name] = {"outcome": "defect", "error": f"{type(error).__name__}: {error}"}
        return
    case.asks += list(asks_of(name, form, has_eql=False, kql=name != "kuery"))


def on_node(cluster: Cluster, cases: Sequence[Case]) -> None:
    """All cases in one index, each judged on its own events."""
    events = [event for case in cases for event in case.events]
    names, schema = mapped([ask.query for case in cases for ask in case.asks], events)
    with cluster.index(events, names, schema) as index:
        start = 0
        for case in cases:
            for ask in case.asks:
                case.forms[ask.form] = outcome(cluster, index, ask, case, start)
            start += len(case.events)


def outcome(cluster: Cluster, index: Index, ask: Ask, case: Case, start: int) -> dict[str, Any]:
    """What the node finds among the rule's events against what the evaluator says of the form and of the rule."""
    assert case.query is not None
    run = send(cluster, index, ask)
    base = {"via": ask.via, "text": ask.text}
    if run.picked is None:
        return {**base, "outcome": "rejected" if run.refused else "not run", "error": run.error}
    size = len(case.events)
    found = {at - start for at in run.picked if start <= at < start + size}
    table = replay({"form": ask.query, "rule": case.query}, case.events)
    form, rule = ({at for at in item.picked or () if at + start not in index.rejected} for item in table.forms)
    for kind, other in (("different", form), ("unfaithful", rule)):
        apart = sorted(found ^ other)
        if apart and kind == "unfaithful":  # a port says so itself where it is not the same
            relation = compare(case.query, ask.query).relation
            if relation != "equivalent":
                return {**base, "outcome": f"called {relation}", "count": len(apart)}
        if apart:
            shown = [{"event": case.events[at], "engine": at in found, "offline": at in other} for at in apart[:3]]
            return {**base, "outcome": kind, "count": len(apart), "events": shown}
    return {"outcome": "same", "found": len(found)}


def summary(lines: Sequence[dict[str, Any]], seconds: float) -> dict[str, Any]:
    outcomes: dict[str, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    bad = []
    for line in lines:
        for name, form in line["forms"].items():
            outcomes.setdefault(name, Counter())[form["outcome"]] += 1
            if form["outcome"] in ("rejected", "not run", "not read", "defect"):
                reasons[f"{name}: {form['outcome']}: {general(str(form.get('error')))}"] += 1
            if form["outcome"] in BAD:
                bad.append({"rule": line["path"], "form": name, **form})
    pairs = sum(line["events"] * sum(form["outcome"] == "same" for form in line["forms"].values()) for line in lines)
    return {
        "rules": len(lines),
        "rules_judged": sum(any(f["outcome"] == "same" for f in line["forms"].values()) for line in lines),
        "events": sum(line["events"] for line in lines),
        "pairs_of_form_and_event_that_agree": pairs,
        "seconds_of_this_run": round(seconds, 1),
        "outcomes": {name: dict(counter) for name, counter in sorted(outcomes.items())},
        "reasons": dict(reasons.most_common()),
        "bad": bad,
    }


def general(text: str) -> str:
    """A reason without the names and places of one rule."""
    text = re.sub(r"line \d+:\d+", "line …", re.sub(r"\[[^\]]*\]|`[^`]*`|'[^']*'", "…", text))
    return text[:160]


def show(report: dict[str, Any]) -> None:
    print(
        f"{report['rules']} rules, {report['rules_judged']} judged, {report['events']} events, "
        f"{report['pairs_of_form_and_event_that_agree']} verdicts agree; {report['seconds_of_this_run']} s"
    )
    for form, counts in report["outcomes"].items():
        print(f"  {form:<8} " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    for text, count in list(report["reasons"].items())[:25]:
        print(f"  {count:5} {text}")
    for item in report["bad"][:20]:
        if item["outcome"] in ("different", "unfaithful"):
            print(f"  {item['outcome']}: {item['form']} of {item['rule']}: {json.dumps(item['events'][0])[:400]}")


if __name__ == "__main__":
    sys.exit(main())
