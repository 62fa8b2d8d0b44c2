"""Dates as Elasticsearch reads them: in documents, as literals of a query at their granularity, and date maths.

An instant is an int: milliseconds since 1970, or nanoseconds with `nanos`. A text that is no date raises `DateError`.
Evidence: Elasticsearch 8.19, recorded probes of dates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from converter.tree import DateMath

#: Formats of a date field that names none, tried in this order; and of one of nanoseconds.
DEFAULT_FORMATS = "strict_date_optional_time||epoch_millis"
NANOS_FORMATS = "strict_date_optional_time_nanos||epoch_millis"

_SECOND, _DAY = 10**9, 86_400 * 10**9
_FIRST, _LAST = -62_167_219_200 * _SECOND, 253_402_300_800 * _SECOND  # the years 0 to 9999

#: Java's last instant, the end of the year 999,999,999, and no number of milliseconds beyond 64 bits.
_FARTHEST = 2**63 * 10**6

Zone: TypeAlias = tzinfo


class DateError(ValueError):
    """A text that is no date (or no date maths, time zone, date format)."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a text says of a date; None: it does not say. `epoch` is (lowest, highest) nanosecond instead."""

    year: int = 1970
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    nano: int | None = None
    zone: Zone | None = None
    epoch: tuple[int, int] | None = None


def parse_date(raw: Any, nanos: bool = False, formats: str | None = None) -> int | None:
    """The instant that a date field indexes of a JSON scalar; None if it is no date.

    `formats` is the field's `format`, alternatives separated by `||`; a number is read as its text, as a string is.
    """
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return None
    try:
        return _scaled(_instant(_read(str(raw), formats or _default(nanos)), False, UTC), nanos)
    except DateError:
        return None


def bounds(
    value: str | int | float,
    nanos: bool = False,
    formats: str | None = None,
    zone: str | None = None,
) -> tuple[int | DateMath, int | DateMath]:
    """The first and last instant (both inclusive) that a literal of a query stands for.

    `2024-01-02` is the day, `2024-01-02T03` the hour; a missing month or day is 01, so `2024` is the day 2024-01-01.
    Equality is [first, last]; `>=` and `<` take first, `>` and `<=` take last (ES|QL: always first).
    `2024-01-01||+1M/d` is resolved here; what begins with `now` comes back as two `DateMath`. `zone` (`+05:00`,
    `Europe/Berlin`; None is UTC) holds where the text names none. Raises `DateError`.
    """
    text, formats = str(value), formats or _default(nanos)
    if text.startswith("now"):
        low, high = (DateMath(text, round_up, zone or "UTC") for round_up in (False, True))
        resolve(low, 0)
        return low, high
    place = zone_of(zone or "UTC")
    anchor, maths, steps = text.partition("||")
    if maths:
        base = _instant(_read(anchor, formats), False, place)
        first, last = (_maths(steps, base, round_up, place) for round_up in (False, True))
    else:
        parts = _read(text, formats)
        first, last = (_instant(parts, round_up, place) for round_up in (False, True))
    return _scaled(first, nanos), _scaled(last, nanos)


def resolve(maths: DateMath, now_ms: int, nanos: bool = False) -> int:
    """The instant of `now`, `now-5m/d` or `2024-01-01||+1M/d` when the clock shows `now_ms` milliseconds since 1970."""
    zone = zone_of(maths.zone)
    if maths.text.startswith("now"):
        return _scaled(_maths(maths.text[3:], now_ms * 10**6, maths.round_up, zone), nanos)
    low, high = bounds(maths.text, nanos, zone=maths.zone)
    found = high if maths.round_up else low
    assert isinstance(found, int)
    return found


