"""Alerts are grouped by a field that the query has fixed.

What: a field of `new_terms_fields`, `threshold` or `alert_suppression` that the query lets have one value only.
Why: there is only one group: a new-terms rule alerts once and then stays silent for its whole history; a threshold
counts all events of the cluster together.
Example: `event.action: "login"` with `new_terms_fields = ["event.action"]`.
Instead: group by a field that tells users, hosts or addresses apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.tree import And, Glob, Node, Term


def run(subject: Subject) -> Iterator[Found]:
    tree = subject.predicate
    if tree is None:
        return
    fixed = {_fixed(node) for node in (tree.items if isinstance(tree, And) else (tree,))}
    for key, names in _groups(subject):
        if names and all(name in fixed for name in names):
            shown = ", ".join(f"`{name}`" for name in names)
            yield subject.at(key, f"the query lets {shown} have one value only, so there is one group")


def _fixed(node: Node) -> str | None:
    """The field that this condition leaves one value."""
    if isinstance(node, Glob) and (len(node.tokens) != 1 or not isinstance(node.tokens[0], str) or node.fold != "none"):
        return None
    return node.field.path if isinstance(node, Glob | Term) and not node.field.array else None


def _groups(subject: Subject) -> Iterator[tuple[tuple[str | int, ...], list[str]]]:
    data = subject.data
    yield ("new_terms_fields",), subject.texts("new_terms_fields")
    for outer, inner in (("threshold", "field"), ("alert_suppression", "group_by")):
        table = data.get(outer)
        value = table.get(inner) if isinstance(table, dict) else None
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        yield (outer, inner), [name for name in names if isinstance(name, str) and name]


CHECK = Check("RP308", "fixed-group", "warning", run, applies=("elastic",))
