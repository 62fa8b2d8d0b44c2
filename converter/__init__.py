"""ruleproof: port a detection rule between Elastic Security and Sigma, and prove that the port matches the same events.

The names below are the public interface; each is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    **dict.fromkeys(("parse", "render", "match", "matches", "table", "Hit", "Event"), "converter.api"),
    **dict.fromkeys(
        (
            "ConverterError", "DocumentError", "Diagnostic", "FieldTypeError", "ParseError", "SchemaError",
            "UnsupportedError", "UsageError",
        ),
        "converter.diagnostics",
    ),
    **dict.fromkeys(("compare", "fixtures", "Verdict", "Fixture"), "converter.proof"),
    **dict.fromkeys(("load", "Document"), "converter.documents"),
    **dict.fromkeys(("port", "Port", "Loss"), "converter.porting"),
    **dict.fromkeys(("alerts", "Alert"), "converter.alerting"),
    "Query": "converter.query",
    "Fields": "converter.fields",
}  # fmt: skip

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module `converter` has no attribute `{name}`")
    return getattr(importlib.import_module(_PUBLIC[name]), name)
