"""One self-contained page: rules × forms, details, ATT&CK, findings. It loads nothing and sends nothing.

Rules are hostile input: their texts stand in the page as JSON data that no browser runs, the page's script writes them
as text only, and the policy in its head allows that one script by its hash.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from importlib.resources import files
from typing import Any, TextIO

from converter.reports import Format
from converter.reports.model import Report

_SCRIPTS = ("base", "rules", "detail", "attack", "findings", "start")
#: Data of more characters stand compressed in the page.
PLAIN_LIMIT = 400_000
#: What could end the element that holds the data, or a line of script, in any reader.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def write(report: Report, stream: TextIO) -> None:
    style = _part("page.css")
    script = f"(() => {{\n'use strict';\n{''.join(_part(f'{name}.js') for name in _SCRIPTS)}}})();\n"
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    data, encoding = embedded(_content(report))
    values = {
        "csp": html.escape(policy, quote=True), "version": html.escape(report.version),
        "title": html.escape(report.title), "style": style, "script": script, "data": data, "encoding": encoding,
    }  # fmt: skip
    stream.write(re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], _part("page.html")))


def embedded(content: Any) -> tuple[str, str]:
    """JSON as it may stand inside a `script` element, and its encoding: `plain` or `gzip` (base64)."""
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"), default=str, allow_nan=False)
    if len(text) > PLAIN_LIMIT:
        return base64.b64encode(gzip.compress(text.encode("ascii"), 9, mtime=0)).decode("ascii"), "gzip"
    return re.sub("[<>&\u2028\u2029]", lambda found: _ESCAPES[found[0]], text), "plain"


def _content(report: Report) -> dict[str, Any]:
    from converter.checks import checks
    from converter.porting.attack import table

    content = _plain(report.as_json())
    for row, finding in zip(content["findings"], report.findings, strict=True):
        row["line_text"] = finding.line_text
    told = {finding.code for finding in report.findings}
    return {
        **content,
        "languages": list(report.languages),
        "attack": {key: table()[key] for key in ("version", "notice", "tactics", "techniques") if key in table()},
        "checks": {check.code: check.doc for check in checks() if check.code in told},
    }


def _plain(value: Any) -> Any:
    """The value in what JSON and a browser know: numbers that a browser would round become texts."""
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case bool() | None | str():
            return value
        case int():
            return value if abs(value) < 2**53 else str(value)
        case float():
            return value if value - value == 0 else str(value)
    return str(value)


def _part(name: str) -> str:
    return files("converter.reports").joinpath("data", "page", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


FORMAT = Format("html", "one self-contained page", (".html", ".htm"), write)
