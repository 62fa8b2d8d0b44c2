"""The table of a replay: forms × events, and where they disagree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from converter.diagnostics import ConverterError, UnsupportedError
from converter.matching import Context, EventValues, compile_node
from converter.query import Query

#: The positions of a hit's events; None for the slot of a missing event.
Hit: TypeAlias = tuple[int | None, ...]
Matcher: TypeAlias = Callable[[Query, Sequence[Mapping[str, Any]]], Sequence[Hit]]


@dataclass(frozen=True)
class Form:
    """One form's outcome: `picked` are the positions of the events it matches (of a sequence: that stand in a hit),
    in order and once; None with an `error` where it has no verdict. `hits` only where a hit is more than one event."""

    name: str
    language: str
    kind: str
    picked: tuple[int, ...] | None
    hits: tuple[Hit, ...] | None = None
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"form": self.name, "language": self.language, "kind": self.kind}
        out["picked"] = None if self.picked is None else list(self.picked)
        if self.hits is not None:
            out["hits"] = [list(hit) for hit in self.hits]
        return out if self.error is None else {**out, "error": self.error}


@dataclass(frozen=True)
class Replay:
    """`expected`: for each event what a fixture says, None where nothing is said. `labels`: a name for each event."""

    size: int
    forms: tuple[Form, ...]
    expected: tuple[bool | None, ...] = ()
    labels: tuple[str, ...] = ()

    def verdicts(self, position: int) -> dict[str, bool | None]:
        """Form → whether it matches the event; None where the form has no verdict."""
        return {form.name: None if form.picked is None else position in form.picked for form in self.forms}

    @property
    def differing(self) -> tuple[int, ...]:
        """Positions of events on which two forms, or a form and the expected outcome, do not agree."""
        sets = [frozenset(form.picked) for form in self.forms if form.picked is not None]
        out = []
        for position in range(self.size):
            said = {position in picked for picked in sets}
            expected = self.expected[position] if self.expected else None
            if len(said | ({expected} if expected is not None and said else set())) > 1:
                out.append(position)
        return tuple(out)

    @property
    def agrees(self) -> bool:
        """Every form has a verdict, and all verdicts are the same and the expected ones."""
        hits = {form.hits for form in self.forms if form.hits is not None}
        return not self.differing and all(form.picked is not None for form in self.forms) and len(hits) <= 1

    def as_json(self) -> dict[str, Any]:
        return {
            "events": self.size,
            "agrees": self.agrees,
            "forms": [form.as_json() for form in self.forms],
            "differing": [self._row(position) for position in self.differing],
        }

    def _row(self, position: int) -> dict[str, Any]:
        row: dict[str, Any] = {"event": position, "verdicts": self.verdicts(position)}
        if self.labels:
            row["label"] = self.labels[position]
        if self.expected and self.expected[position] is not None:
            row["expected"] = self.expected[position]
        return row

    def text(self, everything: bool = False) -> str:
        """The table: a line an event, a column a form; without `everything` only events that differ. Then a summary."""
        rows = range(self.size) if everything else self.differing
        names = [form.name for form in self.forms]
        heads = (["expected"] if any(item is not None for item in self.expected) else []) + names
        lines = []
        if rows:
            lines.append("event  " + "  ".join(heads))
        for position in rows:
            cells = {"expected": self.expected[position] if self.expected else None, **self.verdicts(position)}
            marks = "  ".join({True: "yes", False: "no", None: "-"}[cells[head]].ljust(len(head)) for head in heads)
            label = f"  {self.labels[position]}" if self.labels else ""
            lines.append(f"{position:<5}  {marks}{label}".rstrip())
        return "\n".join(lines + list(self._summary()))

    def _summary(self) -> list[str]:
        out = [f"{form.name}: no verdict: {form.error}" for form in self.forms if form.picked is None]
        said = sum(form.picked is not None for form in self.forms)
        forms = "form" if said == 1 else "forms"
        agree = self.size - len(self.differing)
        return [
            *out,
            f"{said} {forms}, {self.size} events: the same outcome on {agree}, different on {len(self.differing)}",
        ]


def replay(
    forms: Mapping[str, Query],
    events: Sequence[Mapping[str, Any]],
    *,
    expected: Sequence[bool | None] = (),
    labels: Sequence[str] = (),
    now: int | None = None,
    match: Matcher | None = None,
) -> Replay:
    """Every form on every event, offline. A form is judged with the fields that it was parsed with.

    `now` is the clock in milliseconds since 1970. `match` runs the forms that are no condition on one event (sequences,
    pipelines); without it they get no verdict. An error of a form stands in its column and stops no other.
    """
    read = [EventValues(event) for event in events]
    columns = tuple(_form(name, query, events, read, now, match) for name, query in forms.items())
    return Replay(len(events), columns, tuple(expected), tuple(labels))


def _form(
    name: str,
    query: Query,
    events: Sequence[Mapping[str, Any]],
    read: Sequence[EventValues],
    now: int | None,
    match: Matcher | None,
) -> Form:
    try:
        tree = query.tree if query.is_event else query.extra.get("predicate")
        if tree is not None:
            test = compile_node(tree, Context(now, query.fields.field(query.category_field or "event.category")))
            return Form(name, query.language, "event", tuple(i for i, event in enumerate(read) if test(event)))
        if match is None:
            raise UnsupportedError(f"a query of kind `{query.kind}` has no verdict for each event")
        hits = tuple(tuple(hit) for hit in match(query, events))
    except ConverterError as error:
        return Form(name, query.language, query.kind, None, None, str(error))
    picked = sorted({position for hit in hits for position in hit if position is not None})
    single = all(len(hit) == 1 for hit in hits)
    return Form(name, query.language, query.kind, tuple(picked), None if single else hits)
