"""Findings counted: by output and relation, and by the mistakes that account for them, each with a worked example."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from converter.audit.audit import Finding

RELATIONS = ("equivalent", "broader", "narrower", "different", "unknown")


@dataclass
class Summary:
    """`outputs`: output → `rules`, `accepted` and each relation → how many rules. `causes`: cause → output → how many
    rules it plays a part in. `examples`: cause → the finding that shows it best."""

    outputs: dict[str, Counter[str]] = field(default_factory=dict)
    causes: dict[str, Counter[str]] = field(default_factory=dict)
    examples: dict[str, Finding] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        counts = self.outputs.setdefault(finding.output, Counter())
        counts["rules"] += 1
        counts["accepted"] += finding.accepted is True
        if finding.relation is not None:
            counts[finding.relation] += 1
        for cause in finding.causes:
            self.causes.setdefault(cause, Counter())[finding.output] += 1
            held = self.examples.get(cause)
            if held is None or _weight(finding) < _weight(held):
                self.examples[cause] = finding

    def by_frequency(self) -> Iterator[tuple[str, Counter[str]]]:
        yield from sorted(self.causes.items(), key=lambda item: (-max(item[1].values()), item[0]))


def summarise(findings: Iterable[Finding]) -> Summary:
    out = Summary()
    for finding in findings:
        out.add(finding)
    return out


def _weight(finding: Finding) -> tuple[bool, int, int]:
    """Small is telling: an event, no other cause in it, a short query."""
    return finding.counterexample is None and finding.accepted is True, len(finding.causes), len("".join(finding.texts))
