"""Rule files in and out: Elastic TOML, NDJSON, JSON and documentation pages, Sigma YAML; events and fixtures."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from converter.documents.document import Document

if TYPE_CHECKING:
    from converter.documents.editing import edit
    from converter.documents.events import load_events, load_fixtures
    from converter.documents.loading import load, loads
    from converter.documents.references import link, referred, rules_of
    from converter.documents.schema import validate
    from converter.documents.writing import dump

_HOME = {
    "dump": "writing",
    "edit": "editing",
    "link": "references",
    "load": "loading",
    "load_events": "events",
    "load_fixtures": "events",
    "loads": "loading",
    "referred": "references",
    "rules_of": "references",
    "validate": "schema",
}

__all__ = [
    "Document", "dump", "edit", "link", "load", "load_events", "load_fixtures", "loads", "referred", "rules_of",
    "validate",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
