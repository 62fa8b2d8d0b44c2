"""Where the values that atoms speak of lie in an event.

A cell is a path with all the fields that read it: a field and its multi-fields, an alias, and what reads whole
subtrees (objects, flattened roots, a search over all fields). A value put into a cell must suit every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from converter.proof.atoms import Atom, Inner, Only, Opaque
from converter.proof.tests import Raw, points
from converter.tree import Field

_WORDS = {"string", "version", "text"}


@dataclass(slots=True)
class Cell:
    """`readers` are the variables of the atoms that see a value put here. `sorts`: of the fields at this very path.

    `exact`: the cell's values can be told apart completely, so that what no candidate passes is impossible."""

    path: str
    readers: list[int] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    sorts: set[str] = field(default_factory=set)
    is_words: bool = True
    exact: bool = True
    limit: int | None = None
    limited: bool = False
    reps: list[Raw] = field(default_factory=list)


class Layout:
    """The cells of some atoms. `places`: for each atom's variable the cells in which a value can make it true."""

    def __init__(self, atoms: Mapping[int, Atom]) -> None:
        self.atoms = atoms
        self.cells: dict[str, Cell] = {}
        self.places: dict[int, list[Cell]] = {}
        fields: dict[Field, list[int]] = {}
        for variable, atom in atoms.items():
            if not isinstance(atom, Inner | Opaque):
                fields.setdefault(atom.field, []).append(variable)
        plain = [item for item in fields if not spreads(item)]
        wide = [item for item in fields if spreads(item)]
        paths = {path for item in plain for path in (item.path, *item.copies)}
        prefixes = tuple(item.path + "." for item in wide if item.sort != "any")
        own = {item: _free_path(item, paths, prefixes) for item in wide}
        for path in sorted(paths | set(own.values())):
            self.cells[path] = self._cell(path, fields)
        for item, variables in fields.items():
            where = [own[item]] if item in own else [item.path, *item.copies]
            for variable in variables:
                self.places[variable] = [self.cells[path] for path in where]

    def _cell(self, path: str, fields: Mapping[Field, list[int]]) -> Cell:
        cell = Cell(path)
        for item, variables in fields.items():
            if reads(item, path):
                cell.readers += [v for v in variables if not isinstance(self.atoms[v], Only)]
                cell.fields.append(item)
                if not spreads(item):
                    cell.sorts.add(item.sort)
        cell.is_words = cell.sorts <= _WORDS
        one = len(cell.fields) == 1  # an explicit null is then no other than its replacement
        whole = all((one or item.null_value is None) and item.scaling is None for item in cell.fields)
        if cell.is_words:
            cell.exact = whole
            limits = {item.ignore_above for item in cell.fields}
            cell.limited = len(limits) > 1
            cell.limit = next(iter(limits)) if len(limits) == 1 else None
        else:
            pure = cell.sorts in ({"integer"}, {"float"}, {"integer", "float"}, {"boolean"}, {"ip"}, {"date"})
            dates = {(item.format, item.type) for item in cell.fields if item.sort == "date"}
            cell.exact = whole and pure and _every_instant(dates) and _round_alike(cell.fields)
            cell.reps = points(cell.sorts, [self.atoms[v] for v in cell.readers], cell.fields)
        return cell


def _every_instant(dates: set[tuple[str | None, str]]) -> bool:
    """Whether all instants near those of the query can be written: other formats may know days or seconds only."""
    return not dates or (len(dates) == 1 and all(format_ is None for format_, _ in dates))


def _round_alike(fields: list[Field]) -> bool:
    """Whether one number is the same value in all: none is cut to fewer bits, or all alike."""
    types = {item.type for item in fields if item.is_number}
    return len(types) < 2 or not types & {"float", "half_float"}


def spreads(item: Field) -> bool:
    """Whether the field reads a whole subtree of the event."""
    return item.sort == "any" or item.type in ("object", "flattened")


def reads(item: Field, path: str) -> bool:
    """Whether a value at the path is one of the field."""
    if item.sort == "any":
        return True
    if spreads(item):
        return path == item.path or path.startswith(item.path + ".")
    return path == item.path or path in item.copies


def _free_path(item: Field, paths: set[str], prefixes: tuple[str, ...]) -> str:
    """A path that the wide field reads and as few others as possible."""
    if item.sort == "any":
        names = ("message", "text", *(f"text_{i}" for i in range(2, 1000)))
        return next(name for name in names if name not in paths and not f"{name}.".startswith(prefixes or "\0"))
    deeper = tuple(prefix for prefix in prefixes if prefix.startswith(item.path + ".") and prefix != item.path + ".")
    names = tuple(f"{item.path}.{name}" for name in ("value", *(f"value_{i}" for i in range(2, 1000))))
    return next(name for name in names if name not in paths and not f"{name}.".startswith(deeper or "\0"))
