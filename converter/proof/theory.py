"""Values for the atoms that must be true, none of which makes one true that must be false.

`check` looks at one assignment of the atoms: each true atom needs a value of its own (in a field that holds exactly
one, all true atoms share it) which passes no false atom that reads the same place. Where none exists the reason comes
back as a clause that every event satisfies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from converter.proof.atoms import Has, Inner, Only, Opaque, Pat, Rex, Test
from converter.proof.layout import Cell, Layout, spreads
from converter.proof.tests import holds_phrase, is_relative, passes, value_of
from converter.proof.words import Blocked, Found, Language, exactly, find, from_rx, language_of
from converter.tree import Cidr, Field, Phrase
from converter.tree.charset import capitals, charset, intersect, invert
from converter.tree.regex import Both, Chars, Rx, Units, repeat

Raw: TypeAlias = Any
#: A field and a value of it that a further value must differ from.
_Besides: TypeAlias = tuple[Field, Any]

#: ASCII characters that no token of the standard analyser holds.
_BREAKS = charset([(0, 32), (127, 127), *((ord(c), ord(c)) for c in "!$%&()+-/<=>?@[\\]^`{|}~")])
#: A word that the standard analyser leaves whole: for values of text fields.
_PLAIN_WORD: Rx = repeat(Chars(charset([(48, 57), (97, 122)])), 1, 200)
_TRIES = 12


@dataclass(frozen=True, slots=True)
class Conflict:
    """A clause (literals of which one must be true); `sure`: it holds on every event, else it was only not refuted."""

    clause: tuple[int, ...]
    sure: bool


@dataclass(slots=True)
class Checked:
    conflicts: list[Conflict] = field(default_factory=list)
    values: dict[str, list[Raw]] = field(default_factory=dict)
    inner: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Put:
    raw: Raw


@dataclass(frozen=True, slots=True)
class _No:
    """No value: the true atoms and the false ones that suffice for it."""

    wanted: tuple[int, ...]
    avoided: tuple[int, ...]
    sure: bool


class Theory:
    """Checks assignments; remembers languages and tests of atoms, and words that were of use.

    Atoms are known by identity: the circuit holds each once, for as long as the theory lives."""

    def __init__(self) -> None:
        self._tests: dict[int, Callable[[Raw], bool]] = {}
        self._languages: dict[tuple[int, bool], Language | None] = {}
        self._words: dict[str, list[str]] = {}
        self._marked: dict[tuple[int, int], tuple[Cell, int]] = {}

    def check(self, layout: Layout, truth: Mapping[int, bool]) -> Checked:
        """One assignment of every atom of the layout (but `Inner` and `Opaque`, which the prover sees to)."""
        out = Checked()
        for cell in layout.cells.values():
            self._cell(layout, cell, truth, out)
        if not out.conflicts:
            for variable, atom in layout.atoms.items():
                if isinstance(atom, Only) and not truth[variable]:
                    self._second_value(layout, variable, truth, out)
        return out

    def test(self, atom: Any) -> Callable[[Raw], bool]:
        found = self._tests.get(id(atom))
        if found is None:
            found = self._tests[id(atom)] = _remembered(passes(atom))
        return found

    def _cell(self, layout: Layout, cell: Cell, truth: Mapping[int, bool], out: Checked) -> None:
        atoms = layout.atoms
        wanted = [v for v in cell.readers if truth[v] and layout.places[v][0] is cell]
        if not wanted:
            return
        avoided = [v for v in cell.readers if not truth[v]]
        only = [
            v for v, atom in atoms.items()
            if isinstance(atom, Only) and truth[v] and cell in layout.places[v] and not spreads(atom.field)
        ]  # fmt: skip
        raws: list[Raw] = []
        if only or 1 < len(wanted) <= 6:
            put = self._value(layout, cell, wanted, avoided)
            if isinstance(put, _Put):
                out.values.setdefault(cell.path, []).append(put.raw)
                return
        before = len(out.conflicts)
        for variable in wanted:
            if any(self.test(atoms[variable])(raw) for raw in raws):
                continue
            placed = self._somewhere(layout, variable, cell, avoided, truth, out)
            if placed is not None:
                raws.append(placed.raw)
        if only and len(out.conflicts) == before:
            self._shared(layout, cell, only, wanted, avoided, out)
        if raws:
            out.values.setdefault(cell.path, []).extend(raws)

    def _somewhere(
        self, layout: Layout, variable: int, cell: Cell, avoided: list[int], truth: Mapping[int, bool], out: Checked
    ) -> _Put | None:
        """A value for one atom in its cell, or (copied fields) in another one, put there at once; else a conflict."""
        put = self._value(layout, cell, [variable], avoided)
        if isinstance(put, _Put):
            return put
        reasons = [put]
        for other in layout.places[variable][1:]:
            found = self._value(layout, other, [variable], [v for v in other.readers if not truth[v]])
            if isinstance(found, _Put):
                out.values.setdefault(other.path, []).append(found.raw)
                return None
            reasons.append(found)
        clause = {-variable, *(v for reason in reasons for v in reason.avoided)}
        out.conflicts.append(Conflict(tuple(sorted(clause)), all(reason.sure for reason in reasons)))
        return None

    def _shared(
        self, layout: Layout, cell: Cell, only: list[int], wanted: list[int], avoided: list[int], out: Checked
    ) -> None:
        """The field has one value, but none passes all that is wanted: a pair or all of it as the reason."""
        groups = [[a, b] for i, a in enumerate(wanted[:8]) for b in wanted[:i]] if len(wanted) > 2 else []
        for group in [*groups, wanted]:
            put = self._value(layout, cell, group, avoided)
            if isinstance(put, _Put):
                continue
            for variable in only:
                own = layout.atoms[variable].field  # type: ignore[union-attr]
                sure = (
                    put.sure
                    and not own.copies
                    and all(
                        determined(own, layout.atoms[v].field)  # type: ignore[union-attr]
                        for v in put.wanted
                    )
                )
                clause = {-variable, *(-v for v in put.wanted), *put.avoided}
                out.conflicts.append(Conflict(tuple(sorted(clause)), sure))
            return

    def _second_value(self, layout: Layout, variable: int, truth: Mapping[int, bool], out: Checked) -> None:
        """The field has values, but not exactly one: so two at least."""
        own: Field = layout.atoms[variable].field  # type: ignore[union-attr]
        has = next((v for v, atom in layout.atoms.items() if atom == Has(own)), None)
        if has is None or not truth[has] or spreads(own):
            return
        cell = layout.places[variable][0]
        raws = out.values.get(cell.path, [])
        values = [value for raw in raws if (value := value_of(own, raw)) is not None]
        distinct = own.keeps_once
        if len(set(values) if distinct else values) != 1:
            return
        if not distinct:
            out.values[cell.path] = [*raws, next(raw for raw in raws if value_of(own, raw) is not None)]
            return
        avoided = [v for v in cell.readers if not truth[v]]
        put = self._value(layout, cell, [has], avoided, besides=(own, values[0]))
        if isinstance(put, _Put):
            out.values[cell.path] = [*raws, put.raw]
        else:
            out.conflicts.append(Conflict(tuple(sorted({-has, variable, *put.avoided})), put.sure))

    def _value(
        self,
        layout: Layout,
        cell: Cell,
        wanted: list[int],
        avoided: list[int],
        besides: _Besides | None = None,
    ) -> _Put | _No:
        """A value of the cell that passes all wanted atoms and no avoided one (and is not a given value of a field)."""
        if not cell.is_words:
            return self._point(layout, cell, wanted, avoided, besides)
        return self._word(layout, cell, wanted, avoided, besides)

    def _point(
        self, layout: Layout, cell: Cell, wanted: list[int], avoided: list[int], besides: _Besides | None
    ) -> _Put | _No:
        atoms, reps = layout.atoms, cell.reps
        left = (1 << len(reps)) - 1
        for v in wanted:
            left &= self._marks(atoms[v], cell)
        if besides is not None:
            left &= sum(1 << i for i, raw in enumerate(reps) if value_of(besides[0], raw) != besides[1])
        hits = {v: self._marks(atoms[v], cell) for v in avoided}
        used: list[int] = []
        exact = [v for v in avoided if _is_exact(atoms[v])]
        for group in (exact, [v for v in avoided if v not in exact]):
            while left and group:
                count, best = max(((hits[v] & left).bit_count(), -v) for v in group)
                if count == 0:
                    break
                left &= ~hits[-best]
                used.append(-best)
        if left:
            return _Put(reps[(left & -left).bit_length() - 1])
        sure = cell.exact and all(_is_exact(atoms[v]) for v in (*wanted, *used))
        return _No(tuple(wanted), tuple(used), sure)

    def _marks(self, atom: Any, cell: Cell) -> int:
        """Bit i is set where the atom is true for the cell's value i: a rule may list hundreds of networks."""
        held = self._marked.get((id(atom), id(cell)))
        if held is None:
            test = self.test(atom)
            marks = sum(1 << i for i, raw in enumerate(cell.reps) if test(raw))
            held = self._marked[id(atom), id(cell)] = (cell, marks)  # with the cell, so that its id stays its own
        return held[1]

    def _word(
        self, layout: Layout, cell: Cell, wanted: list[int], avoided: list[int], besides: _Besides | None
    ) -> _Put | _No:
        atoms = layout.atoms
        fits = self._fits(atoms, wanted, avoided, besides)
        for word in self._words.setdefault(cell.path, ["other"]):
            if fits(word):
                return _Put(word)
        impossible = self._impossible(atoms, wanted, avoided)
        if impossible is not None:
            return impossible
        spoken = [(v, language) for v in wanted if (language := self._language(atoms[v], cell)) is not None]
        if len(spoken) < len(wanted):
            for word in self._seeds(atoms, wanted, avoided):
                if fits(word):
                    return _Put(word)
            return _No(tuple(wanted), tuple(avoided), False)
        negative = [(v, language) for v in avoided if (language := self._language(atoms[v], cell)) is not None]
        return self._search(cell, fits, wanted, avoided, [lang for _, lang in spoken], negative, besides)

    def _search(
        self, cell: Cell, fits: Callable[[str], bool], wanted: list[int], avoided: list[int],
        spoken: list[Language], negative: list[tuple[int, Language]], besides: _Besides | None,
    ) -> _Put | _No:  # fmt: skip
        """Words of the languages, until one also suits the atoms that have none."""
        extra: list[Language] = [] if besides is None else [_value_language(*besides)]
        count = len(negative) + len(extra)
        for _ in range(_TRIES):
            found = find(spoken, [*(language for _, language in negative), *extra], cell.limit)
            if isinstance(found, Blocked):
                by = tuple(negative[i][0] for i in found.by if i < len(negative))
                sure = found.sure and cell.exact and all(i < count for i in found.by)
                return _No(tuple(wanted), by if sure else tuple(avoided), sure)
            if fits(found.word):
                words = self._words[cell.path]
                if len(words) < 100:
                    words.append(found.word)
                return _Put(found.word)
            extra.append(exactly(found.word))
        return _No(tuple(wanted), tuple(avoided), False)

    def _fits(
        self, atoms: Mapping[int, Any], wanted: Sequence[int], avoided: Sequence[int], besides: _Besides | None
    ) -> Callable[[str], bool]:
        must = [self.test(atoms[v]) for v in wanted]
        may_not = [self.test(atoms[v]) for v in avoided]

        def fits(word: str) -> bool:
            if besides is not None and value_of(besides[0], word) == besides[1]:
                return False
            return all(test(word) for test in must) and not any(test(word) for test in may_not)

        return fits

    def _language(self, atom: Any, cell: Cell) -> Language | None:
        """The raw texts that pass an atom, where they are a regular language."""
        key = (id(atom), cell.limited)
        if key not in self._languages:
            self._languages[key] = self._made(atom, cell.limited)
        return self._languages[key]

    def _made(self, atom: Any, limited: bool) -> Language | None:
        if not isinstance(atom, Has | Pat | Rex) or (atom.field.sort == "text" and not isinstance(atom, Has)):
            return None
        limit = atom.field.ignore_above
        if limited and limit is not None:
            from converter.proof.atoms import raw_rx

            return from_rx(Both((raw_rx(atom), Units(0, limit))))
        return language_of(atom)

    def _impossible(self, atoms: Mapping[int, Any], wanted: list[int], avoided: list[int]) -> _No | None:
        """A reason among single tokens of analysed text, phrases and networks, whatever else is wanted."""
        for v in wanted:
            atom = atoms[v]
            if isinstance(atom, Has) or (not isinstance(atom, Test) and atom.field.sort != "text"):
                continue
            same = [w for w in avoided if getattr(atoms[w], "field", None) == atom.field]
            if isinstance(atom, Test) and isinstance(atom.node, Cidr):
                blocked = _covering(atom, [(w, atoms[w]) for w in same])
            elif atom.field.sort != "text":
                continue
            elif isinstance(atom, Test):
                blocked = self._in_phrase(atom, [(w, atoms[w]) for w in same])
            else:
                blocked = self._in_token(atom, [(w, atoms[w]) for w in same])
            if blocked is not None:
                return _No((v,), blocked, atom.field.null_value is None)
        return None

    def _in_token(self, atom: Any, avoided: list[tuple[int, Any]]) -> tuple[int, ...] | None:
        has = next((w for w, other in avoided if isinstance(other, Has)), None)
        if has is not None:
            return (has,)
        others = [(w, other) for w, other in avoided if isinstance(other, Pat | Rex)]
        found = find([language_of(atom), _tokens()], [language_of(other) for _, other in others])
        if isinstance(found, Blocked) and found.sure:
            return tuple(others[i][0] for i in found.by)
        return None

    def _in_phrase(self, atom: Test, avoided: list[tuple[int, Any]]) -> tuple[int, ...] | None:
        phrase = atom.node
        if not isinstance(phrase, Phrase):
            return None
        for w, other in avoided:
            sure_words = phrase.tokens[:-1] if phrase.prefix else phrase.tokens
            match other:
                case Has():
                    return (w,)
                case Pat() | Rex():
                    if any(language_of(other).test(token) for token in sure_words):
                        return (w,)
                case Test(node=Phrase(tokens=tokens, prefix=prefix)):
                    same = prefix and phrase.prefix and _is_tail(tokens, phrase.tokens)
                    if same or holds_phrase(sure_words, tokens, prefix):
                        return (w,)
        return None

    def _seeds(self, atoms: Mapping[int, Any], wanted: list[int], avoided: list[int]) -> list[str]:
        """Texts worth trying for atoms without a language."""
        parts: list[list[str]] = []
        for v in wanted:
            made = self._seed(atoms[v], [atoms[w] for w in avoided])
            if made:
                parts.append(made)
        firsts = [part[0] for part in parts]
        joined = [" ".join(firsts), " ".join(reversed(firsts))] if len(firsts) > 1 else []
        single = [word for part in parts for word in part]
        out = [*joined, *single]
        return [*out, *(f"{word} x" for word in out), *(f"x {word}" for word in out), *(w.upper() for w in out)]

    def _seed(self, atom: Any, avoided: list[Any]) -> list[str]:
        match atom:
            case Test(node=Phrase(tokens=tokens, prefix=prefix)):
                text = " ".join(tokens)
                return [text, f"{text}a", f"{text}1"] if prefix else [text]
            case Test(node=Cidr(network=network)):
                from converter.matching.scripts import address_text
                from converter.matching.values import parse_network

                ends = parse_network(network) or (0, 0)
                return [address_text(at) for at in dict.fromkeys((ends[0], min(ends[0] + 1, ends[1]), ends[1]))]
            case Test(node=node):
                ends_ = [end for end in (getattr(node, "low", None), getattr(node, "high", None)) if end is not None]
                return [str(end) for end in ends_] + [f"{end}.1" for end in ends_] + ["0", "1.0.0", "99999.0.0"]
        if atom.field.sort == "text" and isinstance(atom, Pat | Rex):
            others = [language_of(o) for o in avoided if isinstance(o, Pat | Rex) and o.field.sort == "text"]
            found = find([language_of(atom), from_rx(_PLAIN_WORD)], others)
            wide = find([language_of(atom)], others)
            return [item.word for item in (found, wide) if isinstance(item, Found)]
        found = find([language_of(atom)], [])
        return [found.word] if isinstance(found, Found) else []


