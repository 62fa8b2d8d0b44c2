"""What Elasticsearch's index holds of an event: for each field the values that a query sees."""

from __future__ import annotations

import ipaddress
import math
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from converter.tree import Field
from converter.tree.field import SORTS
from converter.tree.zero import signed

Value = str | int | float | bool | tuple[str, ...]


def lower_char(char: str) -> str:
    """One code point in lower case as Java's `Character.toLowerCase` gives it (İ is i, final sigma is σ)."""
    low = char.lower()
    return low if len(low) == 1 else low[0]


def lowercase(text: str) -> str:
    """As a lowercase normaliser: code point by code point, so without context rules and never longer."""
    return text.lower() if text.isascii() else "".join(map(lower_char, text))


_ASCII = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}


def fold_ascii(text: str) -> str:
    """A-Z become a-z, nothing else changes."""
    return text.lower() if text.isascii() else text.translate(_ASCII)


def utf16_length(text: str) -> int:
    """The length of a string in Java: code points beyond the first 65,536 count two."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


def parse_ip(text: str) -> int | None:
    """An address as a 128-bit number, IPv4 as its `::ffff:` form; None if it is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if "%" in text:
        return None
    return int(address) + (0xFFFF << 32) if address.version == 4 else int(address)


def parse_network(text: str) -> tuple[int, int] | None:
    """First and last address of a CIDR (host bits may be set) or of a single address, as 128-bit numbers."""
    address, slash, bits = text.partition("/")
    base = parse_ip(address)
    if base is None:
        return None
    if not slash:
        return base, base
    if not (bits.isascii() and bits.isdigit()):
        return None
    width = int(bits) + (96 if ":" not in address else 0)
    if width > 128:
        return None
    host = (1 << (128 - width)) - 1
    return base & ~host, base | host


_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE = {
    "integer": (-(2**31), 2**31), "short": (-(2**15), 2**15), "byte": (-(2**7), 2**7), "unsigned_long": (0, 2**64),
}  # fmt: skip


def _whole(field: Field, raw: Any) -> int | None:
    """A number without its fraction; None for what is none or what the type cannot hold."""
    if isinstance(raw, float) and math.isfinite(raw):
        number = int(raw)
    elif isinstance(raw, int) and not isinstance(raw, bool):
        number = raw
    elif isinstance(raw, str) and _NUMBER.fullmatch(raw):
        number = int(Decimal(raw))
    else:
        return None
    low, high = _WHOLE.get(field.type, (-(2**63), 2**63))
    return number if low <= number < high else None


def _real(field: Field, raw: Any) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    if isinstance(raw, str) and not _NUMBER.fullmatch(raw):
        return None
    try:
        number = round_float(field, float(raw))
    except OverflowError:  # a whole number of hundreds of digits
        return None
    return number if math.isfinite(number) else None


def round_float(field: Field, number: float) -> float:
    """To the precision of the field's type: a scaled_float's factor, 32 or 16 bits; beyond them infinite."""
    if field.scaling is not None:
        scaled = number * field.scaling
        return math.floor(scaled + 0.5) / field.scaling if math.isfinite(scaled) else number
    code = {"float": "f", "half_float": "e"}.get(field.type)
    return signed(number if code is None else _packed(code, number))


def round_end(field: Field, number: float, up: bool, is_open: bool) -> float:
    """An end of a range (`up`: the lower one) as the field's index compares it with its values: the ends of a
    half_float keep 32 bits, those of a scaled_float are the next multiple that is in."""
    if field.scaling is not None:
        return _next_multiple(field.scaling, number, up, is_open)
    return signed(_packed("f", number)) if field.type == "half_float" else round_float(field, number)


def _next_multiple(factor: float, number: float, up: bool, is_open: bool) -> float:
    scaled = number * factor
    if not math.isfinite(scaled):
        return scaled
    if is_open:
        scaled = math.nextafter(scaled, math.inf if up else -math.inf)
    return (math.ceil(scaled) if up else math.floor(scaled)) / factor


def _packed(code: str, number: float) -> float:
    if not math.isfinite(number):
        return number
    try:
        packed: float = struct.unpack(code, struct.pack(code, number))[0]
    except OverflowError:
        return math.copysign(math.inf, number)
    return packed


