"""Date arithmetic of ES|QL: instants are int milliseconds since 1970 (UTC), or nanoseconds where said.

Dates before year 1 and after 9999 are out of reach and give null."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_ISO = re.compile(
    r"(-?\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(?:(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?"
    r"(Z|[+-]\d\d(?::?\d\d)?)?)?)?)?)?"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000

#: Unit → milliseconds, for units of fixed length.
MILLIS = {"millisecond": 1, "second": 1000, "minute": 60_000, "hour": 3_600_000, "day": DAY, "week": 7 * DAY}

#: Unit → months.
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def read_instant(text: str, nanos: bool = False) -> int | None:
    """The instant of a `strict_date_optional_time` text (`2024`, `2024-01-02`, `2024-01-02T03:04:05.678+01:00`); the
    lowest where parts are missing; None if it is none."""
    found = _ISO.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        start = date(int(year), int(month or 1), int(day or 1)).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        return None
    h, m, s = int(hour or 0), int(minute or 0), int(second or 0)
    if h > 23 or m > 59 or s > 59:
        return None
    total = ((start * 24 + h) * 60 + m) * 60 + s - _offset(zone)
    nano = int((fraction or "0").ljust(9, "0"))
    return total * 10**9 + nano if nanos else total * 1000 + nano // 10**6


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:]) if len(zone) > 3 else 0
    seconds = (hours * 60 + minutes) * 60
    return -seconds if zone[0] == "-" else seconds


def moment(instant: int) -> datetime:
    """Milliseconds as a datetime; raises `OverflowError` outside of its years."""
    return EPOCH + timedelta(milliseconds=instant)


def millis(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)


def instant_text(instant: int, nanos: bool = False) -> str:
    """`2024-01-02T03:04:05.678Z` (nine digits with `nanos`)."""
    whole, fraction = divmod(instant, 10**9 if nanos else 1000)
    try:
        stamp = (EPOCH + timedelta(seconds=whole)).strftime("%m-%dT%H:%M:%S")
        year = f"{(EPOCH + timedelta(seconds=whole)).year:04d}"
    except OverflowError:
        return str(instant)
    if nanos:
        digits = f"{fraction:09d}"
        while len(digits) > 3 and digits.endswith("000"):
            digits = digits[:-3]
        return f"{year}-{stamp}.{digits}Z"
    return f"{year}-{stamp}.{fraction:03d}Z"


def add(instant: int, amount: int, unit: str) -> int | None:
    """The instant `amount` units later; months keep the day where there is one, else take the month's last."""
    if unit in MILLIS:
        return instant + amount * MILLIS[unit]
    try:
        at = moment(instant)
        months = at.year * 12 + at.month - 1 + amount * MONTHS[unit]
        year, month = divmod(months, 12)
        last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
        return millis(at.replace(year=year, month=month + 1, day=min(at.day, last)))
    except (OverflowError, ValueError):
        return None