def text_of(instant: int, nanos: bool = False) -> str:
    """The instant as `2024-01-02T03:04:05.678Z` (UTC; nine digits of a second with `nanos`)."""
    whole, fraction = divmod(instant, 10**9 if nanos else 1000)
    days, second = divmod(whole, 86_400)
    year, month, day = _civil(days)
    shown = f"{year:04d}" if 0 <= year <= 9999 else f"{year:+05d}"
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    return f"{shown}-{month:02d}-{day:02d}T{clock}.{fraction:0{9 if nanos else 3}d}Z"


# Formats


def _iso(strict: bool, nanos: bool = False) -> str:
    """`nanos`: a time has seconds. Without `strict` one digit does, and a time zone stands behind minutes only."""
    two, zone = r"\d\d" if strict else r"\d{1,2}", r"(?P<z>[-+A-Za-z].*)?"
    seconds = rf":(?P<s>{two})(?:[.,](?P<f>\d{{1,9}}))?"
    if nanos:
        clock = rf"T(?P<h>{two}):(?P<mi>{two}){seconds}{zone}"
    elif strict:
        clock = rf"T(?:(?P<h>{two})(?::(?P<mi>{two})(?:{seconds})?)?{zone})?"
    else:
        clock = rf"T(?:(?P<h>{two})(?::(?P<mi>{two})(?:{seconds})?{zone})?)?"
    return rf"(?P<y>-?\d{{4}})(?:-(?P<mo>{two})(?:-(?P<d>{two})(?:{clock})?)?)?"


#: Named formats as regular expressions.
_NAMED: dict[str, str] = {
    "strict_date_optional_time": _iso(True),
    "strict_date_optional_time_nanos": _iso(True, nanos=True),
    "date_optional_time": _iso(False),
    "date_optional_time_nanos": _iso(False, nanos=True),
    "iso8601": _iso(True),
}

#: Named formats that are short for a pattern of letters.
_LETTERS: dict[str, str] = {
    "basic_date": "yyyyMMdd",
    "basic_date_time": "yyyyMMdd'T'HHmmss.SSSXX",
    "basic_date_time_no_millis": "yyyyMMdd'T'HHmmssXX",
    "date": "yyyy-MM-dd",
    "date_hour": "yyyy-MM-dd'T'HH",
    "date_hour_minute": "yyyy-MM-dd'T'HH:mm",
    "date_hour_minute_second": "yyyy-MM-dd'T'HH:mm:ss",
    "date_hour_minute_second_millis": "yyyy-MM-dd'T'HH:mm:ss.SSS",
    "date_time": "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "date_time_no_millis": "yyyy-MM-dd'T'HH:mm:ssXXX",
    "year": "yyyy",
    "year_month": "yyyy-MM",
    "year_month_day": "yyyy-MM-dd",
}

#: Letters of a pattern: the part, and one letter's expression; a run of letters means exactly that many digits.
_PARTS = {"y": "y", "u": "y", "M": "mo", "d": "d", "H": "h", "m": "mi", "s": "s", "S": "f"}
_EPOCH = {"epoch_millis": 6, "epoch_second": 9}


@lru_cache(maxsize=64)
def _formats(spec: str) -> tuple[tuple[re.Pattern[str] | None, int], ...]:
    """Each alternative as a pattern, or as None and the power of ten of nanoseconds that an epoch counts in."""
    out: list[tuple[re.Pattern[str] | None, int]] = []
    for name in spec.split("||"):
        if name in _EPOCH:
            out.append((None, _EPOCH[name]))
            continue
        letters = _LETTERS.get(name.removeprefix("strict_"))
        body = _NAMED.get(name) or _pattern(letters or name)
        out.append((re.compile(body, re.ASCII | re.DOTALL), 0))
    return tuple(out)


