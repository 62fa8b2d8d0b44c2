"""Our Sigma evaluator against pySigma's SQLite back end on a real SQLite.

    pip install 'ruleproof[judges]'       # pySigma 2 and its SQLite back end (LGPL-3.0), for this tool only
    python tools/sqlite_judge.py EVENTS RULES…

Every Windows rule is decided on every event in Sigma's own names, without regard to its log source: by the evaluator on
the tree that our parser reads, and by SQLite on the statement that the back end writes, over one table whose columns
are `TEXT COLLATE NOCASE` as the back end's users declare them. Events that no rule can tell apart are decided once,
counted as often as they occur. Prints how many decisions agree, and each rule that differs with the cause. Exit code 1
if a cause is not known.
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from converter.diagnostics import ConverterError
from converter.documents import Document, load, load_events
from converter.matching import EventValues, compile_node
from converter.normalise import native
from converter.porting import rule_query
from converter.porting.porter import predicate_of
from converter.tree import Cidr, Exists, Field, Glob, Node, Regex, Script, atoms, fields_of

KEYWORDS = "_all_values"


@dataclass(frozen=True)
class Rule:
    name: str
    document: Document
    tree: Node

    @property
    def fields(self) -> set[str]:
        return {item.name for item in fields_of(self.tree) if item.sort != "any"}

    @property
    def searches_all(self) -> bool:
        return any(item.sort == "any" for item in fields_of(self.tree))


@dataclass
class Count:
    decisions: int = 0
    matches: int = 0
    differing: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    unconverted: Counter[str] = field(default_factory=Counter)
    rules: int = 0


def windows_rules(paths: Iterable[str]) -> Iterator[Rule]:
    for path in paths:
        for file in [Path(path)] if Path(path).is_file() else sorted(Path(path).rglob("*.yml")):
            if file.name != "info.yml":
                yield from _rules_of(file)


def _rules_of(file: Path) -> Iterator[Rule]:
    for document in load(file):
        if (document.data.get("logsource") or {}).get("product") != "windows" or document.type != "rule":
            continue
        try:
            tree = predicate_of(rule_query(document))
        except ConverterError:
            continue
        if tree is not None:
            yield Rule(file.stem, document, tree)


def distinct(events: Sequence[Mapping[str, Any]], names: set[str] | None) -> tuple[list[Mapping[str, Any]], list[int]]:
    """The events that differ in the named fields (None: in any), and how often each occurs."""
    found: dict[str, int] = {}
    kept: list[Mapping[str, Any]] = []
    counts: list[int] = []
    for event in events:
        cut = event if names is None else {name: value for name, value in event.items() if name in names}
        key = json.dumps(cut, sort_keys=True, default=str)
        if key not in found:
            found[key] = len(kept)
            kept.append(cut)
            counts.append(0)
        counts[found[key]] += 1
    return kept, counts


def text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "\n".join(str(item) for item in value)
    return None if value is None else str(value)


def columns_of(rules: Sequence[Rule]) -> list[str]:
    """The fields of the rules; of names that differ only in case, which SQLite takes for one, the commonest."""
    counts = Counter(name for rule in rules for name in rule.fields)
    best: dict[str, str] = {}
    for name, _ in counts.most_common():
        best.setdefault(name.lower(), name)
    return sorted(best.values())


def table_of(events: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.create_function("REGEXP", 2, _search, deterministic=True)
    quoted = ", ".join("`" + name.replace("`", "``") + "` TEXT COLLATE NOCASE" for name in [*columns, KEYWORDS])
    connection.execute(f"CREATE TABLE logs ({quoted})")
    holes = ", ".join("?" * (len(columns) + 1))
    rows = (
        [text(event.get(name)) for name in columns] + ["\n".join(filter(None, map(text, event.values())))]
        for event in events
    )
    connection.executemany(f"INSERT INTO logs VALUES ({holes})", rows)
    return connection


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _search(pattern: str, value: Any) -> bool:
    return value is not None and _compiled(pattern).search(str(value)) is not None


def statement(document: Document) -> str:
    """The rule as SQL. Raises pySigma's errors."""
    from sigma.backends.sqlite import sqliteBackend
    from sigma.collection import SigmaCollection

    backend = sqliteBackend(fulltext_field=KEYWORDS)
    queries = backend.convert(SigmaCollection.from_yaml(document.source.text))
    conditions = [query.split(" WHERE ", 1)[1] for query in queries]
    return "SELECT rowid FROM logs WHERE " + " OR ".join(f"({condition})" for condition in conditions)


def judge(rules: Sequence[Rule], events: Sequence[Mapping[str, Any]], counts: Sequence[int], out: Count) -> None:
    values = [EventValues(event) for event in events]
    connection = table_of(events, columns_of(rules))
    for rule in rules:
        try:
            found = {row[0] - 1 for row in connection.execute(statement(rule.document))}
        except Exception as error:  # whatever pySigma or SQLite says is their verdict on the rule
            out.unconverted[f"{rule.name}: {type(error).__name__}: {str(error)[:100]}"] += 1
            continue
        test = compile_node(rule.tree)
        own = {at for at, event in enumerate(values) if test(event)}
        out.rules += 1
        out.decisions += sum(counts)
        out.matches += sum(counts[at] for at in own)
        for at in own ^ found:
            why = cause(rule, events[at])
            out.differing[why, rule.name, "ours" if at in own else "sqlite"] += counts[at]


def cause(rule: Rule, event: Mapping[str, Any]) -> str:
    """Why the two decide an event differently, as far as it can be told from the rule's conditions on it."""
    for atom in atoms(rule.tree):
        found = _atom_cause(atom, event)
        if found is not None:
            return found
    return "unexplained"


def _atom_cause(atom: Node, event: Mapping[str, Any]) -> str | None:
    name = getattr(atom, "field", Field("")).name
    raw = event.get(name)
    if isinstance(raw, list):
        return "several values in one field: each by itself against joined text"
    match atom:
        case Script():
            return "fields compared: our fold against SQLite's plain equality"
        case Cidr():
            return "a network: SQLite compares text patterns"
        case Exists() if raw == "":
            return "empty text: SQLite's IS NULL against ours"
        case Regex() if isinstance(raw, str) and ("\n" in raw or not raw.isascii()):
            return "a regular expression over line breaks or beyond ASCII"
        case Glob() if isinstance(raw, str) and not raw.isascii() and atom.fold == "ascii":
            return "letters beyond ASCII"
    if getattr(atom, "field", Field("")).sort == "any":
        return "keywords: single values against the joined text"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("events")
    parser.add_argument("rules", nargs="+")
    options = parser.parse_args()
    events = [native(event) for event in load_events(options.events)]
    rules = list(windows_rules(options.rules))
    plain = [rule for rule in rules if not rule.searches_all]
    out = Count()
    judge(plain, *distinct(events, set(columns_of(plain))), out)
    searching = [rule for rule in rules if rule.searches_all]
    judge(searching, *distinct(events, None), out)
    share = sum(out.differing.values())
    print(f"{len(events)} events x {out.rules} rules: {out.decisions} decisions, {out.matches} matches, {share} differ")
    print(f"{sum(out.unconverted.values())} rules without a statement that runs")
    for line in sorted(out.unconverted):
        print(f"  {line}")
    for (why, name, side), count in sorted(out.differing.items()):
        print(f"  {why}: {name}, only {side} matches, {count} events")
    return 1 if any(why == "unexplained" for why, _, _ in out.differing) else 0


if __name__ == "__main__":
    sys.exit(main())
