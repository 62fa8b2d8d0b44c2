"""Search of a word that some patterns take and others do not: the string theory of one field.

Globs run together in one bit-parallel automaton (a bit a position), regular expressions as automata built on the way;
the search is best first over both. A pattern to avoid joins only once a found word breaks it, so what was needed when
no word is left is a small reason.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from converter.matching.values import utf16_length
from converter.proof.atoms import Has, Pat, Rex, char_set, raw_rx
from converter.proof.cover import covered
from converter.proof.joined import one_behind_another
from converter.proof.word_tests import glob_test, text_test
from converter.tree import ANY, Wild
from converter.tree.charset import ANY_CHAR, CharSet, single
from converter.tree.regex import Rx, Units
from converter.tree.regex_automaton import DEAD, Automaton

#: States that one search may take out of its queue, and positions that one automaton may have.
MAX_STATES = 12_000
#: After so many words that were to be avoided, the patterns that are likely to be needed join at once.
_KIN_AFTER = 4
_NICE = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./\\:=,;+@%#!~^&()[]{}<>|'\"`$*? "


@dataclass(eq=False, slots=True)
class Language:
    """The raw texts that pass an atom. `steps`: of a glob, the set of each position; `loops`: where a `*` stands."""

    test: Callable[[str], bool]
    steps: tuple[CharSet, ...] | None = None
    loops: frozenset[int] = frozenset()
    rx: Rx | None = None
    _automaton: Automaton | None = field(default=None, repr=False)
    _shortest: tuple[str | None] | None = field(default=None, repr=False)

    def automaton(self) -> Automaton:
        if self._automaton is None:
            assert self.rx is not None
            self._automaton = Automaton(self.rx)
        return self._automaton

    def shortest(self) -> str | None:
        """The cheapest word of an expression; None where there is none, or it is far."""
        if self._shortest is None:
            found = _search([self], [], None, 2000)
            self._shortest = (found if isinstance(found, str) else None,)
        return self._shortest[0]


@dataclass(frozen=True, slots=True)
class Found:
    word: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """No word: these of the patterns to avoid (positions) suffice for it. `sure`: the search came to its end."""

    by: frozenset[int]
    sure: bool = True


def language_of(atom: Pat | Rex | Has) -> Language:
    """The language of raw texts of a string atom."""
    match atom:
        case Has():
            return Language(lambda word: True, (), frozenset((0,)))
        case Pat(tokens=tokens):
            steps: list[CharSet] = []
            loops: set[int] = set()
            for token in tokens:
                if not isinstance(token, Wild):
                    steps.extend(char_set(char, atom) for char in token)
                elif token is ANY:
                    loops.add(len(steps))
                else:
                    steps.append(ANY_CHAR)
            test = text_test(atom) or glob_test(tuple(steps), frozenset(loops))
            return Language(test, tuple(steps), frozenset(loops))
    rx = raw_rx(atom)
    made = Language(lambda word: False, rx=rx)
    made.test = made.automaton().matches
    return made


def exactly(word: str) -> Language:
    """The language of one word."""
    return Language(lambda other: other == word, tuple(single(char) for char in word))


def from_rx(rx: Rx) -> Language:
    made = Language(lambda word: False, rx=rx)
    made.test = made.automaton().matches
    return made


def find(wanted: Sequence[Language], avoided: Sequence[Language], limit: int | None = None) -> Found | Blocked:
    """A short, readable word in every wanted language and in none of the avoided ones, at most `limit` UTF-16 units
    long."""
    joined = _joined(wanted, avoided, limit)
    if joined is not None:
        return Found(joined)
    covering = _covering(wanted, avoided)
    if covering is not None:
        return Blocked(covering)
    active: list[int] = []
    seen: list[str] = []  # words of all wanted languages
    while True:
        word: str | _Capped | None = _plainest(wanted[0], limit) if len(wanted) == 1 and not active else None
        if word is None:
            word = _search(wanted, [avoided[i] for i in active], limit)
        if word is _TOO_LONG and limit is not None:  # is there a shorter one? Counted only where it must be
            wanted, limit = [*wanted, from_rx(Units(0, limit))], None
            continue
        if word is None:
            return Blocked(_smaller(wanted, avoided, active, limit, seen))
        if isinstance(word, _Capped):
            return Blocked(frozenset(range(len(avoided))), sure=False)
        broken = [i for i, language in enumerate(avoided) if language.test(word)]
        if not broken:
            return Found(word)
        if set(broken) <= set(active):
            return Blocked(frozenset(range(len(avoided))), sure=False)
        seen.append(word)
        active.extend(broken[:4])
        if len(seen) == _KIN_AFTER:
            active.extend(_kin(wanted, avoided, active))


def _covering(wanted: Sequence[Language], avoided: Sequence[Language]) -> frozenset[int] | None:
    """Globs to avoid that take every word of a wanted expression, where that is to be seen without a search."""
    expressions = [language.rx for language in wanted if language.rx is not None]
    if not expressions:
        return None
    globs = [(i, (item.steps, item.loops)) for i, item in enumerate(avoided) if item.steps is not None]
    for rx in expressions if globs else ():
        found = covered(rx, [sets for _, sets in globs])
        if found is not None:
            return frozenset(globs[i][0] for i in found)
    return None


def _kin(wanted: Sequence[Language], avoided: Sequence[Language], active: list[int]) -> list[int]:
    """Further globs that are parts of a wanted expression, as where the list of its texts stands against it: all of
    them together cost one search, one after another a search each."""
    tests = [language.test for language in wanted if language.steps is None]
    out = []
    for i, language in enumerate(avoided):
        word = _plainest(language, None) if tests and i not in active else None
        if word is not None and any(test(word) for test in tests):
            out.append(i)
    return out


def _joined(wanted: Sequence[Language], avoided: Sequence[Language], limit: int | None) -> str | None:
    """A word of several languages without a search, if there is one that easy: of an expression, its shortest word
    stands for it, anywhere."""
    if len(wanted) < 2:
        return None
    globs = []
    for item in wanted:
        if item.steps is None:
            word = item.shortest()
            if word is None:
                return None
            globs.append((tuple(single(char) for char in word), frozenset((0, len(word)))))
        elif not all(item.steps):
            return None
        else:
            globs.append((item.steps, item.loops))
    plainest = {chars: _plain_of(chars) for steps, _ in globs for chars in steps}

    def good(word: str) -> bool:
        return not any(item.test(word) for item in avoided)

    for word in one_behind_another(globs, plainest, good):
        if (limit is None or utf16_length(word) <= limit) and all(item.test(word) for item in wanted) and good(word):
            return word
    return None


def _plain_of(chars: CharSet) -> str:
    return min(_nicest(low, high) for low, high in chars)[1]


def _plainest(language: Language, limit: int | None) -> str | None:
    """The shortest word of a glob; None where the language is no glob."""
    if language.steps is None or not all(language.steps):
        return None
    word = "".join(_plain_of(chars) for chars in language.steps)
    return word if limit is None or utf16_length(word) <= limit else None


def _smaller(
    wanted: Sequence[Language], avoided: Sequence[Language], active: list[int], limit: int | None, seen: list[str]
) -> frozenset[int]:
    """A smaller set that still leaves no word. `seen`: words of the wanted languages, each of which is an answer to a
    set that does not avoid it."""
    if len(active) <= 1:
        return frozenset(active)
    broken = [{i for i in active if avoided[i].test(word)} for word in seen]

    def enough(kept: list[int]) -> bool:
        return all(by & set(kept) for by in broken) and (
            _search(wanted, [avoided[i] for i in kept], limit, 2000) is None
        )

    for i in reversed(active):
        if enough([i]):
            return frozenset((i,))
    kept = list(active)
    for i in active[:12]:
        rest = [j for j in kept if j != i]
        if enough(rest):
            kept = rest
    return frozenset(kept)


class _Capped:
    pass


_CAPPED, _TOO_LONG = _Capped(), _Capped()


@lru_cache(maxsize=65536)
def _nicest(low: int, high: int) -> tuple[int, str]:
    """The most readable character of a range, with what it costs."""
    if low == high:
        return _penalty(chr(low)), chr(low)
    for char in _NICE:
        if low <= ord(char) <= high:
            return _penalty(char), char
    for point in range(low, min(high, low + 300) + 1):
        if chr(point).isprintable():
            return _penalty(chr(point)), chr(point)
    while 0xD800 <= low <= 0xDFFF and low < high:
        low += 1
    return _penalty(chr(low)), chr(low)


def _penalty(char: str) -> int:
    if char.isascii():
        return (
            int(char.isupper())
            if char.isalnum()
            else 2
            if char.isprintable() and char != " "
            else 3
            if char == " "
            else 25
        )
    return (8 if char <= "\uffff" else 15) if char.isprintable() else 30 if not "\ud800" <= char <= "\udfff" else 1000


def _search(
    wanted: Sequence[Language], avoided: Sequence[Language], limit: int | None, cap: int = MAX_STATES
) -> str | _Capped | None:
    """The cheapest word (ten a character and what makes it hard to read), None if there is none."""
    return _Search(wanted, avoided).run(limit, cap)


class _Search:
    def __init__(self, wanted: Sequence[Language], avoided: Sequence[Language]) -> None:
        self.start, self.kept, offset = 0, 0, 0
        self.must: list[tuple[int, int, int]] = []  # accepting bit, all bits, position of the accepting bit
        self.may_not = self.never = 0
        sets: list[tuple[int, CharSet]] = []
        everywhere = 0
        for language in (*wanted, *avoided):
            if language.steps is None:
                continue
            width = len(language.steps)
            self.start |= 1 << offset
            accept = 1 << (offset + width)
            for i in language.loops:
                self.kept |= 1 << (offset + i)
            for i, chars in enumerate(language.steps):
                if chars == ANY_CHAR:
                    everywhere |= 1 << (offset + i)
                else:
                    sets.append((1 << (offset + i), chars))
            if len(self.must) < sum(1 for item in wanted if item.steps is not None):
                self.must.append((accept, ((1 << (width + 1)) - 1) << offset, offset + width))
            else:
                self.may_not |= accept
                if width in language.loops:
                    self.never |= accept
            offset += width + 1
        self.good = [item.automaton() for item in wanted if item.steps is None]
        self.bad = [item.automaton() for item in avoided if item.steps is None]
        self.automata = (*self.good, *self.bad)
        self.kinds: list[tuple[int, ...]] = []  # classes of characters in the automata
        self.rows: dict[tuple[int, ...], list[tuple[int, ...] | None]] = {}
        self.moves = self._moves(sets, everywhere)

    def _moves(self, sets: list[tuple[int, CharSet]], everywhere: int) -> list[tuple[int, str, int, int]]:
        """The classes of characters: cost, the character that stands for it, its bits, its place in `kinds`."""
        cuts = {0}
        for _, chars in sets:
            for low, high in chars:
                cuts.update((low, high + 1))
        for automaton in self.automata:
            cuts.update(automaton.cuts)
        cuts.discard(0x110000)
        starts = sorted(cuts)
        index = {cut: i for i, cut in enumerate(starts)}
        masks = [everywhere] * len(starts)
        for bit, chars in sets:
            for low, high in chars:
                for i in range(index[low], index.get(high + 1, len(starts))):
                    masks[i] |= bit
        best: dict[tuple[int, tuple[int, ...]], tuple[int, str]] = {}
        for i, low in enumerate(starts):
            high = starts[i + 1] - 1 if i + 1 < len(starts) else 0x10FFFF
            key = (masks[i], tuple(automaton.class_of(low) for automaton in self.automata))
            nice = _nicest(low, high)
            if key not in best or nice < best[key]:
                best[key] = nice
        self.kinds = list(dict.fromkeys(kinds for _, kinds in best))
        place = {kinds: i for i, kinds in enumerate(self.kinds)}
        return sorted((10 + cost, char, mask, place[kinds]) for (mask, kinds), (cost, char) in best.items())

    def estimate(self, bits: int, states: tuple[int, ...]) -> int:
        """At least this many characters are still needed; -1: none will help."""
        needed = 0
        for _, own, last in self.must:
            left = bits & own
            if not left:
                return -1
            needed = max(needed, last - left.bit_length() + 1)
        for automaton, state in zip(self.good, states, strict=False):
            needed = max(needed, automaton.shortest(state))
        return needed

    def after(self, states: tuple[int, ...]) -> list[tuple[int, ...] | None]:
        """For each class of characters the automata's states behind it; None where no word goes on from there."""
        found = self.rows.get(states)
        if found is None:
            found = self.rows[states] = [self.stepped(states, kinds) for kinds in self.kinds]
        return found

    def stepped(self, states: tuple[int, ...], kinds: tuple[int, ...]) -> tuple[int, ...] | None:
        out = tuple(a.step(s, k) for a, s, k in zip(self.automata, states, kinds, strict=True))
        split = len(self.good)
        ended = DEAD in out[:split] or any(s == a.sink for a, s in zip(self.bad, out[split:], strict=True))
        return None if ended else out

    def accepts(self, bits: int, states: tuple[int, ...]) -> bool:
        if bits & self.may_not or not all(bits & accept for accept, _, _ in self.must):
            return False
        split = len(self.good)
        return all(a.accepting(s) for a, s in zip(self.good, states, strict=False)) and not any(
            a.accepting(s) for a, s in zip(self.bad, states[split:], strict=True)
        )

    def run(self, limit: int | None, cap: int) -> str | _Capped | None:
        first = (self.start, tuple(automaton.start for automaton in self.automata))
        needed = -1 if self.start & self.never else self.estimate(*first)
        if needed < 0:
            return None
        cost = {first: 0}
        origin: dict[tuple[int, tuple[int, ...]], tuple[tuple[int, tuple[int, ...]], str]] = {}
        queue = [(10 * needed, 0, 0, 0, first)]
        done: set[tuple[int, tuple[int, ...]]] = set()
        count = 0
        while queue:
            _, _, spent_neg, length, state = heapq.heappop(queue)
            if state in done:
                continue
            done.add(state)
            if self.accepts(*state):
                word = _spell(state, origin)
                return word if limit is None or utf16_length(word) <= limit else _TOO_LONG
            if len(done) > cap:
                return _CAPPED
            bits, states = state
            row, kept = self.after(states), bits & self.kept
            for price, char, mask, kind in self.moves:
                ahead, after_states = ((bits & mask) << 1) | kept, row[kind]
                if after_states is None or ahead & self.never:
                    continue
                after = (ahead, after_states)
                spent = price - spent_neg
                if cost.get(after, spent + 1) <= spent or after in done:
                    continue
                needed = self.estimate(*after)
                if needed < 0:
                    continue
                cost[after] = spent
                origin[after] = (state, char)
                count += 1
                heapq.heappush(queue, (spent + 10 * needed, count, -spent, length + 1, after))
        return None


def _spell(
    state: tuple[int, tuple[int, ...]],
    origin: dict[tuple[int, tuple[int, ...]], tuple[tuple[int, tuple[int, ...]], str]],
) -> str:
    out: list[str] = []
    while state in origin:
        state, char = origin[state]
        out.append(char)
    return "".join(reversed(out))
