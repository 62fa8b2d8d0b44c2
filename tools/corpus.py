"""Measure the product on whole corpora: `python tools/corpus.py elastic|sigma [--to LANGUAGE] [--fields KIND]`.

Loads, validates, parses, ports and proves every rule; with `--fixtures` also generates fixtures and replays them on
both forms. Prints counts by relation and reason, CPU seconds, and what disagreed. Reads `../shared/corpora`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from converter.documents import Document, load
from converter.export.export import disagreements
from converter.fields.kinds import KINDS, of_kind, single_valued
from converter.porting import Port, port
from converter.porting.porter import predicate_of
from converter.proof import fixtures
from converter.tree import Node

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", choices=["elastic", "sigma"])
    parser.add_argument("--to", default="sigma")
    parser.add_argument("--naming", default="ecs")
    parser.add_argument("--fields", choices=KINDS, help="index all strings in this way")
    parser.add_argument("--single", action="store_true", help="no field holds lists but those that the schema says do")
    parser.add_argument("--language", help="only rules in this language")
    parser.add_argument("--type", help="only rules of these types, by comma")
    parser.add_argument("--fixtures", action="store_true")
    parser.add_argument("--show", help="list the rules with this relation")
    args = parser.parse_args()
    start = time.process_time()
    types = args.type.split(",") if args.type else None
    documents = [
        d for d in load(CORPORA / args.corpus)
        if args.language in (None, d.language) and (types is None or d.type in types)
    ]  # fmt: skip
    loaded = time.process_time()
    fields = of_kind(args.fields) if args.fields else single_valued() if args.single else None
    ports = [(document, port(document, args.to, args.naming, fields)) for document in documents]
    done = time.process_time()
    print(
        f"{len(documents)} rules: load + validate {loaded - start:.1f}, parse + port + prove {done - loaded:.1f} CPU s"
    )
    for kind in sorted({kind_of(*pair) for pair in ports}):
        relations = Counter(pair[1].relation for pair in ports if kind_of(*pair) == kind)
        print(f"  {kind}: " + ", ".join(f"{count} {relation}" for relation, count in relations.most_common()))
    reasons = Counter((item.relation, reason_of(item)) for _, item in ports if item.relation != "equivalent")
    for (relation, reason), count in reasons.most_common(40):
        print(f"  {count:5} {relation}: {reason}")
    for document, item in ports:
        if args.show == item.relation:
            print(f"    {document.path}: {reason_of(item)} {item.counterexample or ''}")
    if args.fixtures:
        return replay(ports)
    return 0


def kind_of(document: Document, item: Port) -> str:
    """The rule's type, and what its query is where it is no condition on one event."""
    kind = item.source.kind if item.source is not None else "unread"
    return document.type if kind in ("event", "unread") else f"{document.type} ({kind})"


def reason_of(item: Port) -> str:
    return item.losses[0].message[:150] if item.losses else (item.reason or "")


def replay(ports: list[tuple[Document, Port]]) -> int:
    """All generated fixtures on source and port."""
    start = time.process_time()
    counts, wrong, events = [], 0, 0
    for document, item in ports:
        if item.proven is None or not isinstance(predicate_of(item.proven), Node):
            continue
        cases = fixtures(item.proven)
        counts.append(len(cases))
        events += len(cases)
        bad = disagreements(item, cases)
        if bad and item.relation in ("equivalent", "broader"):
            wrong += 1
            print(f"    DISAGREES {document.path}: {bad[:2]}")
    spent = time.process_time() - start
    print(
        f"fixtures: {events} events for {len(counts)} rules, median {statistics.median(counts)}, max {max(counts)}; "
        f"{wrong} ports disagree; {spent:.1f} CPU s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
