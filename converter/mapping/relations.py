"""What the mapping data declares of fields that say something of one another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from converter.fields import Fields
from converter.tree import Exists, Field, Node, Not, Regex, Single, conj, disj

PartName = Literal["name", "extension", "directory"]


@dataclass(frozen=True)
class Stray:
    """Values (an expression over the whole value) that a part may have, or lack, whatever its whole is, save in the
    events of index patterns that begin with one of `unless`."""

    values: str
    why: str
    unless: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """`field` is a part of `of`, cut at `separator`; `bare`: some values of `of` have no separator, and then no dot.
    `but`: beginnings of index patterns of which it is not true; `data`: those of which alone it is, if any are named;
    `cased`: those in which the case of letters may differ, `differs` of these what a rule searches; `unmade`: patterns
    for which its source alone vouches.
    """

    field: str
    of: str
    part: PartName
    separator: str
    bare: bool = False
    but: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    cased: tuple[str, ...] = ()
    stray: tuple[Stray, ...] = ()
    differs: tuple[str, ...] = ()
    unmade: tuple[str, ...] = ()

    def on(self, index: Sequence[str]) -> Part | str:
        """What holds on the events of these index patterns, or why nothing does."""
        against = [pattern for pattern in index if _meets(pattern, self.but)]
        against += [pattern for pattern in index if self.data and not pattern.startswith(self.data)]
        if against:
            return f"in {against[0]} it is no part of {self.of}"
        stray = tuple(item for item in self.stray if not index or not all(map(_begins(item.unless), index)))
        differs = tuple(pattern for pattern in index if _meets(pattern, self.cased))
        return replace(self, stray=stray, differs=differs)

    @property
    def said(self) -> str:
        """The statement, as a verdict prints it."""
        return self._said + _also(self.unmade)

    @property
    def _said(self) -> str:
        cut = f"`{self.separator}` of {self.of}"
        match self.part:
            case "name":
                rest = " (a value without one has no dot)" if self.bare else ""
                return f"{self.field} is what stands behind the last {cut}{rest}"
            case "extension":
                return f"{self.field} is what stands behind the last dot of the name in {self.of}"
        return f"{self.field} is what stands before the last {cut}"

    def cut(self, value: str) -> str | None:
        """The part of a value of `of`: what the relation means, on one value; None: there is no such part."""
        head, found, name = value.rpartition(self.separator)
        match self.part:
            case "name":
                return name
            case "extension":
                return name.rpartition(".")[2] or None if "." in name else None
        return head if found else None

    def holds_of(self, fields: Fields) -> Node:
        """What the relation says of `of` alone: one value at most, of that shape."""
        field, sep = fields.field(self.of), re.escape(self.separator)
        shape = rf"{sep}[^{sep}]+$" + (rf"|^[^{sep}.]+$" if self.bare else "")
        return disj([Not(Exists(field)), conj([Single(field), Regex(field, shape, "pcre", search=True)])])


@dataclass(frozen=True)
class Same:
    """Two names of one value."""

    field: str
    of: str

    @property
    def said(self) -> str:
        return f"{self.field} is {self.of}"


@dataclass(frozen=True)
class Together:
    """Each of the fields is there if and only if the others are."""

    fields: tuple[str, ...]
    but: tuple[str, ...] = ()
    unmade: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        return f"{' and '.join(self.fields)} are there together or not at all{_also(self.unmade)}"

    def holds(self, fields: Fields) -> Node:
        there = [Exists(fields.field(name)) for name in self.fields]
        return disj([conj(there), conj(Not(item) for item in there)])


@dataclass(frozen=True)
class Valued:
    """`field` has one of `values`, each a condition on other fields, save where `unless` (field, value) holds."""

    field: str
    values: Mapping[str, Mapping[str, tuple[str, ...]]]
    unless: tuple[str, str] | None

    @property
    def said(self) -> str:
        parts = []
        for value, meaning in self.values.items():
            (how, names), *_ = meaning.items()
            parts.append(f"{value} where {'none' if how == 'missing' else 'one'} of {', '.join(names)} is there")
        rest = f" (but for {self.unless[0]}: {self.unless[1]}, its only value)" if self.unless else ""
        return f"{self.field} is {' and '.join(parts)}{rest}"

    def of(self, event: Mapping[str, Any]) -> str | None:
        """The value that a flat event has."""
        for value, meaning in self.values.items():
            (how, names), *_ = meaning.items()
            if any(name in event for name in names) is (how != "missing"):
                return value
        return None

    def meaning(self, value: str, fields: Fields) -> Node | None:
        found = self.values.get(value)
        if found is None:
            return None
        (how, names), *_ = found.items()
        there = [Exists(fields.field(name)) for name in names]
        return conj(Not(item) for item in there) if how == "missing" else disj(there)


@dataclass(frozen=True)
class Relations:
    """All that is declared of the fields of one log source."""

    parts: Mapping[str, Part]
    same: Mapping[str, Same]
    together: tuple[Together, ...]
    values: Mapping[str, Valued]
    made: tuple[str, ...] = ()
    untrue: Mapping[str, str] = field(default_factory=dict)

    def on(self, index: Sequence[str]) -> Relations:
        """What holds on the events that a rule with these index patterns searches; `untrue` says why a part does
        not."""
        unmade = tuple(pattern for pattern in index if not pattern.startswith(self.made))
        parts, untrue = {}, {}
        for name, part in self.parts.items():
            found = part.on(index)
            if isinstance(found, str):
                untrue[name] = found
            else:
                parts[name] = replace(found, unmade=unmade)
        together = (
            replace(item, unmade=unmade)
            for item in self.together
            if not any(_meets(pattern, item.but) for pattern in index)
        )
        return replace(self, parts=parts, together=tuple(together), untrue=untrue)

    def completed(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """A flat event with the fields that the relations derive from its others, where they are not there yet."""
        out = dict(event)
        for part in self.parts.values():
            value = event.get(part.of)
            found = part.cut(value) if isinstance(value, str) else None
            if found is not None:
                out.setdefault(part.field, found)
        for same in self.same.values():
            if same.of in event:
                out.setdefault(same.field, event[same.of])
        for valued in self.values.values():
            if valued.unless is None or event.get(valued.unless[0]) != valued.unless[1]:
                found = valued.of(event)
                if found is not None:
                    out.setdefault(valued.field, found)
        return out


@cache
def relations(platform: str, category: str = "") -> Relations:
    """What holds on a platform's events; some relations only on those of one Sigma category."""
    raw = _raw()
    separator = raw["separators"].get(platform)
    parts = {}
    for item in raw["parts"]:
        if separator and category in item.get("only", (category,)):
            parts[item["field"]] = _part(item, platform, category, separator)
    return Relations(
        parts,
        {i["field"]: Same(i["field"], i["of"]) for i in raw["same"] if i["platform"] == platform},
        tuple(
            Together(tuple(i["fields"]), tuple(i.get("but", ()))) for i in raw["together"] if i["platform"] == platform
        ),
        {i["field"]: _valued(i) for i in raw["values"] if i["platform"] == platform},
        tuple(raw["made"]),
    )


