"""How much work Lucene 9 has with an expression: its own steps, followed state by state.

Lucene builds the automaton of each part, makes it deterministic and minimal, joins the parts, and so on upwards.
Making one deterministic costs the sizes of all sets of states that it meets; past 100,000 it gives up. What the work
is depends on how the parts are joined (`.*a.*|.*b.*` is more than `.*(a|b).*`), so nothing but the same steps counts it
right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from converter.tree.charset import contains
from converter.tree.regex import ANY_TEXT, Alt, Both, Cat, Chars, Compl, Repeat, Rx
from converter.tree.regex_automaton import boundaries, sets_of

#: Elasticsearch's limit of effort, 10,000, times ten as Lucene counts; and of the states that a count may multiply to.
MAX_EFFORT, MAX_COUNT = 100_000, 10_000
#: The bytes of UTF-8 between two states: some ten states for a range that reaches beyond ASCII.
_BYTES = 10


class TooComplex(Exception):
    """Lucene gives up on the expression."""


@dataclass(frozen=True, slots=True)
class Nfa:
    """State 0 is the first. `steps[s]` is target → classes of characters, a bit each."""

    steps: tuple[dict[int, int], ...]
    accept: frozenset[int]


EMPTY_TEXT = Nfa(({},), frozenset((0,)))
NO_TEXT = Nfa((), frozenset())


def check(rx: Rx) -> None:
    """Raises `TooComplex` where Lucene does."""
    work = _Work(rx)
    final = _deterministic(work.build(rx))
    if len(final.steps) * (1 + _BYTES) >= MAX_EFFORT:  # made deterministic once more, byte by byte
        raise TooComplex


class _Work:
    def __init__(self, rx: Rx) -> None:
        sets = list(dict.fromkeys(sets_of(rx)))
        kinds: dict[tuple[bool, ...], int] = {}
        for cut in boundaries(sets):
            kinds.setdefault(tuple(contains(chars, cut) for chars in sets), len(kinds))
        self.masks = {chars: sum(1 << kind for told, kind in kinds.items() if told[i]) for i, chars in enumerate(sets)}
        self.every = (1 << len(kinds)) - 1
        self.known: dict[Rx, Nfa] = {}

    def build(self, rx: Rx) -> Nfa:
        found = self.known.get(rx)
        if found is None:
            found = self.known[rx] = self._build(rx)
        return found

    def _build(self, rx: Rx) -> Nfa:
        match rx:
            case Chars(chars=chars):
                return self._row((chars,)) if chars else NO_TEXT
            case Cat(items=items):
                parts = list(self._parts(items))
                return parts[0] if len(parts) == 1 else minimal(concatenated(parts))
            case Alt(items=items):
                return minimal(united([self.build(item) for item in items]))
            case Repeat():
                return self._repeat(rx)
            case Both(items=items):
                out = self.build(items[0])
                for item in items[1:]:
                    out = minimal(_crossed(out, self.build(item)))
                return out
            case Compl(item=item):
                return minimal(self._complement(self.build(item)))
        raise TypeError("an anchor in an automaton")

    def _parts(self, items: Sequence[Rx]) -> Iterable[Nfa]:
        """Of a sequence; characters in a row as one, which needs no work."""
        row: list[object] = []
        for item in items:
            if isinstance(item, Chars) and item.chars:
                row.append(item.chars)
                continue
            if row:
                yield self._row(row)
                row = []
            yield self.build(item)
        if row or not items:
            yield self._row(row)

    def _row(self, sets: Sequence[object]) -> Nfa:
        steps = tuple({i + 1: self.masks[chars]} for i, chars in enumerate(sets))  # type: ignore[index]
        return Nfa((*steps, {}), frozenset((len(sets),)))

    def _repeat(self, rx: Repeat) -> Nfa:
        if rx == ANY_TEXT:
            return Nfa(({0: self.every},), frozenset((0,)))
        item = self.build(rx.item)
        if (rx.low, rx.high) == (0, 1):
            return minimal(_optional(item))
        count = rx.low if rx.high is None else rx.high
        if (len(item.steps) - 1) * count > MAX_COUNT:
            raise TooComplex
        if rx.high is None:
            return minimal(concatenated([item] * rx.low + [minimal(_star(item))]) if rx.low else _star(item))
        return _counted(item, rx.low, rx.high)

    def _complement(self, item: Nfa) -> Nfa:
        found = _deterministic(item)
        sink = len(found.steps)
        steps = []
        for targets in (*found.steps, {}):
            rest = self.every & ~sum(targets.values())
            steps.append({**targets, sink: rest} if rest else dict(targets))
        return Nfa(tuple(steps), frozenset(range(sink + 1)) - found.accept)


def _shifted(item: Nfa, by: int) -> list[dict[int, int]]:
    return [{target + by: mask for target, mask in targets.items()} for targets in item.steps]


def _add(into: dict[int, int], more: dict[int, int], by: int) -> None:
    for target, mask in more.items():
        into[target + by] = into.get(target + by, 0) | mask


def concatenated(parts: Sequence[Nfa]) -> Nfa:
    """Where a part may end, what the next begins with follows; the first states of the later ones are left behind."""
    if any(not part.steps for part in parts):
        return NO_TEXT
    starts, total = [], 0
    for part in parts:
        starts.append(total)
        total += len(part.steps)
    steps: list[dict[int, int]] = []
    accept = set()
    for at, part in enumerate(parts):
        steps += _shifted(part, starts[at])
        for state in part.accept:
            for later in range(at + 1, len(parts)):
                _add(steps[starts[at] + state], parts[later].steps[0], starts[later])
                if 0 not in parts[later].accept:
                    break
            else:
                accept.add(starts[at] + state)
    return Nfa(tuple(steps), frozenset(accept))


def united(parts: Sequence[Nfa]) -> Nfa:
    """All side by side behind one first state."""
    steps: list[dict[int, int]] = [{}]
    accept: set[int] = set()
    for part in parts:
        start = len(steps)
        steps += _shifted(part, start)
        accept.update(start + state for state in part.accept)
        if part.steps:
            _add(steps[0], part.steps[0], start)
            accept.update({0} if 0 in part.accept else ())
    return Nfa(tuple(steps), frozenset(accept))


def _optional(item: Nfa) -> Nfa:
    found = united([item])
    return Nfa(found.steps, found.accept | {0})


def _star(item: Nfa) -> Nfa:
    if not item.steps:
        return EMPTY_TEXT
    steps: list[dict[int, int]] = [{}, *_shifted(item, 1)]
    _add(steps[0], item.steps[0], 1)
    for state in item.accept:
        _add(steps[state + 1], item.steps[0], 1)
    return Nfa(tuple(steps), frozenset((0, *(state + 1 for state in item.accept))))


def _counted(item: Nfa, low: int, high: int) -> Nfa:
    """`low` to `high` times; Lucene leaves this one as it is."""
    base = EMPTY_TEXT if low == 0 else item if low == 1 else concatenated([item] * low)
    steps = [dict(targets) for targets in base.steps]
    accept = set(base.accept)
    last = set(base.accept)
    for _ in range(low, high):
        start = len(steps)
        steps += _shifted(item, start)
        for state in last:
            if item.steps:
                _add(steps[state], item.steps[0], start)
        last = {start + state for state in item.accept}
        accept |= last
    return Nfa(tuple(steps), frozenset(accept))


def _crossed(one: Nfa, two: Nfa) -> Nfa:
    if not one.steps or not two.steps:
        return NO_TEXT
    ids = {(0, 0): 0}
    steps: list[dict[int, int]] = []
    todo = [(0, 0)]
    for left, right in todo:
        found: dict[int, int] = {}
        for a, mask in one.steps[left].items():
            for b, other in two.steps[right].items():
                if mask & other:
                    if (a, b) not in ids:
                        ids[a, b] = len(ids)
                        todo.append((a, b))
                    found[ids[a, b]] = mask & other
        steps.append(found)
    accept = {at for (a, b), at in ids.items() if a in one.accept and b in two.accept}
    return Nfa(tuple(steps), frozenset(accept))


def _is_deterministic(item: Nfa) -> bool:
    for targets in item.steps:
        taken = 0
        for mask in targets.values():
            if mask & taken:
                return False
            taken |= mask
    return True


def _deterministic(item: Nfa) -> Nfa:
    """By sets of states. Raises `TooComplex` where their sizes add up to the limit."""
    if len(item.steps) <= 1 or _is_deterministic(item):
        return item
    first = frozenset((0,))
    ids = {first: 0}
    steps: list[dict[int, int]] = []
    todo = [first]
    spent = 0
    for held in todo:
        spent += len(held)
        if spent >= MAX_EFFORT:
            raise TooComplex
        found: dict[int, int] = {}
        for reached, mask in _split(item, held).items():
            if reached not in ids:
                ids[reached] = len(ids)
                todo.append(reached)
            found[ids[reached]] = mask
        steps.append(found)
    accept = {at for held, at in ids.items() if not held.isdisjoint(item.accept)}
    return Nfa(tuple(steps), frozenset(accept))


def _split(item: Nfa, held: frozenset[int]) -> dict[frozenset[int], int]:
    """The sets that are reached, each with its classes of characters."""
    joined: dict[int, int] = {}
    for state in held:
        _add(joined, item.steps[state], 0)
    by_mask: dict[int, list[int]] = {}
    for target, mask in joined.items():
        by_mask.setdefault(mask, []).append(target)
    parts: list[tuple[int, list[int]]] = []
    for mask, targets in by_mask.items():
        left = mask
        after: list[tuple[int, list[int]]] = []
        for other, held_there in parts:
            both = other & left
            if both:
                after.append((both, held_there + targets))
                left &= ~both
            if other & ~both:
                after.append((other & ~both, held_there))
        if left:
            after.append((left, targets))
        parts = after
    out: dict[frozenset[int], int] = {}
    for mask, targets in parts:
        key = frozenset(targets)
        out[key] = out.get(key, 0) | mask
    return out


def minimal(item: Nfa) -> Nfa:
    """Deterministic with as few states as can be, none of them dead."""
    found = _trimmed(_deterministic(item))
    if not found.steps:
        return found
    block = [int(state in found.accept) for state in range(len(found.steps))]
    count = len(set(block))
    while True:
        seen: dict[object, int] = {}
        after = []
        for state, targets in enumerate(found.steps):
            joined: dict[int, int] = {}
            for target, mask in targets.items():
                joined[block[target]] = joined.get(block[target], 0) | mask
            after.append(seen.setdefault((block[state], frozenset(joined.items())), len(seen)))
        block = after
        if len(seen) == count:
            break
        count = len(seen)
    return _merged(found, block)


def _merged(item: Nfa, block: Sequence[int]) -> Nfa:
    order = {old: new for new, old in enumerate(dict.fromkeys(block))}  # the first state's block comes first
    steps: list[dict[int, int]] = [{} for _ in order]
    for state, targets in enumerate(item.steps):
        into = steps[order[block[state]]]
        if not into:
            for target, mask in targets.items():
                into[order[block[target]]] = into.get(order[block[target]], 0) | mask
    return Nfa(tuple(steps), frozenset(order[block[state]] for state in item.accept))


def _trimmed(item: Nfa) -> Nfa:
    """Without the states that are never reached, or from which nothing is accepted."""
    reached, todo = {0}, [0]
    before: dict[int, list[int]] = {}
    if not item.steps:
        return NO_TEXT
    for state in todo:
        for target in item.steps[state]:
            before.setdefault(target, []).append(state)
            if target not in reached:
                reached.add(target)
                todo.append(target)
    live = set(item.accept & reached)
    todo = list(live)
    for state in todo:
        for source in before.get(state, ()):
            if source not in live:
                live.add(source)
                todo.append(source)
    if 0 not in live:
        return NO_TEXT
    order = {old: new for new, old in enumerate(sorted(live))}
    steps = [{order[t]: mask for t, mask in item.steps[state].items() if t in live} for state in sorted(live)]
    return Nfa(tuple(steps), frozenset(order[state] for state in item.accept & live))
