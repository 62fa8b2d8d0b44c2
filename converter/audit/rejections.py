"""Names for why a rule has no query that runs: what the back end cannot do, and what the engine rejects."""

from __future__ import annotations

import re
from typing import Any

from converter.diagnostics import ConverterError, FieldTypeError
from converter.tree.pipeline import Both, Either, Inverse, Pipeline, Where

#: Elasticsearch 8.19 takes ES|QL expressions of so many levels: a node's answers to growing chains.
MAX_LEVELS = 300

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


#: What a parser says of a text → why the engine rejects it.
_REJECTED = (
    (r"nknown column", "unknown column"),
    (r"needs a condition, not a (string|number)", "keyword search is no condition"),
    (r"is no escape of EQL", "invalid escape in a string literal (\\* or \\?)"),
    (r"a backslash stands before neither", "single backslash in LIKE"),
    (r"escape that ES\|QL does not know", "invalid escape in a string literal (\\* or \\?)"),
    (r"too complex|too large", "regex too complex"),
    (r"regular expression|the pattern .* is broken", "regex syntax"),
    (r"nested too deeply|too deep|more than 300", "expression too deep (more than 300)"),
    (r"found ip\b|\bip\b.*(LIKE|RLIKE|STARTS_WITH|ENDS_WITH)|(LIKE|RLIKE|_with|_WITH).*\bip\b",
     "string predicate on an ip field"),
)  # fmt: skip


def rejected(error: ConverterError) -> str:
    """The cause for a parser's error."""
    text = str(error)
    what = next((name for pattern, name in _REJECTED if re.search(pattern, text)), None)
    if what is None:
        what = "type mismatch (text against number or boolean)" if isinstance(error, FieldTypeError) else "syntax"
    return f"rejected: {what}"


def too_deep(tree: Any) -> bool:
    """Whether an ES|QL text has more levels of expression than Elasticsearch takes, whatever its parentheses add."""
    if not isinstance(tree, Pipeline):
        return False
    return any(_levels(item.condition) > MAX_LEVELS for item in tree.commands if isinstance(item, Where))


def _levels(expression: Any) -> int:
    """A chain of n conditions is read as n - 1 nested pairs, the first ones innermost; a condition has three levels."""
    match expression:
        case Both(items=items) | Either(items=items):
            return max(_levels(item) + len(items) - max(at, 1) for at, item in enumerate(items))
        case Inverse(item=item):
            return _levels(item) + 1
    return 3
