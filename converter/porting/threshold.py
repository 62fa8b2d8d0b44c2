"""A Sigma correlation that counts as an Elastic threshold rule."""

from __future__ import annotations

from dataclasses import replace

from converter.documents import Document
from converter.fields import FieldsSpec
from converter.porting.outcome import Loss, Port
from converter.porting.porter import port_rule

LANGUAGES = ("kuery", "lucene")


def threshold_rule(sigma: Document, language: str, fields: FieldsSpec = None, approximate: bool = False) -> Port:
    """The base query in `language`, `extra["data"]` the threshold rule's keys; refused for any other correlation."""
    if sigma.type != "correlation" or language not in LANGUAGES:
        reason = "only a correlation that counts events or values is a threshold rule"
        return Port("refused", language, None, (Loss("correlation", reason),), reason=reason)
    found = port_rule(sigma, language, "auto", fields, approximate)
    data = {key: found.extra[key] for key in ("threshold", "from") if key in found.extra}
    return replace(found, extra={**found.extra, "data": data})
