"""Elastic → Sigma → Elastic over a folder of rules: which come back as the same document, counted by rule type.

    python tools/round_trips.py FOLDER [--step N] [--type TYPE]

`--step N` takes every Nth rule. Each rule that does not come back the same is printed with what differs.
"""

from __future__ import annotations

import argparse
from collections import Counter

from converter.documents import load
from converter.porting.round_trip import round_trip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--type")
    options = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    for document in load(options.folder)[:: options.step]:
        if options.type not in (None, document.type):
            continue
        found = round_trip(document)
        counts[f"{document.type} {document.language or ''}", found.outcome] += 1
        if found.outcome != "same":
            print(f"{found.outcome:<8} {document.type:<12} {document.path}: {found.why}", flush=True)
    for (kind, what), number in sorted(counts.items()):
        print(f"{kind:<24} {what:<10} {number}")


if __name__ == "__main__":
    main()
