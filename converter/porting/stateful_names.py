"""A Sigma correlation in ECS names: each rule under the mapping of its own log source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from converter.diagnostics import Note
from converter.mapping import find_log_source, to_ecs
from converter.porting.stateful_shape import no_form
from converter.query import Query
from converter.tree import Field, Node, Script, atoms
from converter.tree.correlation import Correlation, GroupKey, Member
from converter.tree.expr import FieldValue


@dataclass(frozen=True)
class InEcs:
    """A correlation in ECS names, with what that rests on."""

    tree: Correlation
    given: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    index: tuple[str, ...] = ()


def in_ecs(source: Query, data: Mapping[str, Any], approximate: bool = False) -> InEcs:
    """The correlation under the mapping of each rule's log source; of `taxonomy: ecs` as it is. `data` is the rule's
    own."""
    tree = source.tree
    rules = source.extra.get("rules") or ()
    by_name = {name: rule for rule in rules for name in (rule.id, rule.name) if name is not None}
    reader = _Names(source, by_name, approximate)
    if str(data.get("taxonomy") or source.extra.get("taxonomy") or "sigma").lower() == "ecs":
        return InEcs(tree)
    mapped = reader.correlation(tree)
    return InEcs(mapped, _unique(reader.given), _unique(reader.loose), _unique(reader.notes), _unique(reader.index))


def _unique(items: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(items))


class _Names:
    def __init__(self, source: Query, rules: Mapping[str, Any], approximate: bool) -> None:
        self.source, self.rules, self.approximate = source, rules, approximate
        self.given: list[str] = []
        self.loose: list[str] = []
        self.notes: list[Note] = []
        self.index: list[str] = []

    def correlation(self, tree: Correlation) -> Correlation:
        members = tuple(self.member(member) for member in tree.members)
        keys = tuple(made for key in tree.keys for made in self.keys(key, tree.members))
        values = tuple(
            tuple(self.field(name, member) for name in fields)
            for fields, member in zip(tree.values, tree.members, strict=False)
        )
        return replace(tree, members=members, keys=keys, values=values)

    def member(self, member: Member) -> Member:
        if isinstance(member.item, Correlation):
            return replace(member, item=self.correlation(member.item))
        return replace(member, item=self.mapped(member.item, member))

    def mapped(self, node: Node, member: Member) -> Node:
        rule = self.rules.get(member.name)
        found = to_ecs(node, rule.logsource if rule is not None else {}, self.source.fields, self.approximate)
        self.given += found.given
        self.loose += found.approximate
        self.notes += found.notes
        if found.log_source is not None:
            self.index += found.log_source.index
        return found.tree

    def keys(self, key: GroupKey, members: Sequence[Member]) -> list[GroupKey]:
        """The key; two of them where the value is kept in two fields, which are equal where the whole is."""
        columns = [self.parts(name, member) for name, member in zip(key.fields, members, strict=True)]
        if len({len(column) for column in columns}) > 1:
            raise no_form(f"the key `{key.name}` is one field in some rules and two in others")
        names = [key.name] if len(columns[0]) == 1 else [f"{key.name}_{at}" for at in range(1, len(columns[0]) + 1)]
        return [GroupKey(name, fields) for name, fields in zip(names, zip(*columns, strict=True), strict=True)]

    def parts(self, name: Field, member: Member) -> tuple[Field, ...]:
        rule = None if isinstance(member.item, Correlation) else self.rules.get(member.name)
        source = find_log_source(rule.logsource) if rule is not None else None
        entry = source.entries.get(name.name) if source is not None else None
        if entry is None or entry.separator is None or entry.approximate:
            return (self.field(name, member),)
        left, right = (self.source.fields.field(part) for part in entry.to)
        self.given.append(f"{name.name} is {left.name} + {entry.separator!r} + {right.name}")
        return (left, right)

    def field(self, name: Field, member: Member) -> Field:
        """The one ECS field behind a Sigma name; raises where there is none."""
        if isinstance(member.item, Correlation):
            return name
        tree = self.mapped(Script(FieldValue(name)), member)
        return next(
            atom.expr.field for atom in atoms(tree) if isinstance(atom, Script) and isinstance(atom.expr, FieldValue)
        )


__all__ = ["InEcs", "in_ecs"]
