"""All forms of a rule, and the same events on each of them in the view that it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from converter.diagnostics import ConverterError
from converter.documents import Document
from converter.fields import FieldsSpec
from converter.normalise import View, completed, is_raw, view_for
from converter.porting import port, stream_query
from converter.porting.porter import speaks_ecs
from converter.query import Query
from converter.replay.cases import Case, replay_streams
from converter.replay.table import Form, Matcher, Replay, replay


@dataclass
class Forms:
    """`own` is the rule as it is written, `source` the same in the names that the other forms have, `forms` all forms
    by name, that one first. `without` says for each language why it has no form that matches the same events.

    `mapped`: a Sigma rule in Sigma's own names, whose other forms are in ECS."""

    document: Document
    own: Query | None = None
    source: Query | None = None
    forms: dict[str, Query] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)
    mapped: bool = False

    @property
    def first(self) -> str:
        """The name of the form as the rule is written."""
        return f"{self.own.language} (source)" if self.own is not None else ""


def forms_of(document: Document, targets: Sequence[str], fields: FieldsSpec = None) -> Forms:
    """The source, and those of its ports into `targets` that match the same events."""
    out = Forms(document)
    try:
        out.own = out.source = stream_query(document, fields)
    except ConverterError as error:
        out.without[str(document.language)] = str(error)
        return out
    out.forms[out.first] = out.own
    out.mapped = document.kind == "sigma" and not speaks_ecs(document.data)
    for target in targets:
        if out.mapped and target == "sigma":
            continue
        result = port(document, target, "ecs", fields)
        if result.target is not None and result.relation == "equivalent":
            if result.source is not None:  # a Sigma rule's names are mapped to the events' before it is ported
                out.forms[out.first] = out.source = result.source
            out.forms[target] = result.target
        else:
            reasons = [loss.message for loss in result.losses[:2]] or [result.reason or "not decided"]
            out.without[target] = f"{result.relation}: " + "; ".join(reasons)
    return out


@dataclass(frozen=True)
class Run:
    """`table` over all cases; `views` names for each form the view of the events that it was run on."""

    table: Replay
    views: Mapping[str, str]
    events: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def said(self) -> str | None:
        """One line on the views, where the events are raw Windows events."""
        if set(self.views.values()) <= {"given"}:
            return None
        parts = []
        for name, words in (("native", "under Sigma's names"), ("ecs", "as ECS")):
            held = [form for form, view in self.views.items() if view == name]
            if held:
                parts.append(f"{words} for {', '.join(held)}")
        return "raw Windows events " + ", ".join(parts)


def run(forms: Forms, cases: Sequence[Case], match: Matcher, now: int | None = None) -> Run:
    """Every form on every case. Raw Windows events are read in the view of each form; events of another log source than
    the rule's are matched by no native form."""
    assert forms.own is not None, "a rule without a query has no forms"
    single = all(len(case.events) == 1 for case in cases)
    if single and not (forms.source and forms.source.is_event) and any(case.expect is not None for case in cases):
        single = False
    raw = any(is_raw(event) for case in cases for event in case.events)
    native = {forms.first: forms.own} if forms.mapped and raw else {}
    rest = {name: query for name, query in forms.forms.items() if name not in native}
    tables, views, events = [], {}, {}
    for group, in_ecs in ((native, False), (rest, True)):
        if not group:
            continue
        seen = [view_for(next(iter(group.values())), case.events, ecs=in_ecs or None) for case in cases]
        shown = [replace(case, events=view.events) for case, view in zip(cases, seen, strict=True)]
        table = _single(group, shown, match, now) if single else replay_streams(group, shown, match)
        tables.append(_inside(table, seen))
        for name in group:
            views[name] = next((view.name for view in seen if view.name != "given"), "given")
            events[name] = [event for case in shown for event in case.events]
    columns = tuple(form for table in tables for form in table.forms)
    return Run(replace(tables[0], forms=columns), views, events)


def _single(forms: Mapping[str, Query], cases: Sequence[Case], match: Matcher, now: int | None) -> Replay:
    expected = [case.expect for case in cases] if any(case.expect is not None for case in cases) else []
    labels = [case.reason for case in cases] if any(case.reason for case in cases) else []
    events = [case.events[0] for case in cases]
    return replay(forms, events, expected=expected, labels=labels, now=now, match=match)


def _inside(table: Replay, seen: Sequence[View]) -> Replay:
    """Without the cases that hold only events of other log sources."""
    outside = {at for at, view in enumerate(seen) if view.events and len(view.outside) == len(view.events)}
    if not outside:
        return table

    def kept(form: Form) -> Form:
        return (
            form if form.picked is None else replace(form, picked=tuple(at for at in form.picked if at not in outside))
        )

    return replace(table, forms=tuple(kept(form) for form in table.forms))


def as_windows(forms: Forms, cases: Sequence[Case]) -> list[Case] | None:
    """Cases whose events are in Sigma's names as raw Windows events, so that every form can read them; None where the
    rule's log source is none of Windows, or the events are in ECS."""
    log_source = forms.document.data.get("logsource") or {}
    out = []
    for case in cases:
        events = [completed(event, log_source) for event in case.events]
        if any(event is None for event in events):
            return None
        out.append(replace(case, events=tuple(event for event in events if event is not None)))
    return out


def only_own(forms: Forms, cases: Sequence[Case]) -> Forms:
    """The rule as it is written alone, for events in its own names; all forms where the events are in ECS."""
    in_ecs = any(
        "." in name or isinstance(value, Mapping) for case in cases for e in case.events for name, value in e.items()
    )
    if in_ecs or forms.own is None:
        return forms
    return replace(forms, source=forms.own, forms={forms.first: forms.own}, mapped=False)
