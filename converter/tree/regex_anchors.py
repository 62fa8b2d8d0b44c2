"""Anchors out of an expression for whole values: `^ $ \\A \\Z \\b \\B` become what may stand around them.

An anchor between a left part L and a right part R restricts how L may end and how R may begin. Sequences with an
anchor are spread over their alternatives first, so that each anchor stands at the top of one sequence.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq
from itertools import combinations, product

from converter.diagnostics import UnsupportedError
from converter.tree.charset import NEWLINE, WORD, CharSet, intersect, invert
from converter.tree.regex import (
    ANY_TEXT,
    EMPTY,
    NOTHING,
    Alt,
    Both,
    Cat,
    Chars,
    Edge,
    Place,
    Repeat,
    Rx,
    alt,
    cat,
    has_edge,
    nullable,
    repeat,
)

_MAX_BRANCHES = 512
_MAX_UNROLLED = 16


def resolve_anchors(rx: Rx) -> Rx:
    """The same language without anchors; raises `UnsupportedError` where they stand in an open repetition."""
    if not has_edge(rx):
        return rx
    done: list[Rx] = []
    work = _spread(rx)
    while work:
        sequence = work.pop(0)
        at = next((i for i, item in enumerate(sequence) if isinstance(item, Edge)), None)
        if at is None:
            done.append(cat(sequence))
            continue
        edge = sequence[at]
        assert isinstance(edge, Edge)
        work[:0] = _apply(edge.place, sequence[:at], sequence[at + 1 :])
        if len(work) + len(done) > _MAX_BRANCHES:
            raise UnsupportedError("too many anchors in a regular expression")
    return _factored(done)


def _factored(branches: list[Rx]) -> Rx:
    """The alternatives, those that begin and end alike written as one (`ax|a` as `ax?`)."""
    done = [branch.items if isinstance(branch, Cat) else (branch,) for branch in branches if branch != NOTHING]
    merged = True
    while merged:
        merged = False
        for i, j in combinations(range(len(done)), 2):
            found = _merge(done[i], done[j])
            if found is not None:
                done[i] = found.items if isinstance(found, Cat) else (found,)
                del done[j]
                merged = True
                break
    return alt(_side_by_side(done))


def _side_by_side(branches: list[tuple[Rx, ...]]) -> list[Rx]:
    """The alternatives, those that begin and end alike with any text in one (`.*a.*|.*b.*` as `.*(a|b).*`): apart they
    are far more work for an index."""
    groups: dict[tuple[bool, bool], list[tuple[Rx, ...]]] = {}
    for items in branches:
        ends = items[:1] == (ANY_TEXT,), len(items) > 1 and items[-1] == ANY_TEXT
        groups.setdefault(ends, []).append(items)
    return [_between_shared(group) for group in groups.values()]


def _between_shared(group: list[tuple[Rx, ...]]) -> Rx:
    """The sequences as alternatives between what all of them begin and end with."""
    short = min(map(len, group))
    first = group[0]
    head = next((i for i in range(short) if any(items[i] != first[i] for items in group)), short)
    left = short - head
    tail = next((i for i in range(left) if any(items[-1 - i] != first[-1 - i] for items in group)), left)
    rests = [cat(items[head : len(items) - tail]) for items in group]
    return cat([*first[:head], alt(rests), *first[len(first) - tail :]])


def _merge(one: tuple[Rx, ...], two: tuple[Rx, ...]) -> Rx | None:
    """Both sequences as one, if what they do not share is empty on one side or a single item on each."""
    short = min(len(one), len(two))
    head = next((i for i in range(short) if one[i] != two[i]), short)
    tail = next((i for i in range(short - head) if one[-1 - i] != two[-1 - i]), short - head)
    rest_one, rest_two = one[head : len(one) - tail], two[head : len(two) - tail]
    if head + tail == 0 or (rest_one and rest_two and not len(rest_one) == len(rest_two) == 1):
        return None
    return cat([*one[:head], alt([cat(rest_one), cat(rest_two)]), *one[len(one) - tail :]])


def _spread(rx: Rx) -> list[list[Rx]]:
    """Sequences whose items are anchors or free of them; together the same as the expression."""
    if not has_edge(rx) or isinstance(rx, Edge):
        return [[rx]]
    match rx:
        case Cat(items=items):
            parts = [_spread(item) for item in items]
            count = 1
            for part in parts:
                count *= len(part)
            if count > _MAX_BRANCHES:
                raise UnsupportedError("too many anchors in a regular expression")
            return [[item for piece in pieces for item in piece] for pieces in product(*parts)]
        case Alt(items=items):
            plain = [item for item in items if not has_edge(item)]
            out = [[alt(plain)]] if plain else []
            return out + [sequence for item in items if has_edge(item) for sequence in _spread(item)]
        case Repeat(item=item, low=low, high=high) if high is not None and high <= _MAX_UNROLLED:
            return [s for count in range(low, high + 1) for s in _spread(Cat((item,) * count))]
    raise UnsupportedError("an anchor inside a repetition of a regular expression")


def _apply(place: Place, left: list[Rx], right: list[Rx]) -> list[list[Rx]]:
    """The sequences that remain when the anchor between both parts is taken out."""
    word, other = WORD, invert(WORD)
    match place:
        case "start":
            return _joined([_only_empty(left)], [right])
        case "end":
            return _joined([left], [_only_empty(right)])
        case "line_start":
            return _joined([_ending(left, NEWLINE, True)], [right])
        case "line_end":
            return _joined([left], _beginning(right, NEWLINE, True))
        case "word":
            return [
                *_joined([_ending(left, word, False)], _beginning(right, other, True)),
                *_joined([_ending(left, other, True)], _beginning(right, word, False)),
            ]
    return [
        *_joined([_ending(left, word, False)], _beginning(right, word, False)),
        *_joined([_ending(left, other, True)], _beginning(right, other, True)),
    ]


def _joined(lefts: Seq[list[Rx] | None], rights: Seq[list[Rx] | None]) -> list[list[Rx]]:
    return [[*left, *right] for left in lefts for right in rights if left is not None and right is not None]


def _only_empty(items: list[Rx]) -> list[Rx] | None:
    """The part where it matches no text: its anchors, if every other item can be empty."""
    if not all(nullable(item) for item in items):
        return None
    return [item for item in items if isinstance(item, Edge)]


def _ending(items: list[Rx], chars: CharSet, empty: bool) -> list[Rx] | None:
    """The part (without anchors) where its text ends in the set, or is empty if that is allowed; None: never."""
    found = _last(cat(items), chars)
    if empty and nullable(cat(items)):
        found = alt([EMPTY, found])
    return None if found == NOTHING else [found]


def _last(rx: Rx, chars: CharSet) -> Rx:
    """The texts of the expression that are not empty and end in the set."""
    match rx:
        case Chars(chars=own):
            return Chars(intersect(own, chars))
        case Cat(items=()):
            return NOTHING
        case Cat(items=items):
            *front, last = items
            head = cat(front)
            found = cat([head, _last(last, chars)])
            return alt([found, _last(head, chars)]) if nullable(last) else found
        case Alt(items=items):
            return alt([_last(item, chars) for item in items])
        case Repeat(item=item, low=low, high=high):
            return cat([repeat(item, *_one_less(item, low, high)), _last(item, chars)])
    return Both((rx, cat([ANY_TEXT, Chars(chars)])))


def _one_less(item: Rx, low: int, high: int | None) -> tuple[int, int | None]:
    if nullable(item):
        low = 0
    return max(low - 1, 0), None if high is None else high - 1


def _beginning(items: list[Rx], chars: CharSet, empty: bool) -> list[list[Rx]]:
    """The part where its text begins in the set, or is empty if that is allowed; its anchors stay in their places."""
    branches: list[list[Rx]] = []
    for i, item in enumerate(items):
        if isinstance(item, Edge):
            continue
        skipped = [other for other in items[:i] if isinstance(other, Edge)]
        found = _first(item, chars)
        if found != NOTHING:
            branches.append([*skipped, found, *items[i + 1 :]])
        if not nullable(item):
            break
    else:
        if empty:
            branches.append([item for item in items if isinstance(item, Edge)])
    return branches


def _first(rx: Rx, chars: CharSet) -> Rx:
    """The texts of the expression that are not empty and begin in the set."""
    match rx:
        case Chars(chars=own):
            return Chars(intersect(own, chars))
        case Cat(items=()):
            return NOTHING
        case Cat(items=items):
            first, *rest = items
            tail = cat(rest)
            found = cat([_first(first, chars), tail])
            return alt([found, _first(tail, chars)]) if nullable(first) else found
        case Alt(items=items):
            return alt([_first(item, chars) for item in items])
        case Repeat(item=item, low=low, high=high):
            return cat([_first(item, chars), repeat(item, *_one_less(item, low, high))])
    return Both((rx, cat([Chars(chars), ANY_TEXT])))