def _pattern(letters: str) -> str:
    """A regular expression for Java's pattern letters; raises `DateError` for what has no meaning here."""
    out: list[str] = []
    seen: set[str] = set()
    for piece in re.finditer(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", letters, re.DOTALL):
        text, letter = piece.group(), piece.group(2)
        part = "z" if letter and letter in "XxZ" else _PARTS.get(letter or "")
        if letter is None:
            out.append(re.escape((piece.group(1) or "'").replace("''", "'") if text[0] == "'" else text))
        elif part is None or part in seen:
            raise DateError(f"date format `{letters}` is not known here")
        elif part == "z":
            out.append("(?P<z>Z|[-+][0-9:]+)" if letter == "X" else "(?P<z>[-+][0-9:]+)")
        else:
            out.append(f"(?P<{part}>" + (rf"\d{{{len(text)}}})" if len(text) > 1 else r"\d+)"))
        seen.add(part or "")
    return "".join(out)


def _default(nanos: bool) -> str:
    return NANOS_FORMATS if nanos else DEFAULT_FORMATS


def _read(text: str, formats: str) -> _Parts:
    for pattern, power in _formats(formats):
        if pattern is None:
            number = re.fullmatch(rf"(-?)(\d{{1,19}})(?:\.(\d{{0,{power}}}))?", text, re.ASCII)
            if number and int(number.group(2)) * 10**power < _FARTHEST:
                return _Parts(epoch=_epoch(number, power))
            continue
        found = pattern.fullmatch(text)
        parts = found and _checked(found.groupdict())
        if parts:
            return parts
    raise DateError(f"`{text}` is no date")


def _epoch(number: re.Match[str], power: int) -> tuple[int, int]:
    sign, whole, fraction = number.group(1), number.group(2), number.group(3)
    value = int(whole + (fraction or "").ljust(power, "0"))
    spare = 10**power - 1 if fraction is None else 0
    return (-value, -value + spare) if sign else (value, value + spare)


def _checked(found: dict[str, str | None]) -> _Parts | None:
    """The parts of a match if each is in its range and the day is in the calendar."""

    def number(key: str) -> int | None:
        text = found.get(key)
        return None if text is None else int(text)

    year, month, day = number("y"), number("mo"), number("d")
    hour, minute, second = number("h"), number("mi"), number("s")
    if (hour or 0) > 23 or (minute or 0) > 59 or (second or 0) > 59:
        return None
    if month is not None and not 1 <= month <= 12:
        return None
    year = 1970 if year is None else year
    if day is not None and not 1 <= day <= _month_days(year, month or 1):
        return None
    fraction, zone = found.get("f"), found.get("z")
    nano = None if fraction is None else int(fraction.ljust(9, "0"))
    if zone is None:
        return _Parts(year, month, day, hour, minute, second, nano)
    try:
        return _Parts(year, month, day, hour, minute, second, nano, zone_of(zone)) if hour is not None else None
    except DateError:
        return None


# Calendar


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _month_days(year: int, month: int) -> int:
    if month == 2:
        return 29 if _leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar (years before 1 too)."""
    shifted = year - (month <= 2)
    era, yoe = divmod(shifted, 400)
    doy = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146_097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719_468


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a count of days since 1970-01-01."""
    era, doe = divmod(days + 719_468, 146_097)
    yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    return yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) // 5 + 1


def _instant(parts: _Parts, round_up: bool, zone: Zone) -> int:
    """Nanoseconds since 1970. Rounding up fills the clock with its end; the month and the day are 01 both ways."""
    if parts.epoch is not None:
        return parts.epoch[round_up]
    filler = (23, 59, 59, 999_999_999) if round_up else (0, 0, 0, 0)
    given = (parts.hour, parts.minute, parts.second, parts.nano)
    hour, minute, second, nano = (fill if part is None else part for part, fill in zip(given, filler, strict=True))
    days = _days(parts.year, parts.month or 1, parts.day or 1)
    local = days * _DAY + (hour * 3600 + minute * 60 + second) * _SECOND + nano
    return _from_local(local, parts.zone or zone)


def _from_local(local: int, zone: Zone) -> int:
    return local - _offset(local, zone, local_time=True)


def _to_local(instant: int, zone: Zone) -> int:
    return instant + _offset(instant, zone, local_time=False)


