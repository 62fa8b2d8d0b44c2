"""What of a correlation other languages' forms ask for: its rules and keys, the number to reach, the span."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from converter.diagnostics import UnsupportedError
from converter.porting.outcome import Port
from converter.porting.stateful_meaning import Meaning
from converter.porting.stateful_text import duration
from converter.query import Query
from converter.tree import Field, Node, disj
from converter.tree.correlation import Correlation, Member


def no_form(message: str) -> UnsupportedError:
    return UnsupportedError(message, code="correlation")


def events_of(tree: Correlation, language: str) -> list[tuple[Node, tuple[Field, ...]]]:
    out = []
    for at, member in enumerate(tree.members):
        if isinstance(member.item, Correlation):
            raise no_form(f"a correlation of correlations has no form in {language}")
        out.append((member.item, tuple(key.fields[at] for key in tree.keys)))
    return out


def least_of(tree: Correlation) -> int | None:
    """The number that must be reached, where there are only lower bounds."""
    if tree.expression is not None or not tree.bounds or any(name not in ("gt", "gte") for name, _ in tree.bounds):
        return None
    if not all(isinstance(bound, int) for _, bound in tree.bounds):
        return None
    return max(int(bound) + (name == "gt") for name, bound in tree.bounds)


def one_key(tree: Correlation) -> tuple[Field, ...]:
    """The keys where they are the same fields in every rule."""
    for key in tree.keys:
        if len(set(key.fields)) > 1:
            raise no_form(f"the alias `{key.name}` is another field in each rule, which one condition cannot say")
    return tuple(key.fields[0] for key in tree.keys)


def counted_fields(tree: Correlation) -> tuple[Field, ...]:
    fields = tree.values[0]
    if len(fields) > 1:
        raise no_form("combinations of several fields are counted by no rule of Elastic's")
    if any(other != fields for other in tree.values):
        raise no_form(f"`{fields[0].name}` is another field in each rule")
    return fields


def joined(core: Query, tree: Correlation) -> Query:
    """Several rules that are counted together as one."""
    if len(tree.members) == 1:
        return core
    base = disj([member.item for member in tree.members if isinstance(member.item, Node)])
    joined = replace(
        tree, members=(Member("base", base),), values=tree.values[:1],
        keys=tuple(replace(key, fields=key.fields[:1]) for key in tree.keys),
    )  # fmt: skip
    return replace(core, tree=joined)


def from_of(tree: Correlation) -> str:
    return f"now-{duration(tree.timespan)}"


def judged_back(
    core: Query, to: str, text: str, target: Query | None, given: tuple[str, ...], extra: Mapping[str, Any],
    found: Meaning | None = None,
) -> Port:  # fmt: skip
    from converter.porting.stateful import judged

    parts = found.parts if found is not None else ()
    return judged(core, core, to, text, [], parts, given, target, dict(extra))


__all__ = [
    "counted_fields", "events_of", "from_of", "joined", "judged_back", "least_of", "no_form", "one_key",
]  # fmt: skip