def truncate(instant: int, amount: int, unit: str) -> int | None:
    """The start of the interval that holds the instant, as DATE_TRUNC counts: one week begins on Monday, months and
    years count from year 1, all else from 1970."""
    if unit == "week" and amount == 1:
        return (instant + 3 * DAY) // (7 * DAY) * 7 * DAY - 3 * DAY
    if unit in MILLIS:
        width = amount * MILLIS[unit]
        return instant // width * width
    try:
        at = moment(instant)
        width = amount * MONTHS[unit]
        start = ((at.year - 1) * 12 + at.month - 1) // width * width
        return millis(datetime(start // 12 + 1, start % 12 + 1, 1, tzinfo=UTC))
    except (OverflowError, ValueError):
        return None


_DIFFERENCE = {
    **dict.fromkeys(("year", "years", "yyyy", "yy"), "year"),
    **dict.fromkeys(("quarter", "quarters", "qq", "q"), "quarter"),
    **dict.fromkeys(("month", "months", "mm", "m"), "month"),
    **dict.fromkeys(("dayofyear", "dy", "y", "day", "days", "dd", "d", "weekday", "weekdays", "dw"), "day"),
    **dict.fromkeys(("week", "weeks", "wk", "ww"), "week"),
    **dict.fromkeys(("hour", "hours", "hh"), "hour"),
    **dict.fromkeys(("minute", "minutes", "mi", "n"), "minute"),
    **dict.fromkeys(("second", "seconds", "ss", "s"), "second"),
    **dict.fromkeys(("millisecond", "milliseconds", "ms"), "millisecond"),
    **dict.fromkeys(("microsecond", "microseconds", "mcs"), "microsecond"),
    **dict.fromkeys(("nanosecond", "nanoseconds", "ns"), "nanosecond"),
}


def difference_unit(name: str) -> str | None:
    """The unit that a name in DATE_DIFF stands for."""
    return _DIFFERENCE.get(name.lower())


def difference(unit: str, start: int, end: int) -> int | None:
    """Whole units from `start` to `end` (milliseconds), cut toward zero."""
    span = end - start
    if unit == "nanosecond":
        return span * 10**6
    if unit == "microsecond":
        return span * 1000
    if unit in MILLIS:
        return abs(span) // MILLIS[unit] * (1 if span >= 0 else -1)
    months = _months_between(start, end)
    return None if months is None else int(months / MONTHS[unit])


def _months_between(start: int, end: int) -> int | None:
    try:
        a, b = moment(start), moment(end)
    except OverflowError:
        return None
    months = (b.year - a.year) * 12 + b.month - a.month
    left, right = (a.day, a.time()), (b.day, b.time())
    if months > 0 and right < left:
        return months - 1
    if months < 0 and right > left:
        return months + 1
    return months


def part(name: str, instant: int) -> int | None:
    """A part of a date by its Java `ChronoField` name in lower case; None where the name is none."""
    at = moment(instant)
    day_of_year = at.timetuple().tm_yday
    second_of_day = (at.hour * 60 + at.minute) * 60 + at.second
    milli = instant % 1000
    parts = {
        "year": at.year,
        "year_of_era": at.year,
        "era": 1,
        "proleptic_month": at.year * 12 + at.month - 1,
        "month_of_year": at.month,
        "day_of_month": at.day,
        "day_of_week": at.isoweekday(),
        "day_of_year": day_of_year,
        "epoch_day": instant // DAY,
        "aligned_week_of_year": (day_of_year - 1) // 7 + 1,
        "aligned_week_of_month": (at.day - 1) // 7 + 1,
        "aligned_day_of_week_in_year": (day_of_year - 1) % 7 + 1,
        "aligned_day_of_week_in_month": (at.day - 1) % 7 + 1,
        "hour_of_day": at.hour,
        "clock_hour_of_day": at.hour or 24,
        "hour_of_ampm": at.hour % 12,
        "clock_hour_of_ampm": at.hour % 12 or 12,
        "ampm_of_day": at.hour // 12,
        "minute_of_hour": at.minute,
        "minute_of_day": at.hour * 60 + at.minute,
        "second_of_minute": at.second,
        "second_of_day": second_of_day,
        "milli_of_second": milli,
        "milli_of_day": second_of_day * 1000 + milli,
        "micro_of_second": milli * 1000,
        "micro_of_day": (second_of_day * 1000 + milli) * 1000,
        "nano_of_second": milli * 10**6,
        "nano_of_day": (second_of_day * 1000 + milli) * 10**6,
        "instant_seconds": instant // 1000,
        "offset_seconds": 0,
    }
    return parts.get(name)


_LETTERS = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


class PatternError(ValueError):
    """A date pattern with a letter that is not known here."""


def formatted(pattern: str, instant: int) -> str:
    """The instant written by a Java date pattern (English, UTC). Raises `PatternError`."""
    at = moment(instant)
    out = []
    for found in _LETTERS.finditer(pattern):
        quoted, letter = found.group(1), found.group(2)
        if quoted is not None:
            out.append(quoted.replace("''", "'") or "'")
        elif letter:
            out.append(_letter(letter, len(found.group()), at, instant))
        else:
            out.append(found.group())
    return "".join(out)


def _letter(letter: str, count: int, at: datetime, instant: int) -> str:
    match letter:
        case "y" | "u":
            return f"{at.year % 100:02d}" if count == 2 else f"{at.year:0{count}d}"
        case "Y":
            return f"{_week(at)[0]:0{count}d}"
        case "w":
            return f"{_week(at)[1]:0{count}d}"
        case "M" | "L":
            return _name(_MONTH_NAMES, at.month - 1, count) or f"{at.month:0{count}d}"
        case "E":
            return _name(_DAYS, at.weekday(), max(count, 3)) or ""
        case "e" | "c":
            return _name(_DAYS, at.weekday(), count) or f"{at.isoweekday() % 7 + 1:0{count}d}"
        case "a":
            return "AM" if at.hour < 12 else "PM"
        case "S":
            return f"{instant % 1000 * 10**6:09d}"[:count]
        case "X" | "x" | "Z" | "z" | "V" | "O":
            return _zone(letter, count)
    numbers = {
        "d": at.day, "D": at.timetuple().tm_yday, "H": at.hour, "k": at.hour or 24, "K": at.hour % 12,
        "h": at.hour % 12 or 12, "m": at.minute, "s": at.second, "Q": (at.month + 2) // 3, "q": (at.month + 2) // 3,
        "A": instant % DAY, "n": instant % 1000 * 10**6, "N": instant % DAY * 10**6,
    }  # fmt: skip
    if letter not in numbers:
        raise PatternError(letter)
    return f"{numbers[letter]:0{count}d}"


def _name(names: tuple[str, ...], index: int, count: int) -> str | None:
    if count < 3:
        return None
    return {3: names[index][:3], 4: names[index], 5: names[index][:1]}.get(count)


def _zone(letter: str, count: int) -> str:
    if letter == "X":
        return "Z"
    if letter == "x":
        return {1: "+00", 2: "+0000", 4: "+0000"}.get(count, "+00:00")
    if letter == "Z":
        return {4: "GMT", 5: "Z"}.get(count, "+0000")
    return "GMT" if letter == "O" else ("Coordinated Universal Time" if count == 4 and letter == "z" else "Z")


def _week(at: datetime) -> tuple[int, int]:
    """Week-based year and week where weeks begin on Sunday and the first holds January 1st (the root locale)."""
    first = datetime(at.year, 1, 1, tzinfo=UTC)
    start = first - timedelta(days=first.isoweekday() % 7)
    following = datetime(at.year + 1, 1, 1, tzinfo=UTC)
    next_start = following - timedelta(days=following.isoweekday() % 7)
    if at >= next_start:
        return at.year + 1, 1
    return at.year, (at - start).days // 7 + 1


_PARTS = {
    "y": r"(?P<year>\d{4})", "u": r"(?P<year>\d{4})", "M": r"(?P<month>\d{2})", "d": r"(?P<day>\d{2})",
    "H": r"(?P<hour>\d{2})", "h": r"(?P<hour12>\d{2})", "m": r"(?P<minute>\d{2})", "s": r"(?P<second>\d{2})",
    "a": r"(?P<half>AM|PM)", "X": r"(?P<zone>Z|[+-]\d\d(?::?\d\d)?)", "Z": r"(?P<zone>[+-]\d{4})",
}  # fmt: skip
_FIRST_NAMES = {name[:3].lower(): i + 1 for i, name in enumerate(_MONTH_NAMES)}


def reader(pattern: str) -> re.Pattern[str]:
    """A regular expression for DATE_PARSE's pattern. Raises `PatternError`."""
    out = []
    for found in _LETTERS.finditer(pattern):
        quoted, letter, count = found.group(1), found.group(2), len(found.group())
        if quoted is not None:
            out.append(re.escape(quoted.replace("''", "'") or "'"))
        elif not letter:
            out.append(re.escape(found.group()))
        elif letter == "S":
            out.append(rf"(?P<fraction>\d{{{count}}})")
        elif letter in "ML" and count >= 3:
            out.append(r"(?P<name>[A-Za-z]+)")
        elif letter in "Ee" and count >= 1:
            out.append(r"[A-Za-z]+")
        elif letter in _PARTS:
            loose = count == 1 and letter in "MdHhms"
            out.append(_PARTS[letter].replace(r"\d{2}", r"\d{1,2}") if loose else _PARTS[letter])
        else:
            raise PatternError(letter)
    return re.compile("".join(out))


def read_by(pattern: re.Pattern[str], text: str) -> int | None:
    """The instant of a text that fits the pattern of `reader`, else None."""
    found = pattern.fullmatch(text)
    if not found:
        return None
    parts = found.groupdict()
    month = parts.get("month") or 1
    if parts.get("name"):
        month = _FIRST_NAMES.get(parts["name"][:3].lower(), 0)
    hour = int(parts.get("hour") or 0)
    if parts.get("hour12"):
        hour = int(parts["hour12"]) % 12 + (12 if parts.get("half") == "PM" else 0)
    try:
        at = datetime(
            int(parts.get("year") or 1970), int(month), int(parts.get("day") or 1), hour,
            int(parts.get("minute") or 0), int(parts.get("second") or 0), tzinfo=UTC,
        )  # fmt: skip
    except ValueError:
        return None
    fraction = int((parts.get("fraction") or "0").ljust(3, "0")[:3])
    return millis(at) + fraction - _offset(parts.get("zone")) * 1000
