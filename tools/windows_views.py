"""Sigma's names against ECS on real Windows events, under the mapping files.

    python tools/windows_views.py EVENTS RULES… [--to lucene --to eql …] [--no-rules]

Every event is read in both views (`converter.normalise`). Compared are, each on its own: log sources (is an event of
it by Sigma's table, and by the mapping's ECS conditions?), atoms (each condition of each rule on the native view, and
mapped on the ECS view, for each distinct value of its field in events of the log source), and whole rules (the native
form on the native view, each `equivalent` ported form on the ECS view). Exit code 1 if a rule's forms disagree.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from converter.diagnostics import ConverterError
from converter.documents import Document, load, load_events
from converter.fields import Fields
from converter.mapping import find_log_source, to_ecs
from converter.mapping.apply import condition
from converter.matching import EventValues, compile_node
from converter.normalise import belongs, native, read
from converter.normalise import to_ecs as as_ecs
from converter.normalise.facts import table
from converter.normalise.record import Record
from converter.porting import port, rule_query
from converter.porting.porter import predicate_of
from converter.tree import Field, Node, atoms

LANGUAGES = ("lucene", "eql", "dsl")
Key = tuple[tuple[str, str], ...]


@dataclass
class Events:
    """The events in both views; native views by log source, made once each."""

    records: list[Record]
    ecs: list[EventValues]
    views: dict[Key, tuple[list[int], list[EventValues], list[Mapping[str, Any]]]] = field(default_factory=dict)

    @staticmethod
    def load(path: str) -> Events:
        records = [read(event) for event in load_events(path)]
        return Events(records, [EventValues(as_ecs(record)) for record in records])

    def of(self, log_source: Mapping[str, Any]) -> tuple[list[int], list[EventValues], list[Mapping[str, Any]]]:
        key = key_of(log_source)
        if key not in self.views:
            inside = [at for at, record in enumerate(self.records) if belongs(record, log_source)]
            flat = [native(self.records[at], log_source) for at in inside]
            self.views[key] = (inside, [EventValues(event) for event in flat], flat)
        return self.views[key]

    def kind(self, at: int) -> str:
        return f"{self.records[at].provider}/{self.records[at].code}"


def key_of(log_source: Mapping[str, Any]) -> Key:
    return tuple((name, str(log_source[name])) for name in ("product", "category", "service") if log_source.get(name))


def windows_rules(paths: Sequence[str]) -> Iterator[tuple[str, Document]]:
    files = [
        file for path in paths for file in ([Path(path)] if Path(path).is_file() else sorted(Path(path).rglob("*.yml")))
    ]
    for file in files:
        if file.name == "info.yml":
            continue
        for document in load(file):
            if (document.data.get("logsource") or {}).get("product") == "windows" and document.type == "rule":
                yield file.stem, document


def log_sources(events: Events, documents: Sequence[tuple[str, Document]]) -> Counter[tuple[str, str, str]]:
    """(log source, the view that alone has the event, kind of event) → events."""
    out: Counter[tuple[str, str, str]] = Counter()
    for key in sorted({key_of(document.data["logsource"]) for _, document in documents}):
        source = find_log_source(dict(key))
        own = condition(source.conditions, Fields.of(None)) if source is not None else None
        if own is None:
            continue
        inside, test = set(events.of(dict(key))[0]), compile_node(own)
        for at in inside ^ {at for at, event in enumerate(events.ecs) if test(event)}:
            out["/".join(value for _, value in key), "native" if at in inside else "ecs", events.kind(at)] += 1
    return out


def conditions(events: Events, documents: Sequence[tuple[str, Document]]) -> Iterator[tuple[str, Node, int, bool]]:
    """Each distinct atom on an event of each distinct value of its field; what has no exact mapping is only counted."""
    seen: set[tuple[Key, Node]] = set()
    groups: dict[tuple[Key, str], list[int]] = {}
    for _, document in documents:
        key = key_of(document.data["logsource"])
        tree = predicate_or_none(document)
        for atom in atoms(tree) if tree is not None else ():
            name = getattr(getattr(atom, "field", None), "name", None)
            if name is None or (key, atom) in seen:
                continue
            seen.add((key, atom))
            mapped = mapped_atom(atom, dict(key))
            if mapped is None:
                yield "not mapped", atom, -1, True
                continue
            inside, values, flat = events.of(dict(key))
            if (key, name) not in groups:
                first: dict[tuple[str, str], int] = {}
                for at, event in enumerate(flat):
                    first.setdefault((json.dumps(event.get(name), default=str), events.kind(inside[at])), at)
                groups[key, name] = list(first.values())
            left, right = compile_node(atom), compile_node(mapped)
            for at in groups[key, name]:
                yield "/".join(v for _, v in key), atom, inside[at], left(values[at]) is right(events.ecs[inside[at]])


def mapped_atom(atom: Node, log_source: Mapping[str, Any]) -> Node | None:
    try:
        return to_ecs(atom, log_source, Fields.of(None), own={}).tree
    except ConverterError:
        return None


def predicate_or_none(document: Document) -> Node | None:
    try:
        return predicate_of(rule_query(document))
    except ConverterError:
        return None


@dataclass
class Outcome:
    """Counts of ports by relation, hits of the native forms, and events on which a form and the native one differ."""

    relations: Counter[tuple[str, str]] = field(default_factory=Counter)
    hits: int = 0
    firing: int = 0
    differing: list[tuple[str, str, str, int]] = field(default_factory=list)


def rules(events: Events, documents: Sequence[tuple[str, Document]], languages: Sequence[str]) -> Outcome:
    out = Outcome()
    inside_ecs: dict[Key, list[int]] = {}
    for name, document in documents:
        key = key_of(document.data["logsource"])
        tree = predicate_or_none(document)
        if tree is None:
            continue
        inside, values, _ = events.of(dict(key))
        test = compile_node(tree)
        hits = {at for at, event in zip(inside, values, strict=True) if test(event)}
        out.hits += len(hits)
        out.firing += bool(hits)
        if key not in inside_ecs:
            inside_ecs[key] = of_conditions(events, dict(key))
        for language in languages:
            result = port(document, language, "ecs")
            out.relations[language, result.relation] += 1
            found = predicate_of(result.target) if result.target is not None else None
            if result.relation != "equivalent" or found is None:
                continue
            form = compile_node(found)
            got = {at for at in inside_ecs[key] if form(events.ecs[at])}
            out.differing += [(name, language, "ecs" if at in got else "native", at) for at in sorted(got ^ hits)]
    return out


def of_conditions(events: Events, log_source: Mapping[str, Any]) -> list[int]:
    """The events that the mapping's conditions of a log source hold for: every ported form states them."""
    source = find_log_source(log_source)
    own = condition(source.conditions, Fields.of(None)) if source is not None else None
    if own is None:
        return list(range(len(events.ecs)))
    test = compile_node(own)
    return [at for at, event in enumerate(events.ecs) if test(event)]


