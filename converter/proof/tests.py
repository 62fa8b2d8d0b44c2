"""What a raw JSON scalar does to an atom, and the scalars worth trying: written apart from the evaluator.

Only the conversion of a scalar by the field's type is shared with it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from converter.matching.values import convert, parse_ip, parse_network, string_of
from converter.proof.atoms import Atom, Has, Pat, Rex, Test
from converter.proof.words import language_of
from converter.tree import Cidr, DateMath, Field, Phrase, Range, Term
from converter.tree.zero import MINUS_ZERO, MinusZero

Raw = str | int | float | bool
#: The clock of all proofs: relative dates are resolved at this instant (milliseconds), and no conflict that a
#: relative date takes part in counts as proven.
NOW = 1_767_225_600_000

_TOP = 2**128 - 1


def passes(atom: Has | Pat | Rex | Test) -> Callable[[Any], bool]:
    """Whether a scalar at a path that the atom's field reads makes the atom true."""
    field = atom.field
    match atom:
        case Has():
            return lambda raw: value_of(field, raw) is not None
        case Pat() | Rex():
            test = language_of(atom).test
            if field.sort == "text":
                return lambda raw: any(test(token) for token in value_of(field, raw) or ())
            return lambda raw: (text := text_at(field, raw)) is not None and test(text)
    return _value_test(atom)


def value_of(field: Field, raw: Any) -> Any:
    """The value that the field indexes for the scalar; None: none."""
    if field.type == "object":
        return None if raw is None else string_of(raw)
    return convert(field, raw)


def text_at(field: Field, raw: Any) -> str | None:
    """The raw text that a string atom of the field is tested on."""
    if value_of(field, raw) is None:
        return None
    return string_of(field.null_value if raw is None else raw)


def _value_test(atom: Test) -> Callable[[Any], bool]:
    field, node = atom.field, atom.node
    match node:
        case Term(value=wanted):
            return lambda raw: (value := value_of(field, raw)) is not None and bool(value == wanted)
        case Cidr(network=network):
            ends = parse_network(network)
            return lambda raw: ends is not None and _in_network(value_of(field, raw), ends)
        case Phrase(tokens=tokens, prefix=prefix):
            return lambda raw: holds_phrase(value_of(field, raw) or (), tokens, prefix)
        case Range():
            return _range_test(field, node)
    return lambda raw: False


def _in_network(value: Any, ends: tuple[int, int]) -> bool:
    address = parse_ip(value) if isinstance(value, str) else value
    return isinstance(address, int) and not isinstance(address, bool) and ends[0] <= address <= ends[1]


def holds_phrase(words: tuple[str, ...], tokens: tuple[str, ...], prefix: bool) -> bool:
    """Whether the tokens stand one after another among the words, the last one as a beginning if `prefix`."""
    for start in range(len(words) - len(tokens) + 1):
        part = words[start : start + len(tokens)]
        if part[:-1] == tokens[:-1] and (part[-1] == tokens[-1] or (prefix and part[-1].startswith(tokens[-1]))):
            return True
    return False


def bound_of(bound: Any, field: Field) -> Any:
    """An end of a range, a relative date at the proofs' clock."""
    if isinstance(bound, DateMath):
        from converter.matching.dates import resolve

        return resolve(bound, NOW, nanos=field.type == "date_nanos")
    return bound


def _range_test(field: Field, node: Range) -> Callable[[Any], bool]:
    low, high = bound_of(node.low, field), bound_of(node.high, field)
    change: Callable[[Any], Any] = lambda value: value  # noqa: E731
    if field.sort == "version":
        from converter.matching.versions import version_key

        change = version_key
        low, high = (None if end is None else change(str(end)) for end in (low, high))

    def test(raw: Any) -> bool:
        value = value_of(field, raw)
        if value is None:
            return False
        value = change(value)
        above = low is None or (value > low if node.low_open else value >= low)
        return bool(above and (high is None or (value < high if node.high_open else value <= high)))

    return test


