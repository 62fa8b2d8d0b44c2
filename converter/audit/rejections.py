"""Names for why a rule has no query that runs: what the back end cannot do, and what the engine rejects."""

from __future__ import annotations

import re

from converter.diagnostics import ConverterError

#: What a back end says → what it could not convert.
_NOT_CONVERTED = (
    (r"laceholder", "placeholder"),
    (r"(String|Numeric|Regular expression) (value|template)|UnboundValue|unbound", "keyword search (no field)"),
    (r"[Ff]ield reference|FieldReference|field references", "field reference"),
    (r"exists expressions", "exists"),
    (r"[Cc]ase-sensitive", "case-sensitive string"),
    (r"timestamp part", "part of a date"),
)


def not_converted(error: str) -> str:
    """The cause for a back end's error."""
    what = next((name for pattern, name in _NOT_CONVERTED if re.search(pattern, error)), error.partition(":")[0])
    return f"not converted: {what}"


def rejected(language: str, error: ConverterError, text: str) -> str:
    """The cause for a parser's error."""
    return "rejected: " + str(error)
