"""Source text, positions in it, and the errors that people read.

Everything that can go wrong is a `Diagnostic` (what, where, what to do) carried by a `ConverterError`.
This module imports nothing of the project.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of character offsets into the text that was parsed."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The smallest span that holds both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


@dataclass(frozen=True, slots=True)
class Position:
    """A place as an editor shows it: line and column count from 1."""

    path: str | None
    line: int
    column: int
    line_text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A text with the place where it stands.

    `outer` is the whole file in which `text` is embedded (a query inside a rule file) and `offset` the place of
    its first character there; `outer` is None where the text is the whole file, or its place in the file is not known
    letter by letter, then `line` is the line where it begins, if known. `jumps` is for a text with escapes: pairs
    (offset in `text`, offset in `outer`), in order, from each of which on both run side by side to the next. `parts`
    are texts of other files behind the own one: each with the offset in `text` where it begins.
    """

    text: str
    path: str | None = None
    outer: str | None = None
    offset: int = 0
    line: int = 1
    jumps: tuple[tuple[int, int], ...] = ()
    parts: tuple[tuple[int, Source], ...] = ()

    def _in_outer(self, at: int) -> int:
        index = bisect_right(self.jumps, at, key=itemgetter(0)) - 1
        start, place = self.jumps[index] if index >= 0 else (0, self.offset)
        return place + at - start

    def locate(self, span: Span) -> Position:
        """Where a span of `text` begins, in the file if there is one."""
        for begin, part in reversed(self.parts):
            if span.start >= begin:
                return part.locate(Span(span.start - begin, span.end - begin))
        whole, at = (self.outer, self._in_outer(span.start)) if self.outer is not None else (self.text, span.start)
        at = min(max(at, 0), len(whole))
        start = whole.rfind("\n", 0, at) + 1
        stop = whole.find("\n", at)
        line_text = whole[start : stop if stop >= 0 else len(whole)].rstrip("\r")
        first = self.line if self.outer is None else 1
        return Position(self.path, first + whole.count("\n", 0, at), at - start + 1, line_text)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: `code` is stable, `message` lower case without a final period, user text in backquotes."""

    code: str
    message: str
    severity: Severity = "error"
    span: Span | None = None
    source: Source | None = None
    help: str | None = None

    @property
    def position(self) -> Position | None:
        if self.source is None:
            return None
        return self.source.locate(self.span or Span(0, 0))

    def render(self) -> str:
        """The finding as the terminal shows it: headline, place, underlined line, help."""
        lines = [f"{self.severity}[{self.code}]: {self.message}"]
        place = self.position
        if place is not None:
            where = place.path or "<query>"
            lines.append(f"  --> {where}:{place.line}:{place.column}")
            if self.span is not None and place.line_text.strip():
                lines += self._underlined(place)
        if self.help:
            lines.append(f"help: {self.help}")
        return "\n".join(lines)

    def _underlined(self, place: Position) -> list[str]:
        assert self.span is not None
        text, column = place.line_text.replace("\t", " "), place.column - 1
        if len(text) > 100:  # keep the marked part in sight
            cut = max(0, column - 60)
            text, column = text[cut : cut + 100], column - cut
        width = max(1, min(self.span.end - self.span.start, len(text) - column))
        margin = " " * len(str(place.line))
        return [f"{place.line} | {text}", f"{margin} | {' ' * column}{'^' * width}"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a report must say although nothing failed (an unknown field, a fact taken as given)."""

    code: str
    message: str
    span: Span | None = field(default=None, compare=False)


class ConverterError(Exception):
    """Base of every error that ruleproof raises on purpose; holds one diagnostic or several."""

    code = "error"

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        source: Source | None = None,
        help: str | None = None,
        code: str | None = None,
    ) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (
            Diagnostic(code or self.code, message, "error", span, source, help),
        )
        super().__init__(message)

    @classmethod
    def of(cls, diagnostics: Sequence[Diagnostic]) -> ConverterError:
        """One error that carries all findings of a file."""
        error = cls("; ".join(d.message for d in diagnostics))
        error.diagnostics = tuple(diagnostics)
        return error

    def at(self, source: Source) -> ConverterError:
        """The same error with the place filled in where it is not known yet."""
        self.diagnostics = tuple(
            d if d.source is not None else Diagnostic(d.code, d.message, d.severity, d.span, source, d.help)
            for d in self.diagnostics
        )
        return self

    def render(self) -> str:
        return "\n\n".join(d.render() for d in self.diagnostics)


class UsageError(ConverterError):
    """The call's words are off: an unknown language, a file that does not exist."""

    code = "usage"


class ParseError(ConverterError):
    """A text is not of its language."""

    code = "parse"


class FieldTypeError(ConverterError):
    """A field's type cannot take the value or the operator."""

    code = "type"


class UnsupportedError(ConverterError):
    """A construct that a language (or this tool) cannot say; one diagnostic for each."""

    code = "unsupported"


class DocumentError(ConverterError):
    """A rule file that cannot be read as a document."""

    code = "document"


class SchemaError(DocumentError):
    """A document against its JSON Schema."""

    code = "schema"
