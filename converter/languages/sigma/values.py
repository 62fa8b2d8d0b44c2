"""A test of one field as Sigma means it, as a node: by the type that the schema gives the field.

Sigma's values are texts. Where a type only spells them its own way (numbers, addresses, booleans), the test becomes one
of that type. Where it could not take the test at all (a wildcard over a number), or would change it (the words of a
text field), the test is of the **text as the event holds it**: the same name and path, read as a keyword.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from converter.diagnostics import Note, Span
from converter.fields import Fields
from converter.matching.values import lowercase, parse_ip, round_float
from converter.tree import (
    ANY,
    ANY_FIELD,
    NEVER,
    Cidr,
    Exists,
    Field,
    Fold,
    Glob,
    Node,
    Not,
    Term,
    Token,
    Wild,
    disj,
    merge_tokens,
    text_of,
)

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_PREFIX_V4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.){1,3}")
_PREFIX_V6 = re.compile(r"(?:[1-9a-f][0-9a-f]{0,3}):", re.IGNORECASE)
_LETTER = re.compile("[A-Za-z]")


@dataclass
class Reading:
    """What reading a rule collects: notes, each once, and the schema behind the field names."""

    fields: Fields
    notes: dict[tuple[str, str], Note] = field(default_factory=dict)
    _known: dict[str, Field] = field(default_factory=dict)

    def note(self, code: str, message: str, span: Span | None = None) -> None:
        self.notes.setdefault((code, message), Note(code, message, span))

    def field(self, name: str, span: Span | None) -> Field:
        """The field of that name, as Sigma reads it."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._field(name, span)
        return found

    def _field(self, name: str, span: Span | None) -> Field:
        found = self.fields.field(name)
        if not found.known:
            what = "no field of the schema" if found.type == "unmapped" else "in no schema: taken as keyword"
            self.note("unknown-field", f"`{name}` is {what}", span)
        if found.nested is not None:
            self.note("nested", f"`{name}` lies in nested objects, which Sigma does not tell apart", span)
            found = replace(found, nested=None)
        return found


def as_text(found: Field) -> Field:
    """The field's values as the texts that the event holds."""
    texts = ("string", "any", "version", "unmapped")
    return found if found.sort in texts else replace(found, type="keyword")


def as_number(found: Field) -> Field:
    """The field's values as numbers."""
    return found if found.is_number else replace(found, type="double")


def exists(found: Field, truth: bool, span: Span | None) -> Node:
    node = Exists(found, span=span)
    return node if truth else Not(node, span=span)


def text_test(found: Field, tokens: tuple[Token, ...], fold: Fold, span: Span | None, reading: Reading) -> Node:
    """The whole value equals the pattern; `fold` is "ascii" or "none"."""
    tokens = merge_tokens(tokens)
    if tokens == (ANY,):
        return Exists(found, span=span)
    text = text_of(tokens)
    match found.sort:
        case "integer" | "float" if text is not None:
            if _NUMBER.fullmatch(text):
                return number_test(found, float(text) if "." in text else int(text), span, reading)
            return _impossible(found, text, span, reading)
        case "boolean":
            return _boolean(found, tokens, fold, span, reading)
        case "ip":
            node = _address(found, tokens, text, span, reading)
            if node is not None:
                return node
    if found.sort not in ("string", "any", "version", "unmapped", "object", "nested"):
        reading.note(
            "read-as-text", f"`{found.name}` ({found.type}) is compared as the text that the event holds", span
        )
        found = as_text(found)
    return _glob(found, tokens, fold, span, reading)


def _glob(found: Field, tokens: tuple[Token, ...], fold: Fold, span: Span | None, reading: Reading) -> Node:
    literals = [token for token in tokens if isinstance(token, str)]
    if found.type == "keyword_lowercase":
        if fold == "ascii":
            lowered = tuple(lowercase(token) if isinstance(token, str) else token for token in tokens)
            return Glob(found, lowered, "none", span=span)
        if any(lowercase(token) != token for token in literals):
            reading.note("lowercase-field", f"`{found.name}` holds lower-case values only: an exact upper-case letter "
                         "is never found in it", span)  # fmt: skip
        return Glob(found, tokens, "none", span=span)
    if fold == "ascii" and found == ANY_FIELD and reading.fields.lowered:
        lowered = tuple(lowercase(token) if isinstance(token, str) else token for token in tokens)
        return Glob(found, lowered, "lower" if any(_LETTER.search(text) for text in literals) else "none", span=span)
    if fold == "ascii":
        if any(not sign.isascii() and lowercase(sign) != sign.upper() for token in literals for sign in token):
            reading.note("non-ascii-fold", "letters outside ASCII are compared with their case, which engines do "
                         "differently", span)  # fmt: skip
        if not any(_LETTER.search(token) for token in literals):
            fold = "none"
    return Glob(found, tokens, fold, span=span)


def _impossible(found: Field, text: str, span: Span | None, reading: Reading) -> Node:
    reading.note("no-such-value", f"`{found.name}` ({found.type}) can never be `{text}`", span)
    return replace(NEVER, span=span)


def number_test(found: Field, number: int | float, span: Span | None, reading: Reading) -> Node:
    """The value equals a number; on a field of texts, the number as it is written."""
    match found.sort:
        case "integer" if isinstance(number, float) and number != int(number):
            return _impossible(found, str(number), span, reading)
        case "integer":
            return Term(found, int(number), span=span)
        case "float":
            return Term(found, round_float(found, float(number)), span=span)
    return text_test(found, (str(number),), "ascii", span, reading)


def _boolean(found: Field, tokens: tuple[Token, ...], fold: Fold, span: Span | None, reading: Reading) -> Node:
    pattern = "".join(re.escape(t) if isinstance(t, str) else ".*" if t is ANY else "." for t in tokens)
    test = re.compile(pattern, re.DOTALL | (re.IGNORECASE if fold == "ascii" else 0))
    hits = [truth for truth in (False, True) if test.fullmatch(str(truth).lower())]
    if not hits:
        return _impossible(found, _shown(tokens), span, reading)
    return disj((Term(found, truth, span=span) for truth in hits), span)


def _shown(tokens: tuple[Token, ...]) -> str:
    return "".join(token.value if isinstance(token, Wild) else token for token in tokens)


def _address(
    found: Field, tokens: tuple[Token, ...], text: str | None, span: Span | None, reading: Reading
) -> Node | None:
    """An address, or a beginning of one that is a network (`10.1.*`, `fe80:*`); None for other patterns."""
    if text is not None:
        address = parse_ip(text)
        return _impossible(found, text, span, reading) if address is None else Term(found, address, span=span)
    match tokens:
        case (str() as head, Wild.ANY) if _PREFIX_V4.fullmatch(head):
            octets = head.rstrip(".").split(".")
            return Cidr(found, ".".join((octets + ["0"] * 3)[:4]) + f"/{8 * len(octets)}", span=span)
        case (str() as head, Wild.ANY) if _PREFIX_V6.fullmatch(head):
            return Cidr(found, head.lower() + ":/16", span=span)
    return None
