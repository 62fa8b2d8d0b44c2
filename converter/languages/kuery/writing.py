"""Literals, globs and names as KQL text, in both dialects; None where no spelling gives the same meaning."""

from __future__ import annotations

import ipaddress
import re

from converter.languages.kuery.spelling import BLANK, ELASTIC_WORD, SPACE, SPECIAL, TRIMMED, starred
from converter.matching.dates import DateError, bounds, text_of
from converter.tree import ANY, ONE, DateMath, Field, Token

_BARE = re.compile(r"[\w./@+%-]+", re.ASCII)
_NAME = re.compile(r"[\w@][\w.@-]*", re.ASCII)
_WORDS = ("and", "or", "not", "null", "true", "false")
_STANDING = re.compile(f"(?:[{SPACE}](?:and|or)|not)(?:[{SPACE}]|$)", re.IGNORECASE)
_CONTROL = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
#: Outside quotes Elasticsearch would read `\n` before `ot` as an escaped `not`, and `\r` before `or`.
_CODED = {char: f"\\u{ord(char):04x}" for char in _CONTROL}
_SURROGATE = re.compile("[\ud800-\udfff]")


def quoted(text: str) -> str | None:
    """A quoted string; both dialects read it alike."""
    if _SURROGATE.search(text):
        return None
    return '"' + re.sub(r'[\\"\n\r\t]', lambda m: _CONTROL.get(m.group(), "\\" + m.group()), text) + '"'


def literal(text: str, elastic: bool = False) -> str | None:
    """A value, bare where nothing in it could be read otherwise (Kibana ends a value before any `not` and a blank)."""
    if _BARE.fullmatch(text) and text.lower() not in _WORDS and not text.lower().endswith("not"):
        return text
    if text.endswith("\\") and (elastic or text[0] not in TRIMMED) and not _SURROGATE.search(text):
        # Elasticsearch takes a backslash before the last quote for its escape if another quote follows somewhere.
        return _without_blanks(_escaped(text))
    return quoted(text)


def _without_blanks(text: str) -> str:
    return re.sub(f"[{SPACE}\u3000]", lambda m: f"\\u{ord(m.group()):04x}", text)


def name(text: str, pattern: bool = False) -> str | None:
    """A field's name; `pattern` keeps its stars."""
    shape = text.replace("*", "x") if pattern else text
    if _NAME.fullmatch(shape) and text.lower() not in _WORDS and not text.lower().endswith("not"):
        return text
    return quoted(text)


def kibana_glob(tokens: tuple[Token, ...], one_word: bool) -> str | None:
    """A pattern in Kibana's dialect; with `one_word` blanks would part it. A `?` and white space at an end have no
    spelling."""
    first, last = tokens[0], tokens[-1]
    ends = (isinstance(first, str) and first[0] in TRIMMED) or (isinstance(last, str) and last[-1] in TRIMMED)
    literal_text = "".join(token for token in tokens if isinstance(token, str))
    if ONE in tokens or ends or _SURROGATE.search(literal_text):
        return None
    if one_word and re.search(f"[{BLANK}]", literal_text):
        return None
    text = "".join("*" if token is ANY else _escaped(str(token)) for token in tokens)
    if _STANDING.search(text) or re.search(f"[{BLANK}]{{2}}|\u3000", text):
        text = _without_blanks(text)
        text = re.sub("n(?=ot$)", lambda m: f"\\u{ord(m.group()):04x}", text, flags=re.IGNORECASE)
    return text


def _escaped(text: str) -> str:
    return re.sub(f"[{SPECIAL}\n\r\t]", lambda m: _CODED.get(m.group(), "\\" + m.group()), text)


def elastic_glob(tokens: tuple[Token, ...], keyword: bool) -> str | None:
    """A pattern in Elasticsearch's dialect (8.19). On a keyword it is unescaped twice, elsewhere every star is wild;
    sayable only if a star stands before the first backslash."""
    out = []
    for token in tokens:
        if not isinstance(token, str):
            if token is ONE and not keyword:
                return None
            out.append(token.value)
            continue
        if not keyword and ("*" in token or re.search(f"[{BLANK}]", token)):
            return None
        inner = re.sub(r"[\\*?]", r"\\\g<0>", token) if keyword else token
        outer = re.sub(f"[{SPECIAL}]", r"\\\g<0>", inner)
        out.append(re.sub(f"[{BLANK}]", lambda m: f"\\u{ord(m.group()):04x}", outer))
    text = "".join(out)
    sayable = ELASTIC_WORD.fullmatch(text) and starred(text) and not _SURROGATE.search(text)
    return text if sayable else None


def address(value: int) -> str:
    """An address of 128 bits, IPv4 as such."""
    if value >> 32 == 0xFFFF:
        return str(ipaddress.IPv4Address(value & 0xFFFFFFFF))
    return quoted(str(ipaddress.IPv6Address(value))) or ""


def date_span(field: Field, low: int | DateMath, high: int | DateMath) -> str | None:
    """The literal whose granularity is exactly [low, high]."""
    if isinstance(low, DateMath) or isinstance(high, DateMath):
        return _maths(low, False) if low_of(low, high) else None
    return _shortest(field, low, lambda found: found == (low, high))


def low_of(low: int | DateMath, high: int | DateMath) -> bool:
    """Whether both are the ends of one relative date."""
    return (
        isinstance(low, DateMath)
        and isinstance(high, DateMath)
        and (low.text, low.zone) == (high.text, high.zone)
        and (low.round_up, high.round_up) == (False, True)
    )


def date_bound(field: Field, bound: int | DateMath, round_up: bool) -> str | None:
    """The literal whose first (or with `round_up` last) instant is the bound."""
    if isinstance(bound, DateMath):
        return _maths(bound, round_up)
    return _shortest(field, bound, lambda found: found[round_up] == bound)


def _maths(bound: int | DateMath, round_up: bool) -> str | None:
    if not isinstance(bound, DateMath) or bound.round_up != round_up or bound.zone != "UTC":
        return None
    return quoted(bound.text)


def _shortest(field: Field, instant: int, fits: object) -> str | None:
    assert callable(fits)
    nanos = field.type == "date_nanos"
    try:
        whole = text_of(instant, nanos)
    except (OverflowError, ValueError):
        return None
    for text in (*(whole[:length] for length in (10, 13, 16, 19)), whole, str(instant)):
        try:
            if fits(bounds(text, nanos, field.format)):
                return literal(text)
        except DateError:
            continue
    return None
