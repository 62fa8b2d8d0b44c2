"""Conversions between types: `TO_…` functions and casts. They map over several values; what cannot be converted is
null."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from converter.matching.pipeline.calendar import read_instant
from converter.matching.pipeline.functions import Body, Call, define, plain
from converter.matching.pipeline.types import (
    RANGES,
    STRINGS,
    Value,
    address_text,
    date_text,
    fit,
    number_text,
)
from converter.matching.values import parse_ip, parse_network

#: Name behind `::` → the function that converts.
CASTS: dict[str, str] = {
    **dict.fromkeys(("keyword", "string", "text"), "to_string"),
    **dict.fromkeys(("integer", "int"), "to_integer"),
    "long": "to_long",
    **dict.fromkeys(("unsigned_long", "ul", "ulong"), "to_unsigned_long"),
    **dict.fromkeys(("double", "dbl"), "to_double"),
    **dict.fromkeys(("boolean", "bool"), "to_boolean"),
    **dict.fromkeys(("datetime", "date"), "to_datetime"),
    "date_nanos": "to_date_nanos",
    "ip": "to_ip",
    **dict.fromkeys(("version", "ver"), "to_version"),
    "geo_point": "to_geopoint",
}

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?")


def text_of(value: Any, kind: str) -> str:
    """A scalar as TO_STRING writes it."""
    match kind:
        case "boolean":
            return "true" if value else "false"
        case "double":
            return number_text(value)
        case "date" | "date_nanos":
            return date_text(value, kind)
        case "ip":
            return address_text(value)
        case "geo_point":
            return f"POINT ({number_text(value[0])} {number_text(value[1])})"
    return str(value)


def _each(names: str, params: str, returns: str, convert: Callable[[Any, str], Value]) -> None:
    @define(names, params, returns, "each")
    def build(call: Call) -> Body:
        kind = call.types[0]
        return lambda value: convert(value, kind)


_each("to_string to_str", "any|geo", "keyword", text_of)


def _decimal(text: str) -> Decimal | None:
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text.rstrip("dDfF"))
    except InvalidOperation:
        return None


def _to_whole(wanted: str) -> Callable[[Any, str], Value]:
    def convert(value: Any, kind: str) -> Value:
        if kind in STRINGS:
            found = _decimal(value)
            if found is None:
                return None
            return fit(int(found.quantize(Decimal(1), ROUND_HALF_UP)), wanted) if abs(found) < 10**20 else None
        if kind == "double":
            # Java's Math.round: half up, also below zero
            low, high = RANGES[wanted]
            if not math.isfinite(value) or not low <= value <= high:
                return None
            if wanted == "unsigned_long":
                return int(value)
            return fit(math.floor(Decimal(value) + Decimal("0.5")), wanted)
        if kind == "date_nanos" and wanted == "integer":
            return None
        return fit(int(value), wanted)

    return convert


_each("to_integer to_int", "numeric|string|boolean|date", "integer", _to_whole("integer"))
_each("to_long", "numeric|string|boolean|date", "long", _to_whole("long"))
_each("to_unsigned_long to_ul to_ulong", "numeric|string|boolean|date", "unsigned_long", _to_whole("unsigned_long"))


def _to_double(value: Any, kind: str) -> Value:
    if kind in STRINGS:
        found = _decimal(value)
        return None if found is None else fit(float(found), "double")
    return float(value)


_each("to_double to_dbl", "numeric|string|boolean|date", "double", _to_double)


def _to_boolean(value: Any, kind: str) -> Value:
    return value.lower() == "true" if kind in STRINGS else bool(value)


_each("to_boolean to_bool", "numeric|string|boolean", "boolean", _to_boolean)


def _to_date(value: Any, kind: str) -> Value:
    match kind:
        case "date":
            return int(value)
        case "date_nanos":
            return int(value) // 10**6
        case "double":
            return _to_whole("long")(value, kind)
        case "keyword" | "text":
            return read_instant(value)
    return fit(value, "long")


def _to_nanos(value: Any, kind: str) -> Value:
    match kind:
        case "date":
            found = int(value) * 10**6
        case "keyword" | "text":
            instant = read_instant(value, nanos=True)
            if instant is None:
                return None
            found = instant
        case "double":
            found = math.floor(Decimal(value) + Decimal("0.5"))
        case _:
            found = int(value)
    return found if 0 <= found <= RANGES["long"][1] else None


_each("to_datetime to_dt", "numeric|string|date", "date", _to_date)
_each("to_date_nanos to_datenanos", "long|double|string|date", "date_nanos", _to_nanos)


def _to_ip(value: Any, kind: str) -> Value:
    return value if kind == "ip" else parse_ip(value)


_each("to_ip", "ip|string", "ip", _to_ip)
_each("to_version to_ver", "version|string", "version", lambda value, kind: str(value))


def from_literal(text: str, kind: str) -> Value:
    """A string literal read as a value of the type; None where it is none."""
    match kind:
        case "date" | "date_nanos":
            return read_instant(text, kind == "date_nanos")
        case "ip":
            return parse_ip(text)
        case "boolean":
            return {"true": True, "false": False}.get(text.lower())
        case "version":
            return text
        case "double":
            return _to_double(text, "keyword")
        case "integer" | "long":
            return _to_whole(kind)(text, "keyword")
    return None


@define("cidr_match", "ip, string", "boolean", "single", variadic=True)
def _cidr_match(call: Call) -> Body:
    cache: dict[str, tuple[int, int]] = {}

    def ends(network: str) -> tuple[int, int]:
        if network not in cache:
            found = parse_network(network)
            if found is None:
                raise call.fail(f"`{network}` is no network", help="write it like 10.0.0.0/8")
            cache[network] = found
        return cache[network]

    for i in range(1, len(call.types)):
        if call.known[i] and isinstance(call.values[i], str):
            ends(str(call.values[i]))

    def body(address: int, *networks: str) -> Value:
        pairs = [ends(network) for network in networks]  # every one is read: a broken one is an error
        return any(low <= address <= high for low, high in pairs)

    return body


def _ip_prefix(address: int, four: int, six: int) -> Value:
    if not (0 <= four <= 32 and 0 <= six <= 128):
        return None
    mapped = address >> 32 == 0xFFFF
    width, bits = (32, four) if mapped else (128, six)
    return address >> (width - bits) << (width - bits)


plain("ip_prefix", "ip, integer, integer", "ip", _ip_prefix)

_POINT = re.compile(r"\s*POINT\s*\(\s*(\S+)\s+(\S+?)\s*\)\s*", re.IGNORECASE)


def _to_point(value: Any, kind: str) -> Value:
    if kind == "geo_point":
        return value  # type: ignore[no-any-return]
    found = _POINT.fullmatch(value)
    if not found:
        return None
    try:
        lon, lat = float(found.group(1)), float(found.group(2))
    except ValueError:
        return None
    return Point(lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None  # type: ignore[return-value]


class Point:
    """A place on the earth: degrees of longitude and latitude, kept as Elasticsearch's index keeps them."""

    __slots__ = ("lat", "lon")

    def __init__(self, lon: float, lat: float) -> None:
        self.lon, self.lat = lon, lat

    def __getitem__(self, index: int) -> float:
        return (self.lon, self.lat)[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and (self.lon, self.lat) == (other.lon, other.lat)

    def __hash__(self) -> int:
        return hash((self.lon, self.lat))


def _distance(a: Point, b: Point) -> float:
    """Metres along the great circle."""
    first, second = math.radians(a.lat), math.radians(b.lat)
    height = math.sin((second - first) / 2) ** 2
    width = math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    share = min(1.0, height + math.cos(first) * math.cos(second) * width)
    return 2 * 6_371_008.7714 * math.asin(math.sqrt(share))


_each("to_geopoint", "geo|string", "geo_point", _to_point)
plain("st_x", "geo", "double", lambda point: point.lon)
plain("st_y", "geo", "double", lambda point: point.lat)
plain("st_distance", "geo, geo", "double", _distance)
