"""What a run of the checks comes to: findings, the rules that were looked at, and what a report tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from converter.diagnostics import Diagnostic, Severity, Span

#: Severities, the worst first.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Fix:
    """A safe change: the value at `pointer` (a path into the rule's data) becomes `value`, None removes it.

    `title` says what is done, for people. `converter.documents.edit` applies it and keeps comments and layout.
    """

    title: str
    pointer: tuple[str | int, ...]
    value: Any = None


@dataclass(frozen=True)
class Finding:
    """One thing that a check found in one rule.

    `code` and `name` are those of the check (`RP301`, `never-matches`); for a called validator its own name stands in
    `message`. Lines and columns count from 1, in the file at `path`; `end_column` is the first one behind the place.
    `related` are the paths of other files concerned. `counterexample` is an event that shows what is claimed.
    `suppressed` is the reason that a person gave for accepting the finding; None: it counts.
    """

    code: str
    name: str
    severity: Severity
    message: str
    help: str | None = None
    path: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    rule_id: str | None = None
    rule_name: str | None = None
    related: tuple[str, ...] = ()
    counterexample: Mapping[str, Any] | None = None
    fix: Fix | None = None
    suppressed: str | None = None
    line_text: str | None = field(default=None, compare=False)

    @property
    def counts(self) -> bool:
        """Whether it is still to be answered: neither suppressed nor in the baseline."""
        return self.suppressed is None

    def as_json(self) -> dict[str, Any]:
        """All but `line_text`, in plain JSON types."""
        out = asdict(self)
        del out["line_text"]
        out["related"] = list(self.related)
        if self.fix is not None:
            out["fix"]["pointer"] = list(self.fix.pointer)
        return out

    def render(self) -> str:
        """The finding as the terminal shows it, without colour: headline, place, underlined line, help."""
        lines = [f"{self.severity}[{self.code}]: {self.message}"]
        if self.path is not None:
            lines.append(f"  --> {self.path}" + (f":{self.line}:{self.column}" if self.line else ""))
        if self.line_text and self.line_text.strip() and self.line and self.column:
            lines += _underlined(self.line_text, self.line, self.column, self._width())
        if self.help:
            lines.append(f"help: {self.help}")
        return "\n".join(lines)

    def _width(self) -> int:
        if self.end_column is None or self.column is None or self.end_line != self.line:
            return 1000
        return max(1, self.end_column - self.column)


def _underlined(text: str, line: int, column: int, width: int) -> list[str]:
    text, start = text.replace("\t", " "), column - 1
    if len(text) > 100:  # keep the marked part in sight
        cut = max(0, start - 60)
        text, start = text[cut : cut + 100], start - cut
    margin = " " * len(str(line))
    marks = "^" * max(1, min(width, len(text) - start))
    return [f"{line} | {text}", f"{margin} | {' ' * start}{marks}"]


def place_of(diagnostic: Diagnostic) -> dict[str, Any]:
    """The place of a diagnostic as a finding's `path`, `line`, …, `line_text`; {} where it has none."""
    source = diagnostic.source
    if source is None:
        return {}
    span = diagnostic.span or Span(0, 0)
    start, end = source.locate(span), source.locate(Span(span.end, span.end))
    return {
        "path": start.path, "line": start.line, "column": start.column,
        "end_line": end.line, "end_column": end.column,
        "line_text": start.line_text if diagnostic.span is not None else None,
    }  # fmt: skip


@dataclass(frozen=True)
class CheckedRule:
    """A rule that was looked at. `facts` are numbers that checks measured (`mutants`, `mutants_killed`, `fixtures`)."""

    path: str | None
    line: int
    id: str
    name: str
    kind: str
    type: str
    language: str | None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Result:
    """`findings` in the order of paths and lines, the suppressed ones too; `rules` all that were looked at.

    `notes` are sentences on the run itself (a validator that needs network data, a cache that cannot be written).
    """

    findings: tuple[Finding, ...]
    rules: tuple[CheckedRule, ...]
    notes: tuple[str, ...] = ()
    cached: int = 0

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that count."""
        return tuple(finding for finding in self.findings if finding.counts)

    def worst(self) -> Severity | None:
        """The worst severity among those that count."""
        found = {finding.severity for finding in self.open}
        return next((severity for severity in SEVERITIES if severity in found), None)

    def as_json(self) -> dict[str, Any]:
        return {
            "findings": [finding.as_json() for finding in self.findings],
            "rules": [rule.as_json() for rule in self.rules],
            "notes": list(self.notes),
        }