def is_relative(atom: Atom) -> bool:
    """Whether the atom depends on the clock."""
    node = atom.node if isinstance(atom, Test) else None
    return isinstance(node, Range) and (isinstance(node.low, DateMath) or isinstance(node.high, DateMath))


def constants(atoms: Iterable[Atom]) -> Iterator[Any]:
    """The values that atoms compare with: ends of ranges and networks, terms, texts without a wildcard."""
    for atom in atoms:
        match atom:
            case Test(node=Term(value=value)):
                yield value
            case Test(field=field, node=Range(low=low, high=high)):
                yield from (bound_of(end, field) for end in (low, high) if end is not None)
            case Test(node=Cidr(network=network)):
                yield from parse_network(network) or ()
            case Pat(tokens=(str() as text,)):
                yield text


def points(sorts: set[str], atoms: list[Atom], fields: list[Field]) -> list[Raw]:
    """Scalars for a path of these sorts: one at least for every way in which the atoms can turn out."""
    found = list(constants(atoms))
    numbers = [c for c in found if isinstance(c, int | float) and not isinstance(c, bool) and math.isfinite(c)]
    texts = [c for c in found if isinstance(c, str)]
    out: list[Raw] = []
    if sorts & {"integer", "float"}:
        numbers += [n for t in texts if (n := _number(t)) is not None]
        out += _numbers(numbers, "float" in sorts, [field.type for field in fields])
    if "boolean" in sorts:
        out += [True, False]
    if "ip" in sorts:
        out += _addresses([int(n) for n in numbers] + [a for t in texts if (a := parse_ip(t)) is not None])
    if "date" in sorts:
        out += _dates([int(n) for n in numbers], fields)
    return list(dict.fromkeys(out)) if "boolean" not in sorts else out


def _number(text: str) -> int | float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return (int(number) if number.is_integer() else number) if math.isfinite(number) else None


#: The greatest number of a type that has less room than a double.
_GREATEST = {"float": 2.0**128 - 2.0**104, "half_float": 65504.0}


def _numbers(found: list[int | float], fractions: bool, types: list[str]) -> list[Raw]:
    base: set[int | float] = {1, 0}
    if fractions:
        for top in (sys.float_info.max, *(_GREATEST[name] for name in types if name in _GREATEST)):
            base.update((-top, top))
    for number in found:
        low, high = math.floor(number), math.ceil(number)
        base.update((number, low - 1, low, high, high + 1))
    ordered = sorted(base)
    out: list[int | float] = [*found, *(number for number in ordered if isinstance(number, int)), *ordered]
    if fractions:
        out += [a / 2 + b / 2 for a, b in pairwise(ordered)]  # the sum of both may be beyond every float
        out.append(MINUS_ZERO)
    return [_whole(n) if isinstance(n, float) else n for n in out]


def _whole(number: float) -> int | float:
    """The number without its `.0`, where it is written so."""
    plain = number.is_integer() and abs(number) < 2**53 and not isinstance(number, MinusZero)
    return int(number) if plain else number


def _addresses(found: list[int]) -> list[Raw]:
    from converter.matching.scripts import address_text

    near = (at for address in found for at in (address - 1, address + 1))
    base = [*found, (0xFFFF << 32) + 0x0A000001, *near, 0, 1, _TOP - 1, _TOP]  # two at least of each stretch
    return [address_text(address) for address in base if 0 <= address <= _TOP]


def _dates(found: list[int], fields: list[Field]) -> list[Raw]:
    """Instants as texts (or numbers) that the fields' formats read back."""
    from converter.matching.dates import text_of

    dates = [field for field in fields if field.sort == "date"]
    nanos = any(field.type == "date_nanos" for field in dates)
    step = 1_000_000 if nanos else 1
    base = [*found, *(near for at in found for near in (at - 1, at + 1))] or [NOW * step]
    out: list[Raw] = []
    for at in base:
        whole = text_of(at, nanos)
        for shown in (whole, at // step, str(at // step), whole[:10], at // (1000 * step), str(at // (1000 * step))):
            if all(value_of(field, shown) == at for field in dates):
                out.append(shown)
                break
    return out
