"""A counterexample on the user's own cluster: what the emitted query answers there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from converter.audit.audit import Finding, Subject
from converter.audit.backends import OUTPUTS
from converter.diagnostics import ConverterError, Source
from converter.engines.elasticsearch import Cluster
from converter.engines.forms import asks_of, send
from converter.languages import parse
from converter.tree import ANY_FIELD, fields_of


@dataclass(frozen=True)
class Shown:
    """`found`: whether the cluster's answer holds the event; None with an `error` where it gave none.

    `confirms`: it answers as the audit says, and so not as the rule means it."""

    found: bool | None
    error: str | None = None
    expected: bool | None = None

    @property
    def confirms(self) -> bool:
        return self.found is not None and self.found != self.expected

    def as_json(self) -> dict[str, Any]:
        out = {"found": self.found, "confirms": self.confirms}
        return out if self.error is None else {**out, "error": self.error}


def shown(cluster: Cluster, rule: Subject, finding: Finding) -> Shown:
    """Load the finding's counterexample into a throw-away index with the rule's fields, and ask the emitted texts.

    A text that the cluster rejects is an error. Raises `EngineError` where the cluster does not answer."""
    if finding.counterexample is None:
        return Shown(None, "there is no event to show")
    found: bool | None = False
    event = dict(finding.counterexample)
    with cluster.index([event], _names(rule, event), rule.schemas.index) as index:
        if index.rejected:
            return Shown(None, f"the index does not take the event: {index.rejected[0]}", finding.expected)
        for text in finding.texts:
            query = parse(OUTPUTS[finding.output].language, Source(text), rule.schemas.index)
            for ask in asks_of("output", query, cluster.has_eql(index) if query.language == "eql" else False):
                try:
                    run = send(cluster, index, ask)
                except ConverterError as error:
                    return Shown(None, str(error), finding.expected)
                if run.picked is None:
                    return Shown(None, run.error, finding.expected)
                found = bool(found or run.picked)
    return Shown(found, None, finding.expected)


def _names(rule: Subject, event: Mapping[str, Any]) -> list[str]:
    index = rule.schemas.index
    names = [field.name for field in index] if index.closed else [*event]
    if rule.tree is not None:
        names += [field.name for field in fields_of(rule.tree) if field != ANY_FIELD]
    return list(dict.fromkeys(names))