def _part(raw: Mapping[str, Any], platform: str, category: str, separator: str) -> Part:
    but = [item if isinstance(item, dict) else {"data": item} for item in raw.get("but", ())]
    where = f"{platform}/{category}"
    return Part(
        raw["field"], raw["of"], raw["part"], separator, platform in raw.get("bare", ()),
        tuple(item["data"] for item in but if not any(fnmatchcase(where, one) for one in item.get("save", ()))),
        tuple(raw.get("data", ())),
        tuple(raw.get("cased", ())),
        tuple(
            Stray(item["values"], item["why"], tuple(item["unless"]))
            for item in raw.get("stray", ())
            if platform in item["systems"]
        ),
    )  # fmt: skip


def _begins(beginnings: tuple[str, ...]) -> Callable[[str], bool]:
    return lambda pattern: pattern.startswith(beginnings)


def _meets(pattern: str, beginnings: Sequence[str]) -> bool:
    """Whether an index pattern takes in data whose names begin so; a pattern with a minus takes data out."""
    head, star, _ = pattern.rpartition(":")[2].partition("*")
    return not pattern.startswith("-") and any(
        head.startswith(name) or (bool(star) and name.startswith(head)) for name in beginnings
    )


def _also(patterns: Sequence[str]) -> str:
    """What a statement says of data whose writer Elastic is not."""
    return f" (also in {', '.join(patterns)}, whose source writes both)" if patterns else ""


def _valued(raw: Mapping[str, Any]) -> Valued:
    values = {value: {how: tuple(names) for how, names in meaning.items()} for value, meaning in raw["values"].items()}
    return Valued(raw["field"], values, next(iter(raw.get("unless", {}).items()), None))


@cache
def _raw() -> Any:
    import yaml

    text = files("converter.mapping").joinpath("relations.yml").read_text(encoding="utf-8")
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def plain_text(field: Field) -> bool:
    """Whether a field's values are texts as the event holds them, upper and lower case kept."""
    return field.type in ("keyword", "wildcard", "constant_keyword") and field.name == field.path