def string_of(raw: Any) -> str:
    """A JSON scalar as a keyword field indexes it."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return raw if isinstance(raw, str) else str(raw)


def convert(field: Field, raw: Any) -> Value | None:
    """A JSON scalar as the field's type indexes it; None where it has no value (null, or not of the type)."""
    if raw is None:
        raw = field.null_value
        if raw is None:
            return None
    match field.sort:
        case "string" | "version" | "any":
            text = string_of(raw)
            if field.ignore_above is not None and utf16_length(text) > field.ignore_above:
                return None
            return lowercase(text) if field.type == "keyword_lowercase" else text
        case "text":
            from converter.matching.text import analyse

            return tuple(analyse(string_of(raw)))
        case "integer":
            return _whole(field, raw)
        case "float":
            return _real(field, raw)
        case "boolean":
            if isinstance(raw, bool):
                return raw
            return {"true": True, "false": False, "": False}.get(raw) if isinstance(raw, str) else None
        case "ip":
            return parse_ip(raw) if isinstance(raw, str) else None
        case "date":
            from converter.matching.dates import parse_date

            return parse_date(raw, nanos=field.type == "date_nanos", formats=field.format)
    return None


def _opaque(field: Field) -> bool:
    """An object, or a type whose values no query tests: only that there are some counts."""
    return field.type not in SORTS and field.type not in ("any", "nested", "unmapped")


class EventValues:
    """An event, read once: leaf paths to raw values, and per field the indexed values (cached)."""

    __slots__ = ("_cache", "_folded", "_leaves", "_strings", "event")

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.event = event
        self._leaves: dict[str, list[Any]] = {}
        self._cache: dict[Field, tuple[Value, ...]] = {}
        self._folded: dict[Field, tuple[str, ...]] = {}
        self._strings: dict[Field, tuple[str, ...]] = {}
        self._collect("", event)

    def _collect(self, path: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, item in value.items():
                self._collect(f"{path}.{key}" if path else str(key), item)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for item in value:
                self._collect(path, item)
        else:
            self._leaves.setdefault(path, []).append(value)

    def raw(self, path: str) -> list[Any]:
        """The JSON scalars at the path, nulls included."""
        return self._leaves.get(path, [])

    def paths(self) -> Iterator[str]:
        return iter(self._leaves)

    def values(self, field: Field) -> tuple[Value, ...]:
        """The values of the field; equal ones once where the index keeps them so (`Field.keeps_once`)."""
        found = self._cache.get(field)
        if found is None:
            found = self._cache[field] = self._read(field)
        return found

    def _read(self, field: Field) -> tuple[Value, ...]:
        if field.type == "unmapped" or field.nested is not None:
            return ()
        if field.type == "keyed":
            return self._pairs(field)
        if field.sort == "any":
            raws = [raw for leaf in self._leaves.values() for raw in leaf]
        elif (field.type == "flattened" and field.flattened is None) or _opaque(field):
            below = field.path + "."
            raws = [
                r for path, leaf in self._leaves.items() if path == field.path or path.startswith(below) for r in leaf
            ]
        else:
            raws = self.raw(field.path)
            for path in field.copies:
                raws = raws + self.raw(path)
            if field.constant is not None:
                raws = [field.constant]
        if _opaque(field):
            return tuple(string_of(raw) for raw in raws if raw is not None)
        values = [value for raw in raws if (value := convert(field, raw)) is not None]
        return tuple(dict.fromkeys(values)) if field.keeps_once else tuple(values)

    def _pairs(self, field: Field) -> tuple[Value, ...]:
        """Key, NUL and value of each leaf of a flattened field."""
        below = field.path + "."
        out: list[str] = []
        for path, leaf in self._leaves.items():
            if path.startswith(below):
                texts = (convert(field, raw) for raw in leaf)
                out += [f"{path[len(below) :]}\0{text}" for text in texts if text is not None]
        return tuple(dict.fromkeys(out))

    def strings(self, field: Field) -> tuple[str, ...]:
        """The values of a string field, the single tokens of a text field."""
        found = self._strings.get(field)
        if found is not None:
            return found
        out: list[str] = []
        for value in self.values(field):
            if isinstance(value, str):
                out.append(value)
            elif isinstance(value, tuple):
                out.extend(value)
        found = self._strings[field] = tuple(out)
        return found

    def folded(self, field: Field) -> tuple[str, ...]:
        """`strings` with A-Z lowered."""
        found = self._folded.get(field)
        if found is None:
            found = self._folded[field] = tuple(fold_ascii(text) for text in self.strings(field))
        return found

    def objects(self, path: str) -> Iterator[EventValues]:
        """The objects of a nested field, each as an event whose paths are still full names."""
        for item in _objects(self.event, path.split(".")):
            wrapped: Any = item
            for part in reversed(path.split(".")):
                wrapped = {part: wrapped}
            yield EventValues(wrapped)


def _objects(value: Any, parts: list[str]) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _objects(item, parts)
    elif isinstance(value, Mapping):
        if not parts:
            yield value
            return
        for count in range(1, len(parts) + 1):  # keys may be dotted
            key = ".".join(parts[:count])
            if key in value:
                yield from _objects(value[key], parts[count:])
