"""All that the audit asks of the published Elastic back ends of pySigma."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from converter.diagnostics import UsageError

INSTALL = "install them with: pip install 'ruleproof[backends]'"


@dataclass(frozen=True)
class Output:
    """One form that a back end writes: its module and class, the format's name there, and the language it is in."""

    name: str
    module: str
    cls: str
    format: str
    language: str


#: The formats that are queries; the others of these back ends wrap the same texts into documents.
OUTPUTS: Mapping[str, Output] = {
    output.name: output
    for output in (
        Output("lucene", "sigma.backends.elasticsearch", "LuceneBackend", "default", "lucene"),
        Output("dsl", "sigma.backends.elasticsearch", "LuceneBackend", "dsl_lucene", "dsl"),
        Output("esql", "sigma.backends.elasticsearch", "ESQLBackend", "default", "esql"),
        Output("eql", "sigma.backends.elasticsearch", "EqlBackend", "default", "eql"),
        Output("elastalert", "sigma.backends.elasticsearch", "ElastalertBackend", "default", "dsl"),
    )
}


@dataclass(frozen=True)
class Emitted:
    """What a back end made of a rule: a text for each condition, or why there is none."""

    texts: tuple[str, ...] = ()
    error: str | None = None


def installed(wanted: Iterable[str] = ()) -> list[Output]:
    """The wanted outputs (none: all) of the back ends that are installed.

    Raises `UsageError` for an unknown output, and where no back end for one is installed."""
    names = list(dict.fromkeys(wanted))
    for name in names:
        if name not in OUTPUTS:
            raise UsageError(f"there is no output `{name}`", help="use some of " + ", ".join(OUTPUTS))
    found = [OUTPUTS[name] for name in names or OUTPUTS if _class(OUTPUTS[name]) is not None]
    if not found or (names and len(found) < len(names)):
        raise UsageError("the published Elastic back ends of pySigma are not installed", help=INSTALL)
    return found


def _class(output: Output) -> Any:
    try:
        return getattr(importlib.import_module(output.module), output.cls, None)
    except ImportError:
        return None


class Converter:
    """The back ends of one run, behind one pySigma pipeline (None: none)."""

    def __init__(self, pipeline: Any = None) -> None:
        self._pipeline = pipeline
        self._made: dict[str, Any] = {}

    def convert(self, rule: str, output: Output) -> Emitted:
        """The rule's text as that output; what the back end cannot do is an error in words."""
        from sigma.collection import SigmaCollection

        try:
            backend = self._made.get(output.name)
            if backend is None:
                backend = self._made[output.name] = _class(output)(self._pipeline)
            made = backend.convert(SigmaCollection.from_yaml(rule), output.format)
            texts = tuple(_text(item, output) for item in (made if isinstance(made, list) else [made]))
        except Exception as error:  # a back end may fail in any way; each is a finding about it
            text = " ".join(str(error).split())
            return Emitted(error=f"{type(error).__name__}: {text}" if text else type(error).__name__)
        return Emitted(texts) if texts else Emitted(error="the back end gave no query")


def _text(made: Any, output: Output) -> str:
    if output.name == "elastalert":
        import yaml

        rule = yaml.safe_load(made) if isinstance(made, str) else made
        made = {"bool": {"filter": [item.get("query", item) for item in rule["filter"]]}}
    if isinstance(made, str):
        return made
    return json.dumps(made.get("query", made))
