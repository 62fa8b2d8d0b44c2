"""A fixture decides otherwise than it says.

What: an event in `fixtures.yml` beside the rule that must match does not, or the other way round.
Why: the rule has drifted from what it was tested for, or the fixture is wrong.
Instead: `ruleproof replay --why` shows which condition decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from converter.checks import Check, Found, Subject
from converter.diagnostics import ConverterError
from converter.matching import EventValues, compile_node
from converter.porting import stream_query
from converter.proof.streams import hits


def run(subject: Subject) -> Iterator[Found]:
    cases = beside(subject)
    if not cases:
        return
    decide = compile_node(subject.predicate) if subject.predicate is not None else None
    for number, case in enumerate(cases, 1):
        if "events" in case:
            found = _fires(subject, case["events"])
        else:
            found = decide(EventValues(case["event"])) if "event" in case and decide is not None else None
        if found is not None and found != (case["expect"] == "match"):
            reason = f" ({case['reason']})" if case.get("reason") else ""
            verb = "does not match" if case["expect"] == "match" else "matches"
            yield subject.finding(f"fixture {number}{reason} {verb}, but must" + (" not" if verb == "matches" else ""))


def _fires(subject: Subject, events: Any) -> bool | None:
    """Whether the rule fires on a stream; None where it is none of events."""
    try:
        return bool(hits(stream_query(subject.document, subject.fields), events))
    except ConverterError:
        return None


def beside(subject: Subject) -> list[dict[str, Any]] | None:
    """The fixtures of the file beside the rule; None where there is no such file."""
    import yaml

    path = Path(subject.document.path or "").with_name("fixtures.yml") if subject.document.path else None
    if path is None or not path.is_file():
        return None
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return []
    cases = found.get("fixtures") if isinstance(found, dict) else None
    return [c for c in cases if isinstance(c, dict) and "expect" in c] if isinstance(cases, list) else []


CHECK = Check("RP401", "fixtures-disagree", "error", run)
