"""Files of own fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from converter.diagnostics import ConverterError, UsageError

HELP = "write `process.pid: long`, one field a line, or an Elasticsearch mapping with `properties`"


def read_file(path: Path) -> Mapping[str, Any]:
    """The file's content, JSON by the ending `.json`, else YAML.

    Raises `UsageError` for a file that cannot be read, `ConverterError` (code `fields`) for one without a mapping."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UsageError(f"cannot read the fields file `{path}`: {reason}") from None
    data = _json(text, path) if path.suffix == ".json" else _yaml(text, path)
    if not isinstance(data, Mapping):
        raise ConverterError(f"the fields file `{path}` holds no names with types", code="fields", help=HELP)
    return data


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConverterError(f"the fields file `{path}` is no JSON: {error}", code="fields") from None


def _yaml(text: str, path: Path) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = str(error).replace("\n", " ")
        raise ConverterError(f"the fields file `{path}` is no YAML: {reason}", code="fields") from None
