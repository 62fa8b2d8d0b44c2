"""The exported forms of a rule: what `report.json` of an export folder says of it, and how each form stands today."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.checks.ruleset import Entry, RuleSet
from converter.diagnostics import ConverterError
from converter.languages import parse
from converter.porting import port
from converter.porting.porter import predicate_of
from converter.proof import compare


@dataclass(frozen=True)
class State:
    """How an exported form stands to the rule: `fresh`, `layout` (another text, the same events), `drifted` (with what
    it matches more or less and an event), `refused` (the rule is no longer exported so), `unreadable`, `gone`."""

    language: str
    file: str
    state: str
    relation: str = ""
    reason: str = ""
    event: Mapping[str, Any] | None = None


def states(rules: RuleSet) -> list[tuple[Entry, State]]:
    """Every exported form of the given rules, found once for the checks that speak of them."""
    found: list[tuple[Entry, State]] | None = rules.__dict__.get("exports")
    if found is None:
        found = rules.__dict__["exports"] = list(_states(rules))
    return found


def _states(rules: RuleSet) -> Iterator[tuple[Entry, State]]:
    by_id = {entry.id: entry for entry in rules.given if entry.id}
    for name in rules.config.exported:
        folder = rules.config.at(name)
        for row in _report(folder / "report.json"):
            entry = by_id.get(str(row.get("id")))
            forms = row.get("forms")
            if entry is None or not isinstance(forms, dict):
                continue
            for language, form in forms.items():
                if isinstance(form, dict) and form.get("exported") and isinstance(form.get("file"), str):
                    yield entry, _state(rules, entry, str(language), form, folder / form["file"])


def _report(path: Path) -> list[dict[str, Any]]:
    try:
        rules = json.loads(path.read_text(encoding="utf-8"))["rules"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [row for row in rules if isinstance(row, dict)]


def _state(rules: RuleSet, entry: Entry, language: str, form: Mapping[str, Any], path: Path) -> State:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return State(language, str(path), "gone", reason=str(error))
    naming = str(form.get("naming") or "auto")

    def make() -> list[Any]:
        return _judge(rules, entry, language, naming, text)

    state, relation, reason, event = rules.answer("export", [entry.text, entry.number, language, naming, text], make)
    return State(language, str(path), state, relation, reason, event)


def _judge(rules: RuleSet, entry: Entry, language: str, naming: str, text: str) -> list[Any]:
    """[state, relation, reason, event] of an exported text against what the rule would be exported as now."""
    subject = rules.subject(entry)
    made = port(subject.document, language, naming if language == "sigma" else "auto", subject.fields)
    if made.text is None:
        return ["refused", made.relation, made.reason or "", None]
    if made.text.strip() == text.strip():
        return ["fresh", "equivalent", "", None]
    try:
        old = parse(language, text, subject.fields, category_field=subject.data.get("event_category_override"))
        new = parse(language, made.text, subject.fields, category_field=subject.data.get("event_category_override"))
    except ConverterError as error:
        return ["unreadable", "", str(error), None]
    if predicate_of(old) is None or predicate_of(new) is None:
        same = old.tree == new.tree
        return ["layout" if same else "drifted", "equivalent" if same else "unknown", "", None]
    verdict = compare(new, old)
    if verdict.relation == "equivalent":
        return ["layout", "equivalent", "", None]
    event = dict(verdict.counterexample) if verdict.counterexample is not None else None
    return ["drifted", verdict.relation, "; ".join(verdict.notes), event]
