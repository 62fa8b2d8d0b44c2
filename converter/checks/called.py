"""The validators of pySigma and SigmaHQ, called offline on one rule at a time."""

from __future__ import annotations

import types
from collections.abc import Iterator
from functools import cache
from typing import Any

from converter.checks.subject import Found, Subject
from converter.diagnostics import Severity

#: Names in a validator's code that fetch data from the network when they are read.
_NETWORK = {
    "mitre_attack", "_mitre_attack", "mitre_d3fend", "data_taxonomy", "data_filename", "data_windows_eventid",
    "data_windows_provider",
}  # fmt: skip
#: Keys of a rule that a validator's name speaks of, for the place of its finding.
_KEYS = {
    "author": "author", "date": "date", "modified": "modified", "description": "description", "level": "level",
    "falsepositives": "falsepositives", "fields": "fields", "status": "status", "title": "title", "tags": "tags",
    "tag": "tags", "tagging": "tags", "logsource": "logsource", "references": "references", "link": "references",
    "condition": "condition", "identifier": "id", "related": "related",
}  # fmt: skip


@cache
def validators(package: str) -> dict[str, Any]:
    """Name → class of a package's validators that look at one rule; {} where the package is not installed.

    Those over a whole collection (two rules of one id, title, file name) are left to our own checks over the set."""
    import importlib

    try:
        module = importlib.import_module(f"sigma.validators.{package}")
        from sigma.validators.base import SigmaRuleValidator
    except ImportError:
        return {}
    found: dict[str, Any] = module.validators
    return {name: cls for name, cls in sorted(found.items()) if cls.finalize is SigmaRuleValidator.finalize}


def docs(package: str) -> dict[str, str]:
    """Name → what the validator says of itself."""
    return {name: (cls.__doc__ or name).strip() for name, cls in validators(package).items()}


@cache
def needs_network(cls: Any) -> bool:
    """Whether the validator reads data that it would fetch first."""
    codes = [item.__code__ for item in vars(cls).values() if isinstance(item, types.FunctionType)]
    while codes:
        code = codes.pop()
        if _NETWORK & set(code.co_names):
            return True
        codes += [item for item in code.co_consts if isinstance(item, types.CodeType)]
    return False


@cache
def _ready(package: str) -> tuple[tuple[str, Any], ...]:
    return tuple((name, cls()) for name, cls in validators(package).items() if not needs_network(cls))


#: Validators of pySigma that hold a convention of SigmaHQ's.
HOUSE_STYLE = {"filename_length"}


def run(subject: Subject, package: str) -> Iterator[Found]:
    """What the package's validators say of a rule, each under its own name. A rule that pySigma cannot read is left to
    the schema's check."""
    rule = _rule(subject)
    if rule is None:
        return
    config = subject.config
    house = config.profile in ("sigmahq", "strict") or bool(HOUSE_STYLE & (config.on | config.select))
    skipped = [name for name, cls in validators(package).items() if needs_network(cls)]
    if skipped and house:
        subject.notes.append(f"not run, as they fetch data from the network: {', '.join(skipped)}")
    for name, validator in _ready(package):
        if name in HOUSE_STYLE and not house:
            continue
        try:
            issues = validator.validate(rule)
        except Exception as error:  # a validator's own defect is no finding about the rule
            # on a rule that is only read in part any may fail; the check of its fields says what is wrong
            if not rule.errors:
                subject.notes.append(f"the validator `{name}` failed: {type(error).__name__}: {error}")
            continue
        for issue in issues:
            yield _found(subject, name, issue)


def _rule(subject: Subject) -> Any:
    from sigma.correlations import SigmaCorrelationRule
    from sigma.exceptions import SigmaRuleLocation
    from sigma.rule import SigmaRule

    kind = {"rule": SigmaRule, "correlation": SigmaCorrelationRule}.get(subject.document.type)
    if kind is None:
        return None
    from pathlib import Path

    source = SigmaRuleLocation(Path(subject.document.path)) if subject.document.path else None
    try:
        return kind.from_dict(subject.data, collect_errors=True, source=source)
    except Exception:
        return None


def _found(subject: Subject, name: str, issue: Any) -> Found:
    from dataclasses import fields

    more = [
        f"{item.name.replace('_', ' ')} `{value}`"
        for item in fields(issue)
        if item.name not in ("rules", "severity", "description") and (value := _shown(getattr(issue, item.name)))
    ]
    text = str(issue.description).strip().rstrip(".")
    message = (text[:1].lower() + text[1:] if text[1:2].islower() else text) + (f": {', '.join(more)}" if more else "")
    severity: Severity = "warning" if issue.severity.name == "HIGH" else "note"
    return subject.at(_place(subject, name, issue), message, code=name, name=name.replace("_", "-"), severity=severity)


def _shown(value: Any) -> str:
    text = str(value)
    return "" if value is None or "object at 0x" in text or text.startswith("Sigma") else text[:80]


def _place(subject: Subject, name: str, issue: Any) -> tuple[str | int, ...]:
    tags = subject.data.get("tags")
    tag = str(getattr(issue, "tag", ""))
    if tag and isinstance(tags, list) and tag in tags:
        return "tags", tags.index(tag)
    for word in name.removeprefix("sigmahq_").split("_"):
        key = _KEYS.get(word)
        if key == "condition":
            return "detection", "condition"
        if key is not None and key in subject.data:
            return (key,)
    return ("detection",) if "detection" in subject.data and "field" in name else ("title",)
