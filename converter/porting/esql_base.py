"""An ES|QL rule that computes more than a language can say: the condition on the events that its alerts are made of.

That is broader, and no alert comes without an event that it matches; all that it leaves out is a loss, with its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from converter.diagnostics import ConverterError, Note
from converter.fields import Fields
from converter.languages.esql import base
from converter.porting.outcome import Loss, Port
from converter.porting.weaken import selects
from converter.query import Query
from converter.tree import And, Node, conj, fields_of


def port_base(source: Query, other: Port, write: Callable[[Query], Port]) -> Port:
    """The port of the base condition by `write`; `other`, which is not exact, where there is none worth having."""
    try:
        found = base(source.tree, source.fields)
    except ConverterError:
        return other
    tree = _without_clock(found.tree)
    if not selects(tree):
        return other
    extra = {key: value for key, value in source.extra.items() if key not in ("predicate", "why_not")}
    used = {field.name for field in fields_of(tree)}
    typed = {name: kind for name, kind in found.retyped.items() if name in used}
    fields = source.fields.extended(Fields.of(typed)) if typed else source.fields
    query = replace(source, tree=tree, fields=fields, extra=extra)
    result = write(query)
    if result.text is None or result.relation not in ("equivalent", "broader"):
        return other
    losses = [Loss("aggregation", f"not carried: {item.message}", item.span) for item in found.left]
    notes = (Note("unknown-field", f"no schema knows the field `{name}`; taken as {typed[name]}") for name in typed)
    return replace(
        result, relation="broader", losses=(*losses, *result.losses), source=source, notes=(*result.notes, *notes),
        extra={**result.extra, "proven": result.proven if result.naming == "sigma" else query},
    )  # fmt: skip


def _without_clock(tree: Node) -> Node:
    """Without what is asked of the time of an event, which is how far the rule looks back."""
    parts = tree.items if isinstance(tree, And) else (tree,)
    return conj(part for part in parts if getattr(getattr(part, "field", None), "name", "") != "@timestamp")
