"""The report that every format writes: rules × forms with their verdicts, and the findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from converter import __version__
from converter.checks.finding import Finding, Fix, Result
from converter.diagnostics import UsageError


@dataclass(frozen=True)
class FormRow:
    """A rule in one language: the verdict on it and what it rests on.

    `relation` as in `converter.porting.Port`, of the form to the rule. `losses` and `notes` are (code, message),
    `exported` whether it went out, `text` what it says (None: not kept).
    """

    to: str
    relation: str
    naming: str = "ecs"
    losses: tuple[tuple[str, str], ...] = ()
    given: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    counterexample: Mapping[str, Any] | None = None
    reason: str | None = None
    exported: bool = False
    file: str | None = None
    sha256: str | None = None
    fixtures_that_disagree: tuple[str, ...] = ()
    text: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As `schemas/report.json` has it."""
        out = {
            "relation": self.relation, "to": self.to, "naming": self.naming,
            "losses": [{"code": code, "message": message} for code, message in self.losses],
            "given": list(self.given),
            "notes": [{"code": code, "message": message} for code, message in self.notes],
            "counterexample": self.counterexample, "reason": self.reason,
            "exported": self.exported, "file": self.file, "sha256": self.sha256,
            "fixtures_that_disagree": list(self.fixtures_that_disagree),
        }  # fmt: skip
        return out if self.text is None else {**out, "text": self.text}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> FormRow:
        pairs = {
            key: tuple((str(item["code"]), str(item["message"])) for item in data.get(key) or ())
            for key in ("losses", "notes")
        }
        return cls(
            str(data["to"]), str(data["relation"]), str(data.get("naming", "ecs")), pairs["losses"],
            tuple(data.get("given") or ()), pairs["notes"], data.get("counterexample"), data.get("reason"),
            bool(data.get("exported")), data.get("file"), data.get("sha256"),
            tuple(data.get("fixtures_that_disagree") or ()), data.get("text"),
        )  # fmt: skip


@dataclass(frozen=True)
class RuleRow:
    """A rule that was looked at. `fixtures` are as in a fixture file; `counted` says how many there are where the
    events themselves were not kept. `tactics` and `techniques` are ATT&CK ids (`TA0005`, `T1059.001`)."""

    id: str
    name: str
    path: str | None = None
    line: int = 1
    kind: str = ""
    type: str = ""
    language: str | None = None
    severity: str | None = None
    description: str = ""
    query: str | None = None
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    forms: tuple[FormRow, ...] = ()
    fixtures: tuple[Mapping[str, Any], ...] = ()
    counted: tuple[int, int] = (0, 0)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def positive(self) -> int:
        return sum(item["expect"] == "match" for item in self.fixtures) if self.fixtures else self.counted[0]

    @property
    def negative(self) -> int:
        return len(self.fixtures) - self.positive if self.fixtures else self.counted[1]

    def as_json(self) -> dict[str, Any]:
        """As `schemas/report.json` has it."""
        made: dict[str, Any] = {"positive": self.positive, "negative": self.negative}
        if self.fixtures:
            made["events"] = [dict(item) for item in self.fixtures]
        return {
            "rule": self.name, "id": self.id, "source": self.path, "line": self.line, "kind": self.kind,
            "type": self.type, "language": self.language, "severity": self.severity, "description": self.description,
            "query": self.query, "tactics": list(self.tactics), "techniques": list(self.techniques),
            "fixtures": made, "facts": dict(self.facts), "forms": {form.to: form.as_json() for form in self.forms},
        }  # fmt: skip

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> RuleRow:
        made = data.get("fixtures") or {}
        return cls(
            str(data["id"]), str(data["rule"]), data.get("source"), int(data.get("line") or 1),
            str(data.get("kind") or ""), str(data.get("type") or ""), data.get("language"), data.get("severity"),
            str(data.get("description") or ""), data.get("query"), tuple(data.get("tactics") or ()),
            tuple(data.get("techniques") or ()), tuple(FormRow.of(form) for form in data["forms"].values()),
            tuple(made.get("events") or ()), (int(made.get("positive", 0)), int(made.get("negative", 0))),
            dict(data.get("facts") or {}),
        )  # fmt: skip


@dataclass(frozen=True)
class Report:
    """`rules` in the order of their paths; `findings` the suppressed ones too; `notes` sentences on the run itself."""

    rules: tuple[RuleRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    version: str = __version__
    title: str = "Detection rules"

    @classmethod
    def of_checks(cls, result: Result, rules: Sequence[RuleRow] = ()) -> Report:
        """The report of a run of the checks; `rules` tell more of some of its rules (their forms)."""
        known = {(rule.path, rule.id, rule.line): rule for rule in rules}
        rows = []
        for item in result.rules:
            row = known.get((item.path, item.id, item.line)) or RuleRow(
                item.id, item.name, item.path, item.line, item.kind, item.type, item.language
            )
            rows.append(replace(row, facts=dict(item.facts)))
        return cls(tuple(rows), result.findings, result.notes)

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that count."""
        return tuple(finding for finding in self.findings if finding.counts)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of any form, by name."""
        return tuple(sorted({form.to for rule in self.rules for form in rule.forms}))

    def count(self, severity: str) -> int:
        """How many findings of a severity count."""
        return sum(finding.severity == severity for finding in self.open)

    def relations(self) -> dict[str, int]:
        """How many forms have each relation."""
        out: dict[str, int] = {}
        for rule in self.rules:
            for form in rule.forms:
                out[form.relation] = out.get(form.relation, 0) + 1
        return out

    def by_path(self) -> dict[str, list[Finding]]:
        """Open findings grouped by file, in order."""
        out: dict[str, list[Finding]] = {}
        for finding in self.open:
            out.setdefault(finding.path or "<rule>", []).append(finding)
        return out

    def as_json(self) -> dict[str, Any]:
        """As `schemas/report.json` has it."""
        return {
            "ruleproof": self.version,
            "rules": [rule.as_json() for rule in self.rules],
            "findings": [finding.as_json() for finding in self.findings],
            "notes": list(self.notes),
        }

    @classmethod
    def of(cls, data: Any) -> Report:
        """From its JSON (`output/report.json` too); raises `UsageError` for anything else."""
        try:
            return cls(
                tuple(RuleRow.of(rule) for rule in data["rules"]),
                tuple(_findings(data.get("findings") or ())),
                tuple(str(note) for note in data.get("notes") or ()),
                str(data["ruleproof"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(
                f"this is no report of ruleproof: {type(error).__name__} at {error}",
                help="`ruleproof export` and `ruleproof report` write one as `report.json`",
            ) from None


def _findings(items: Iterable[Mapping[str, Any]]) -> Iterable[Finding]:
    for item in items:
        values = dict(item)
        values["related"] = tuple(values.get("related") or ())
        fix = values.get("fix")
        values["fix"] = Fix(fix["title"], tuple(fix["pointer"]), fix.get("value")) if fix else None
        yield Finding(**values)
