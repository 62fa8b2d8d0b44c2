"""Events for the steps of a stream: each meets its step's condition, and all hold the same values in their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from converter.matching import EventValues
from converter.matching.dates import parse_date
from converter.matching.values import parse_ip
from converter.proof.compare import declared, predicate
from converter.proof.prover import Event, Prover
from converter.tree import Exists, Field, Glob, Node, Not, Term, conj, literal

#: Two values for a key of each sort.
_VALUES: Mapping[str, tuple[Any, Any]] = {
    "integer": (1001, 1002),
    "float": (1001.5, 1002.5),
    "boolean": (True, False),
    "ip": ("192.0.2.1", "192.0.2.2"),
    "date": ("2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"),
    "version": ("1.0.1", "1.0.2"),
}
_STRINGS = ("one", "two")

#: What a key of an event holds: the shared value, another one, or nothing.
SAME, OTHER, NONE = "same", "other", "none"


@dataclass(frozen=True)
class Part:
    """One step: its condition, its keys column by column, and conditions that its events should not meet."""

    condition: Node
    keys: tuple[Field, ...] = ()
    avoid: tuple[Node, ...] = ()


def equals(name: Field, value: Any) -> Node | None:
    """The field holds this raw value; None where that has no simple test."""
    match name.sort:
        case "string" | "version" | "unmapped":
            return Glob(name, literal(str(value)))
        case "integer" | "float":
            return Term(name, value) if isinstance(value, int | float) else None
        case "boolean":
            return Term(name, value) if isinstance(value, bool) else None
        case "ip":
            address = parse_ip(str(value))
            return None if address is None else Term(name, address)
        case "date":
            time = parse_date(value, name.type == "date_nanos", name.format)
            return None if time is None else Term(name, time)
    return None


def solved(wanted: Sequence[Node], unwanted: Sequence[Node] = ()) -> Event | None:
    """An event that meets all of the one and none of the other."""
    given = declared(*wanted, *unwanted)
    prover = Prover(constraints=given)
    literals = [*(prover.literal(node) for node in wanted), *(-prover.literal(node) for node in unwanted)]
    yes, no = [predicate(node) for node in (*wanted, *given)], [predicate(node) for node in unwanted]

    def accept(event: Event) -> bool:
        values = EventValues(event)
        return all(test(values) for test in yes) and not any(test(values) for test in no)

    return prover.solve(literals, accept).event


@dataclass
class Events:
    """Events of several steps with shared keys. `values[column]` is what the key's fields hold, `others[column]`
    another value that all steps can take, None where there is none."""

    parts: Sequence[Part]
    values: list[Any] = field(default_factory=list)
    others: list[Any] = field(default_factory=list)
    _witness: dict[int, Event | None] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Events | None:
        """None where the steps have no keys in common, or one of them no event."""
        made = cls(parts)
        return made if made._agree() else None

    def event(self, index: int, holds: Sequence[str] | None = None) -> Event | None:
        """An event of a step; `holds` says what each key holds (`SAME` where nothing is said)."""
        part = self.parts[index]
        holds = holds or [SAME] * len(part.keys)
        values = [
            {SAME: self.values[at], OTHER: self.others[at] if at < len(self.others) else None, NONE: None}[kind]
            for at, kind in enumerate(holds)
        ]
        if any(kind == OTHER and value is None for kind, value in zip(holds, values, strict=True)):
            return None
        return self._made(index, values)

    def variant(self, index: int, event: Event) -> Event:
        """Another event of the step under the shared keys."""
        part = self.parts[index]
        return {**event, **{key.path: value for key, value in zip(part.keys, self.values, strict=True)}}

    def _made(self, index: int, values: Sequence[Any]) -> Event | None:
        part, base = self.parts[index], self._base(index)
        if base is None:
            return None
        event = {**base, **{key.path: value for key, value in zip(part.keys, values, strict=True)}}
        event = {name: value for name, value in event.items() if value is not None}
        if self._fits(part, event):
            return event
        wanted: list[Node] = [part.condition]
        for key, value in zip(part.keys, values, strict=True):
            test = Not(Exists(key)) if value is None else equals(key, value)
            if test is None:
                return None
            wanted.append(test)
        for avoid in (part.avoid, ()):
            found = solved(wanted, avoid)
            if found is not None:
                return found
        return None

    def _fits(self, part: Part, event: Event) -> bool:
        values = EventValues(event)
        return predicate(part.condition)(values) and not any(predicate(node)(values) for node in part.avoid)

    def _base(self, index: int) -> Event | None:
        if index not in self._witness:
            part = self.parts[index]
            wanted = [part.condition, *(Exists(key) for key in part.keys)]
            found = solved(wanted, part.avoid)
            self._witness[index] = found if found is not None else solved(wanted)
        return self._witness[index]

    def _agree(self) -> bool:
        """Values that every step can hold: the usual ones, else those of a step that cannot hold them."""
        columns = [[part.keys[at] for part in self.parts] for at in range(len(self.parts[0].keys))]
        self.values = [_usual(column[0], 0) for column in columns]
        for _ in range(len(self.parts) + 1):
            failing = next((at for at in range(len(self.parts)) if self._made(at, self.values) is None), None)
            if failing is None:
                self.others = [self._other(at, column) for at, column in enumerate(columns)]
                return True
            own = self._base(failing)
            if own is None:
                return False
            self.values = [_first(own.get(column[failing].path)) for column in columns]
        return False

    def _other(self, at: int, column: Sequence[Field]) -> Any:
        """Another value of one key under which every step still has an event."""
        for value in (_usual(column[0], 1), _usual(column[0], 0), self._solved_other(at, column[-1])):
            if value is None or value == self.values[at]:
                continue
            changed = [*self.values[:at], value, *self.values[at + 1 :]]
            if self._made(len(self.parts) - 1, changed) is not None:
                return value
        return None

    def _solved_other(self, at: int, key: Field) -> Any:
        held = equals(key, self.values[at])
        if held is None:
            return None
        found = solved([self.parts[-1].condition, Exists(key)], [held, *self.parts[-1].avoid])
        return None if found is None else _first(found.get(key.path))


def _usual(key: Field, which: int) -> Any:
    return _VALUES[key.sort][which] if key.sort in _VALUES else f"{key.name.rsplit('.', 1)[-1]}-{_STRINGS[which]}"


def _first(raw: Any) -> Any:
    return raw[0] if isinstance(raw, list) and raw else raw


def distinct(condition: Node, counted: Sequence[Field], base: Event, count: int) -> list[Event]:
    """Up to `count` events like `base`, all of the condition, no two with the same values of the counted fields."""
    decide, out = predicate(condition), []
    last = counted[-1]
    for number in range(1, count + 1):
        event = {**base, last.path: _numbered(last, number)}
        if not decide(EventValues(event)):
            break
        out.append(event)
    if len(out) == count:
        return out
    out = []
    taken: list[Node] = []
    while len(out) < min(count, 25):
        found = solved([condition, Exists(last)], taken)
        value = None if found is None else _first(found.get(last.path))
        event = {**base, last.path: value}
        test = equals(last, value)
        if value is None or test is None or not decide(EventValues(event)):
            break
        out.append(event)
        taken.append(test)
    return out


def _numbered(key: Field, number: int) -> Any:
    match key.sort:
        case "integer" | "float":
            return number
        case "boolean":
            return number % 2 == 0
        case "ip":
            return f"10.0.{number // 250}.{number % 250 + 1}"
        case "date":
            return f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}.000Z"
    return f"{key.name.rsplit('.', 1)[-1]}-{number}"


def together(condition: Node, keys: Sequence[Field]) -> Node:
    """A step's condition with the existence of its keys written out."""
    return conj([condition, *(Exists(key) for key in keys)])
