"""The keys that Elastic and Sigma both have a word for, each as a pair of functions."""

from __future__ import annotations

import re
import textwrap
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from converter.porting.attack import attack_tags, threat

#: A name space of our own, so that the same rule always gets the same id.
ID_SPACE = uuid.UUID("6f0a5d4e-9a1c-5d43-9d3f-0d2f5a1c7be1")

#: Severity → risk score, as Kibana pairs them.
RISK_SCORES = {"low": 21, "medium": 47, "high": 73, "critical": 99}

#: Columns of a wrapped text in a TOML rule file, without its indentation.
_TEXT_WIDTH = 116

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

MATURITY_STATUS = {
    "production": "stable", "development": "experimental", "beta": "test", "deprecated": "deprecated"
}  # fmt: skip
STATUS_MATURITY = {status: maturity for maturity, status in MATURITY_STATUS.items()}


@dataclass(frozen=True)
class Carried:
    """An Elastic key as a Sigma key, and both ways between; `in_metadata`: it stands in a TOML file's `[metadata]`."""

    elastic: str
    sigma: str
    to_sigma: Callable[[Any], Any]
    to_elastic: Callable[[Any], Any]
    in_metadata: bool = False


def _same(value: Any) -> Any:
    return value


def _dashed(value: Any) -> Any:
    return value.replace("/", "-") if isinstance(value, str) and re.fullmatch(r"\d{4}/\d\d/\d\d", value) else None


def slashed(value: Any) -> str | None:
    """A date as TOML rule files write it; None if it is none."""
    found = re.fullmatch(r"(\d{4})[-/](\d\d)[-/](\d\d)", str(value))
    return "/".join(found.groups()) if found else None


def _joined(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list) and value and all(isinstance(v, str) for v in value) else None


def _split(value: Any) -> Any:
    return value.split(", ") if isinstance(value, str) else None


def _strings(value: Any) -> Any:
    return value if isinstance(value, list) and value and all(isinstance(v, str) and v for v in value) else None


def _paragraphs(value: Any) -> Any:
    """Texts without the layout that a TOML file's basic strings give them: indented, wrapped, closed on a line of
    its own. What has structure (empty lines, lists) stays."""
    return [
        text if re.search(r"\n\s*(\n|[-*#|>0-9])", text.strip()) else " ".join(text.split())
        for text in _strings(value) or ()
    ] or None


def _laid_out(value: Any) -> Any:
    """Texts in that layout, where they are longer than one line."""
    return value if not isinstance(value, list) else [_wrapped(text) for text in value]


def _wrapped(text: Any) -> Any:
    if not isinstance(text, str) or len(text) <= _TEXT_WIDTH or text != " ".join(text.split()):
        return text
    lines = textwrap.wrap(text, _TEXT_WIDTH, break_long_words=False, break_on_hyphens=False)
    return "".join(f"    {line}\n" for line in lines) + "    "


def _id(value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return None
    return value.lower() if _UUID.fullmatch(value) else str(uuid.uuid5(ID_SPACE, value))


def _text(value: Any) -> Any:
    return value if isinstance(value, str) and value.strip() else None


def _tags(blocks: Any) -> Any:
    return attack_tags(blocks) or None


def _threat(tags: Any) -> Any:
    return threat(tags).blocks or None if isinstance(tags, list) else None


CARRIED = (
    Carried("name", "title", _text, _same),
    Carried("rule_id", "id", _id, _same),
    Carried("maturity", "status", MATURITY_STATUS.get, STATUS_MATURITY.get, in_metadata=True),
    Carried("description", "description", _text, _same),
    Carried("license", "license", _text, _same),
    Carried("references", "references", _strings, _same),
    Carried("author", "author", _joined, _split),
    Carried("creation_date", "date", _dashed, slashed, in_metadata=True),
    Carried("updated_date", "modified", _dashed, slashed, in_metadata=True),
    Carried("false_positives", "falsepositives", _paragraphs, _laid_out),
    Carried("severity", "level", _text, _same),
    Carried("threat", "tags", _tags, _threat),
)