def cause(events: Events, atom: Node, at: int) -> str:
    """Why an atom differs between the views of an event, where that is known."""
    name = getattr(atom, "field", Field("")).name
    value = events.records[at].data.get(name)
    if value in table()["empty"].get(events.records[at].provider, ()):
        return "the pipeline takes the value for nothing"
    if name == "User" and isinstance(value, str) and value.count("\\") != 1:
        return "a user without a domain is not split"
    if name == "ProcessName" and events.records[at].code == "4688":
        return "the new process of event 4688 is process.executable too; rules name the event"
    if name in ("Hashes", "Hash"):
        return "a digest of zeros is left out"
    return "unexplained"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("events")
    parser.add_argument("rules", nargs="+")
    parser.add_argument("--to", action="append", help="languages to port to (lucene, eql, dsl)")
    parser.add_argument("--no-rules", action="store_true", help="only log sources and atoms")
    options = parser.parse_args()
    events = Events.load(options.events)
    documents = list(windows_rules(options.rules))
    print(f"{len(events.records)} events, {len(documents)} rules")
    for row, count in sorted(log_sources(events, documents).items()):
        print(f"log source {row[0]}: only {row[1]} has {count} events {row[2]}")
    report_atoms(events, documents)
    if options.no_rules:
        return 0
    return report_rules(events, rules(events, documents, options.to or LANGUAGES))


def report_atoms(events: Events, documents: Sequence[tuple[str, Document]]) -> None:
    total, unmapped = 0, 0
    distinct: set[tuple[str, Node]] = set()
    causes: Counter[str] = Counter()
    examples: dict[str, list[str]] = defaultdict(list)
    for title, atom, at, same in conditions(events, documents):
        unmapped += title == "not mapped"
        total += at >= 0
        distinct.add((title, atom))
        if not same:
            why = cause(events, atom, at)
            causes[why] += 1
            examples[why].append(f"{title} {getattr(atom, 'field', Field('?')).name} on event {at} ({events.kind(at)})")
    print(f"{len(distinct) - bool(unmapped)} conditions ({unmapped} without an exact mapping), {total} decisions")
    for why, count in causes.most_common():
        print(f"  {count} differ: {why}")
        for line in list(dict.fromkeys(examples[why]))[: 12 if why == "unexplained" else 2]:
            print(f"    {line}")


def report_rules(events: Events, outcome: Outcome) -> int:
    for (language, relation), count in sorted(outcome.relations.items()):
        print(f"{language}: {count} {relation}")
    print(f"{outcome.firing} rules fire, {outcome.hits} hits; {len(outcome.differing)} decisions differ")
    shown = (f"  {name} {language}: only {view}, {events.kind(at)}" for name, language, view, at in outcome.differing)
    for line, count in Counter(shown).most_common(40):
        print(f"{line} ({count} events)")
    return 1 if outcome.differing else 0


if __name__ == "__main__":
    sys.exit(main())
