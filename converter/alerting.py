"""The alerts that an Elastic rule makes of a stream of events: which, when, for which key.

The rule is looked at after every event, over its look-back (`from`, both ends in): the best that a schedule can do. An
alert is there when its condition becomes true.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import TYPE_CHECKING, Any

from converter.diagnostics import UnsupportedError, UsageError
from converter.documents import Document
from converter.fields import Fields
from converter.languages import parse
from converter.matching import Context, EventValues, compile_node
from converter.matching.correlations import find as correlated
from converter.matching.dates import parse_date
from converter.matching.sequences import Event, find, in_order
from converter.porting.rule_query import as_kibana_runs, filters_of, rule_query
from converter.query import Query
from converter.tree import Field, Node, conj
from converter.tree.correlation import Correlation

if TYPE_CHECKING:
    from converter.matching.pipeline import Result

_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
#: Kibana's defaults where the rule does not say.
LOOK_BACK = "now-6m"
HISTORY = "now-7d"


@dataclass(frozen=True)
class Alert:
    """`key`: the values that the alert is for (threshold, new terms, suppression; a row's values of `STATS`), by field
    name. `time`: milliseconds since 1970 of the event that completes it. `positions`: the events behind it; () for a
    row of a table, which is none of them."""

    key: tuple[tuple[str, Any], ...]
    time: int | None
    positions: tuple[int, ...]


def alerts(
    document: Document,
    events: Iterable[Mapping[str, Any]],
    indicators: Iterable[Mapping[str, Any]] | None = None,
    now: str | datetime | None = None,
    fields: Any = None,
) -> list[Alert]:
    """All alerts, in order of time. `indicators` are the events of a threat_match rule's indicator index.

    Raises `UnsupportedError` for machine_learning rules (no query) and for look-backs that are no plain `now-…`.
    """
    query = rule_query(document, fields)
    data, stream = document.data, list(events)
    run = _Run(query, document, stream, _clock(now))
    match document.type:
        case "threshold":
            found = run.threshold(data)
        case "new_terms":
            found = run.new_terms(data)
        case "threat_match":
            found = run.threat_match(data, list(indicators or ()))
        case _:
            found = run.hits()
    suppression = data.get("alert_suppression")
    return run.suppressed(found, suppression) if isinstance(suppression, dict) else found


def span_of(text: Any, default: str, document: Document) -> int:
    """Milliseconds of a look-back like `now-9m`."""
    match = re.fullmatch(r"now-([0-9]+)([smhdw])", str(default if text is None else text).strip())
    if match is None:
        raise UnsupportedError(
            f"the look-back `{text}` is no plain span", source=document.source, help="write it like `now-9m`"
        )
    return int(match[1]) * _UNITS[match[2]]


class _Run:
    """One rule over one stream."""

    def __init__(self, query: Query, document: Document, stream: list[Mapping[str, Any]], now: int | None) -> None:
        self.query, self.document, self.stream = query, document, stream
        self.fields: Fields = query.fields
        self.context = Context(now, self.fields.field(query.category_field or "event.category"))
        self.timestamp, fallback = self.clocks(document.data)
        self.tiebreaker = document.data.get("tiebreaker_field")
        self.ordered = in_order(stream, self.timestamp, self.tiebreaker, fallback)
        self.time = {event.position: event.time for event in self.ordered}
        self.now = now

    def clocks(self, data: Mapping[str, Any]) -> tuple[Field, Field | None]:
        """The field of an event's time, and the one for events without it. Of an EQL rule the override only says which
        events are searched, not their order."""
        usual = self.fields.field("@timestamp")
        if self.document.type == "eql":
            return self.fields.field(data.get("timestamp_field") or "@timestamp"), None
        override = data.get("timestamp_override")
        if not isinstance(override, str) or override == "@timestamp":
            return usual, None
        return self.fields.field(override), None if data.get("timestamp_override_fallback_disabled") else usual

    def alert(self, positions: Iterable[int | None], key: Iterable[tuple[str, Any]] = ()) -> Alert:
        plain = tuple(position for position in positions if position is not None)
        return Alert(tuple(key), max((self.time[p] for p in plain if p in self.time), default=None), plain)

    def hits(self) -> list[Alert]:
        """One alert a hit; a row of a table is one alert each."""
        tree = self.query.tree
        if self.query.kind == "pipeline":
            return self.rows()
        if isinstance(tree, Correlation):
            found: Iterable[tuple[int | None, ...]] = correlated(
                tree, self.stream, self.context, self.timestamp, self.tiebreaker
            )
        else:
            found = find(tree, self.stream, self.context, self.timestamp, self.tiebreaker)
        made = [self.alert(hit) for hit in found]
        return sorted(made, key=_by_time) if isinstance(tree, Node) else made

    def rows(self) -> list[Alert]:
        """What tests one event alerts on the event; what counts is run after every event over the look-back, and alerts
        when a row of a group, or an event, is there that was not at the last run."""
        if "predicate" in self.query.extra:
            found = self.result(self.stream, self.now)
            return sorted((self.alert((row.position,)) for row in found.rows), key=_by_time)
        span, nanos = self.span(self.document.data.get("from"), LOOK_BACK), self.timestamp.type == "date_nanos"
        groups = self.query.tree.groups
        held: set[Any] = set()
        out: list[Alert] = []
        window: deque[Event] = deque()
        for event in self.ordered:
            window.append(event)
            while event.time - window[0].time > span:
                window.popleft()
            clock = event.time // 10**6 if nanos else event.time
            events = [self.stream[item.position] for item in window]
            found = self.result(events, clock if self.now is None else self.now)
            alerts: dict[Any, Alert] = {}
            if self.query.tree.makes_rows:
                for row in found.table():
                    key = tuple((name, _frozen(value)) for name, value in row.items())
                    own = tuple(item for item in key if item[0] in groups)
                    alerts[own or (key if groups else ())] = Alert(key, event.time, ())
            else:
                places = (window[row.position].position for row in found.rows if row.position is not None)
                alerts = {place: self.alert((place,)) for place in places}
            out += [alert for key, alert in alerts.items() if key not in held]
            held = set(alerts) if self.query.tree.makes_rows else held | set(alerts)
        return out

    def result(self, events: Sequence[Mapping[str, Any]], now: int | None) -> Result:
        from converter.languages.esql import read_query
        from converter.matching.pipeline import run

        return run(self.query.tree, events, self.fields, now, read_query)

    def threshold(self, data: Mapping[str, Any]) -> list[Alert]:
        """Enough events, and enough different values of each cardinality field, of one key within the look-back."""
        spec: Mapping[str, Any] = data.get("threshold") or {}
        names = listed(spec.get("field"))
        keys = [self.fields.field(name) for name in names]
        least = int(spec.get("value", 1))
        distinct = [(self.fields.field(item["field"]), int(item["value"])) for item in spec.get("cardinality") or ()]
        span = self.span(data.get("from"), LOOK_BACK)
        windows: dict[tuple[Any, ...], deque[Event]] = {}
        held: dict[tuple[Any, ...], bool] = {}

        def holds(window: Iterable[Event]) -> bool:
            inside = list(window)
            return len(inside) >= least and all(
                len({value for event in inside for value in event.values.values(field)}) >= number
                for field, number in distinct
            )

        out = []
        for event in self.matching():
            for key in product(*(dict.fromkeys(event.values.values(field)) for field in keys)):
                window = windows.setdefault(key, deque())
                while window and event.time - window[0].time > span:
                    window.popleft()
                before = held.get(key, False) and holds(window)
                window.append(event)
                held[key] = holds(window)
                if held[key] and not before:
                    out.append(self.alert((item.position for item in window), zip(names, key, strict=True)))
        return out

    def span(self, text: Any, default: str) -> int:
        return span_of(text, default, self.document) * (10**6 if self.timestamp.type == "date_nanos" else 1)

    def matching(self) -> list[Event]:
        test = compile_node(self.query.tree, self.context)
        return [event for event in self.ordered if test(event.values)]

    def new_terms(self, data: Mapping[str, Any]) -> list[Alert]:
        """A combination of values that no matching event of the history window before had."""
        names = list(data.get("new_terms_fields") or ())
        span = self.span(data.get("history_window_start"), HISTORY)
        fields = [self.fields.field(name) for name in names]
        last: dict[tuple[Any, ...], int] = {}
        out = []
        for event in self.matching():
            for key in product(*(dict.fromkeys(event.values.values(field)) for field in fields)):
                if key not in last or event.time - last[key] > span:
                    out.append(self.alert((event.position,), zip(names, key, strict=True)))
                last[key] = event.time
        return out

    def threat_match(self, data: Mapping[str, Any], indicators: list[Mapping[str, Any]]) -> list[Alert]:
        """One alert an event that fits an indicator: all entries of one of the mappings hold for it."""
        language = data.get("threat_language") or "kuery"
        source = self.document.text_source(("threat_query",))
        tree = as_kibana_runs(parse(language, source if source is not None else "*:*", self.fields)).tree
        test = compile_node(
            conj([tree, *filters_of(self.document.data.get("threat_filters"), self.fields)]), self.context
        )
        chosen = [values for values in map(EventValues, indicators) if test(values)]
        mappings = [self.entries(group.get("entries") or ()) for group in data.get("threat_mapping") or ()]
        return [
            self.alert((event.position,))
            for event in self.matching()
            if any(all(holds(event.values, item) for holds in group) for group in mappings for item in chosen)
        ]

    def entries(self, group: Iterable[Mapping[str, Any]]) -> list[Callable[[EventValues, EventValues], bool]]:
        """A negated entry holds of an indicator without the field if the event has it, as in Kibana."""
        out: list[Callable[[EventValues, EventValues], bool]] = []
        for entry in group:
            own, theirs = self.fields.field(entry["field"]), self.fields.field(entry["value"])
            negated = bool(entry.get("negate"))

            def holds(
                event: EventValues, item: EventValues, own: Any = own, theirs: Any = theirs, negated: bool = negated
            ) -> bool:
                wanted, there = set(item.values(theirs)), set(event.values(own))
                if not wanted:
                    return negated and bool(there)
                return bool(wanted & there) is not negated

            out.append(holds)
        return out

    def suppressed(self, found: list[Alert], spec: Mapping[str, Any]) -> list[Alert]:
        """One alert a key and duration, that of the first; it holds the positions of those that it stands for.

        The window begins with the alert. Without a duration it is one run of the rule: its look-back. Several values
        are a key each in a query rule, and one key together in all others."""
        names = listed(spec.get("group_by"))
        duration = spec.get("duration")
        text = f"now-{duration['value']}{duration['unit']}" if isinstance(duration, dict) else None
        span = self.span(text or self.document.data.get("from"), LOOK_BACK)
        apart = spec.get("missing_fields_strategy", "suppress") == "doNotSuppress"
        open_: dict[tuple[Any, ...], int] = {}
        out: list[Alert] = []
        each = self.document.type in ("query", "saved_query")
        for alert in found:
            whole = self.suppression_key(alert, names)
            if apart and any(not values for values in whole):
                out.append(alert)
                continue
            keys = product(*map(_one_each, whole)) if each else [whole]
            for key in keys:
                index = open_.get(key)
                first = None if index is None else out[index]
                if index is not None and first is not None and not _apart(first, alert, span):
                    out[index] = replace(first, positions=tuple(dict.fromkeys((*first.positions, *alert.positions))))
                    continue
                open_[key] = len(out)
                named = tuple(zip(names, key, strict=True)) if not alert.key else alert.key
                out.append(replace(alert, key=named))
        return out

    def suppression_key(self, alert: Alert, names: Sequence[str]) -> tuple[Any, ...]:
        """For each field the values that all events of the alert share (Kibana keeps those for sequences); of a row
        or a threshold alert, its own."""
        own = dict(alert.key)
        if not names or all(name in own for name in names):
            return tuple((own[name],) if own[name] is not None else () for name in names) if names else alert.key
        out = []
        for name in names:
            columns = [set(EventValues(self.stream[p]).values(self.fields.field(name))) for p in alert.positions]
            shared = set.intersection(*columns) if columns else set()
            out.append(tuple(sorted(shared, key=lambda value: (type(value).__name__, value))))
        return tuple(out)


def _one_each(values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [(value,) for value in values] if values else [()]


def _apart(first: Alert, alert: Alert, span: int) -> bool:
    return alert.time is not None and first.time is not None and alert.time - first.time > span


def listed(value: Any) -> list[str]:
    """One name or a list of them; Kibana takes an empty one as none."""
    return [str(item) for item in ([value] if isinstance(value, str) else value or ()) if item]


def _by_time(alert: Alert) -> tuple[bool, int]:
    return alert.time is None, alert.time or 0


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _clock(now: str | datetime | None) -> int | None:
    if now is None:
        return None
    if isinstance(now, datetime):
        now = now.isoformat()
    time = parse_date(now, False, None)
    if time is None:
        raise UsageError(f"`{now}` is not an ISO 8601 time", help="write it like 2026-11-24T13:10:40Z")
    return time
