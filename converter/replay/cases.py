"""What a rule is replayed on: given events, the fixtures beside its file, or generated ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.diagnostics import ConverterError
from converter.documents import Document, load_fixtures
from converter.query import Query
from converter.replay.table import Form, Matcher, Replay

#: The file beside a rule file that holds its fixtures.
FIXTURES = "fixtures.yml"


@dataclass(frozen=True)
class Case:
    """A stream of events (one, as a rule), what the rule must do on it (None: nothing is said), and why it is here."""

    events: tuple[Mapping[str, Any], ...]
    expect: bool | None = None
    reason: str = ""


def cases_of(document: Document, query: Query, beside: bool = True) -> list[Case]:
    """The fixtures of `fixtures.yml` beside the rule's file, else generated ones; [] where none can be made."""
    from converter.proof import fixtures

    path = Path(document.path).parent / FIXTURES if document.path and beside else None
    if path is not None and path.is_file():
        return [from_fixture(item) for item in load_fixtures(path)]
    try:
        return [from_fixture(item.as_json()) for item in fixtures(query)]
    except ConverterError:
        return []


def from_fixture(fixture: Mapping[str, Any]) -> Case:
    """A case from a fixture as the fixture file holds it."""
    events = tuple(fixture["events"]) if "events" in fixture else (fixture["event"],)
    return Case(events, fixture["expect"] == "match", str(fixture.get("reason", "")))


def replay_streams(forms: Mapping[str, Query], cases: Sequence[Case], match: Matcher) -> Replay:
    """Each case for itself: a form fires on it if it has any hit in its stream."""
    columns = tuple(_column(name, query, cases, match) for name, query in forms.items())
    return Replay(len(cases), columns, tuple(case.expect for case in cases), tuple(case.reason for case in cases))


def _column(name: str, query: Query, cases: Sequence[Case], match: Matcher) -> Form:
    try:
        fired = tuple(at for at, case in enumerate(cases) if match(query, case.events))
    except ConverterError as error:
        return Form(name, query.language, query.kind, None, None, str(error))
    return Form(name, query.language, query.kind, fired)