@cache
def _tokens() -> Language:
    """What every token of a text field is: not empty, in lower case, without what ends a word."""
    return from_rx(repeat(Chars(intersect(invert(capitals()), invert(_BREAKS))), 1, None))


def _remembered(test: Callable[[Raw], bool]) -> Callable[[Raw], bool]:
    """The test, each text looked at once."""
    known: dict[str, bool] = {}

    def quick(raw: Raw) -> bool:
        if not isinstance(raw, str):
            return test(raw)
        found = known.get(raw)
        if found is None:
            found = known[raw] = test(raw)
        return found

    return quick


def _is_tail(tokens: tuple[str, ...], of: tuple[str, ...]) -> bool:
    """Whether a phrase with an open end stands at the end of another one with an open end."""
    return len(tokens) <= len(of) and of[len(of) - len(tokens) :][:-1] == tokens[:-1] and of[-1].startswith(tokens[-1])


def _covering(atom: Test, avoided: list[tuple[int, Any]]) -> tuple[int, ...] | None:
    """Avoided networks that leave no address of the wanted one."""
    from converter.matching.values import parse_network

    ends = parse_network(atom.node.network) if isinstance(atom.node, Cidr) else None
    if ends is None:
        return ()
    has = next((w for w, other in avoided if isinstance(other, Has)), None)
    if has is not None:
        return (has,)
    nets = sorted(
        (net, w)
        for w, other in avoided
        if isinstance(other, Test) and isinstance(other.node, Cidr) and (net := parse_network(other.node.network))
    )
    at, used = ends[0], []
    for (low, high), w in nets:
        if low <= at <= high:
            at = high + 1
            used.append(w)
            if at > ends[1]:
                return tuple(used)
    return None


def _is_exact(atom: Any) -> bool:
    """Whether the points of a cell decide the atom completely: not for the clock's and for texts of numbers."""
    if isinstance(atom, Pat | Rex) or atom.field.scaling is not None:
        return False
    return not is_relative(atom) and (isinstance(atom, Has) or not spreads(atom.field))


def _value_language(own: Field, value: str) -> Language:
    """The raw texts that a string field indexes as the value."""
    return language_of(Pat(own, (value,) if value else (), "none"))


def determined(own: Field, other: Field) -> bool:
    """Whether one value of the first field settles what the second one holds."""
    if own == other:
        return True
    free = own.ignore_above is None and own.null_value is None and other.null_value is None
    strings = own.type == "keyword" and other.type in ("keyword", "keyword_lowercase")
    return free and strings and own.path == other.path and not own.copies and not other.copies


__all__ = ["Checked", "Conflict", "Inner", "Opaque", "Theory"]
