"""EVTX files, read with the package `evtx` (extra `ruleproof[evtx]`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from converter.diagnostics import DocumentError, Source, UsageError


def load_evtx(path: Path) -> list[dict[str, Any]]:
    """The events of an event log file, in order, each as `{"Event": {"System": …, "EventData": …}}`.

    Raises `UsageError` (no file, or the package is missing) and `DocumentError` for a file that is no event log or
    that has a record which cannot be read.
    """
    try:
        from evtx import PyEvtxParser
    except ImportError:
        raise UsageError("reading EVTX files needs the package `evtx`", help="pip install 'ruleproof[evtx]'") from None
    if not path.is_file():
        raise UsageError(f"there is no file `{path}`")
    try:
        return [json.loads(record["data"]) for record in PyEvtxParser(str(path)).records_json() if record]
    except (RuntimeError, OSError, ValueError) as error:
        source = Source("", str(path))
        raise DocumentError(f"the event log cannot be read: {error}", source=source) from None