def _offset(at: int, zone: Zone, local_time: bool) -> int:
    fixed = zone.utcoffset(None)
    if fixed is not None:
        return int(fixed.total_seconds()) * _SECOND
    stamp = datetime(1970, 1, 1) + timedelta(seconds=min(max(at, _FIRST + 400 * _DAY), _LAST - _DAY) // _SECOND)
    aware = stamp.replace(tzinfo=zone) if local_time else stamp.replace(tzinfo=UTC).astimezone(zone)
    offset = aware.utcoffset()
    return 0 if offset is None else int(offset.total_seconds()) * _SECOND


def zone_of(text: str) -> Zone:
    """A time zone as Java's `ZoneId.of` reads it: `Z`, `+05:00`, `+0530`, `UTC+1`, `Europe/Berlin`."""
    if text in ("Z", "UTC", "GMT", "UT"):
        return UTC
    found = re.fullmatch(r"(?:UTC|GMT|UT)?([-+])(\d{1,2})(?::?(\d\d)(?::?(\d\d))?)?", text, re.ASCII)
    if found:
        sign, *clock = found.groups()
        hours, minutes, seconds = (int(part or 0) for part in clock)
        if hours * 60 + minutes > 18 * 60 or minutes > 59 or seconds > 59:
            raise DateError(f"`{text}` is no time zone")
        delta = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return timezone(-delta if sign == "-" else delta)
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        raise DateError(f"`{text}` is no time zone") from None


# Date maths

_STEP = re.compile(r"([-+/])(\d*)([yMwdhHms])", re.ASCII)
_CLOCK = {"h": 3600 * _SECOND, "H": 3600 * _SECOND, "m": 60 * _SECOND, "s": _SECOND}


def _maths(steps: str, base: int, round_up: bool, zone: Zone) -> int:
    """`base` (nanoseconds) after `+1M`, `-5m`, `/d` …, each step on the calendar of the zone."""
    at = base
    while steps:
        step = _STEP.match(steps)
        if step is None:
            raise DateError(f"`{steps}` is no date maths")
        operator, count, unit = step.groups()
        if operator == "/":
            if count and int(count) != 1:
                raise DateError(f"`{steps}`: rounding takes a single unit")
            at = _round(at, unit, round_up, zone)
        else:
            at = _add(at, unit, int(operator + (count or "1")), zone)
        if not _FIRST <= at < _LAST:
            raise DateError(f"`{steps}` leaves the calendar")
        steps = steps[step.end() :]
    return at


def _add(at: int, unit: str, count: int, zone: Zone) -> int:
    if unit in _CLOCK:
        return at + count * _CLOCK[unit]
    local = _to_local(at, zone)
    days, clock = divmod(local, _DAY)
    if unit in "wd":
        return _from_local((days + count * (7 if unit == "w" else 1)) * _DAY + clock, zone)
    year, month, day = _civil(days)
    years, month = divmod(month - 1 + count * (12 if unit == "y" else 1), 12)
    year, month = year + years, month + 1
    return _from_local(_days(year, month, min(day, _month_days(year, month))) * _DAY + clock, zone)


def _round(at: int, unit: str, round_up: bool, zone: Zone) -> int:
    local = _to_local(at, zone)
    if unit in _CLOCK:
        start = at - local % _CLOCK[unit]
        return start + _CLOCK[unit] - 10**6 if round_up else start
    days = local // _DAY
    year, month, _ = _civil(days)
    match unit:
        case "y":
            days = _days(year, 1, 1)
        case "M":
            days = _days(year, month, 1)
        case "w":
            days -= (days + 3) % 7
    start = _from_local(days * _DAY, zone)
    # The last millisecond before the next unit, also for fields with nanoseconds: as Elasticsearch has it.
    return _add(start, unit, 1, zone) - 10**6 if round_up else start


def _scaled(instant: int, nanos: bool) -> int:
    return instant if nanos else instant // 10**6
