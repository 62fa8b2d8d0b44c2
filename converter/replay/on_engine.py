"""Forms on a real engine, event by event against the offline verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from converter.engines.elasticsearch import Cluster, Index
from converter.engines.forms import Run, run
from converter.engines.mapping import names_in
from converter.fields import Fields
from converter.matching import EventValues
from converter.query import Query
from converter.replay.table import Form, Matcher, replay
from converter.tree import ANY_FIELD, Field


@dataclass(frozen=True)
class Comparison:
    """One form in one way: what the engine found and what the evaluator says. `differing` are positions of events."""

    form: str
    via: str
    text: str | None
    picked: tuple[int, ...] | None
    offline: tuple[int, ...] | None
    error: str | None = None
    refused: bool = False
    optional: bool = False

    @property
    def differing(self) -> tuple[int, ...]:
        if self.picked is None or self.offline is None:
            return ()
        return tuple(sorted(set(self.picked) ^ set(self.offline)))

    @property
    def outcome(self) -> str:
        """`same`, `different`, `rejected` (by the engine, of what a rule runs), or `not run`."""
        if self.picked is None or self.offline is None:
            return "rejected" if self.refused and not self.optional else "not run"
        return "different" if self.differing else "same"

    def as_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"form": self.form, "via": self.via, "outcome": self.outcome, "text": self.text}
        if self.picked is not None:
            out["picked"] = list(self.picked)
        if self.offline is not None:
            out["offline"] = list(self.offline)
        if self.differing:
            out["differing"] = list(self.differing)
        return out if self.error is None else {**out, "error": self.error}


@dataclass(frozen=True)
class EngineReplay:
    """All comparisons over one set of events. `rejected`: events that the index would not take, with the reason, left
    out of the comparison; `stand_ins`: field types that the cluster lacks, and what stood for them."""

    url: str
    events: int
    comparisons: tuple[Comparison, ...]
    rejected: Mapping[int, str]
    stand_ins: Mapping[str, str]

    @property
    def agrees(self) -> bool:
        """Something ran, and nothing that ran differs or was rejected."""
        outcomes = {item.outcome for item in self.comparisons}
        return "same" in outcomes and not outcomes & {"different", "rejected"}

    def as_json(self) -> dict[str, Any]:
        return {
            "engine": self.url,
            "events": self.events,
            "agrees": self.agrees,
            "comparisons": [item.as_json() for item in self.comparisons],
            "rejected_events": {str(position): why for position, why in self.rejected.items()},
            "stand_ins": dict(self.stand_ins),
        }

    def text(self) -> str:
        """A line a form and way, then what was left out."""
        lines = []
        for item in self.comparisons:
            detail = f": {item.error}" if item.error else ""
            if item.differing:
                shown = ", ".join(map(str, item.differing[:10]))
                detail = f" on {len(item.differing)} of {self.events} events: {shown}"
            elif item.picked is not None:
                detail = f": {len(item.picked)} of {self.events} events found"
            lines.append(f"{item.form}  via {item.via}  {item.outcome}{detail}")
        lines += [f"event {at} is not in the index: {why}" for at, why in self.rejected.items()]
        if self.stand_ins:
            pairs = ", ".join(f"{new} for {old}" for old, new in self.stand_ins.items())
            lines.append(f"field types that the cluster lacks: {pairs}")
        return "\n".join(lines)


def replay_on(
    cluster: Cluster,
    forms: Mapping[str, Query],
    events: Sequence[Mapping[str, Any]],
    *,
    now: int | None = None,
    match: Matcher | None = None,
    kql: bool = True,
) -> EngineReplay:
    """Load the events into a throw-away index with the fields that the forms use, run each form, compare, delete.

    All forms must have been parsed with the same fields. Raises `EngineError`.
    """
    names, schema = mapped(list(forms.values()), events)
    with cluster.index(events, names, schema) as index:
        runs = run(cluster, index, forms, kql=kql)
    compared = tuple(_compare(item, events, index, now, match) for item in runs)
    return EngineReplay(cluster.url, len(events), compared, index.rejected, index.stand_ins)


def mapped(queries: Sequence[Query], events: Sequence[Mapping[str, Any]]) -> tuple[list[str], Fields]:
    """The fields to map, and the schema that types them.

    Where a query searches all fields, every field of the events is mapped, as a keyword (with the normaliser, where the
    schema has it on all): a test on any field is one of whole values, as if no text were analysed."""
    schema = next((query.fields for query in queries), Fields.of(None))
    names = list(dict.fromkeys(name for query in queries for name in names_of(query)))
    if ANY_FIELD.name not in names:
        return names, schema
    paths = sorted({path for event in events for path in EventValues(event).paths()})
    kind = "keyword_lowercase" if schema.lowered else "keyword"
    return [*names, *paths], schema.extended(Fields({path: Field(path, kind) for path in paths}, closed=True))


def names_of(query: Query) -> list[str]:
    """The fields that a query reads, its event category among them."""
    trees = (query.tree, query.extra.get("predicate"))
    found = [name for tree in trees for name in names_in(tree, query.fields)]
    return [*found, query.category_field or "event.category", "@timestamp"]


def _compare(
    item: Run, events: Sequence[Mapping[str, Any]], index: Index, now: int | None, match: Matcher | None
) -> Comparison:
    ask = item.ask
    form: Form = replay({ask.form: ask.query}, events, now=now, match=match).forms[0]
    offline = None if form.picked is None else tuple(at for at in form.picked if at not in index.rejected)
    error = item.error or form.error
    return Comparison(ask.form, ask.via, ask.text, item.picked, offline, error, item.refused, ask.optional)
