"""A correlation and its base rules as one Sigma text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from converter.diagnostics import UnsupportedError, UsageError
from converter.documents import Document
from converter.languages import get
from converter.porting.metadata import sigma_metadata
from converter.porting.outcome import Loss
from converter.porting.weaken import sayable_by, weaken
from converter.query import Query
from converter.tree import Const, Exists, Field, Node, Not
from converter.tree.nodes import conj

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000))


def duration(milliseconds: int) -> str:
    """`5m`; raises `UnsupportedError` for what is no whole number of seconds, Sigma's shortest unit."""
    for unit, size in _UNITS:
        if milliseconds > 0 and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    raise UnsupportedError(f"a span of {milliseconds} ms is no whole number of seconds", code="timespan")


def milliseconds_of(text: str) -> int:
    """`5m` in milliseconds; raises `UsageError` for what is no time span."""
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", text) if isinstance(text, str) else None
    if found is None or not int(found[1]):
        raise UsageError(f"`{text}` is no time span", help="write it like 30s, 5m, 12h, 7d")
    return int(found[1]) * dict(_UNITS)[found[2]]


def correlation_text(
    source: Query, document: Document, rules: Sequence[tuple[Node, tuple[Field, ...]]], kind: str,
    condition: Mapping[str, Any] | None, span: int, losses: list[Loss],
) -> str:  # fmt: skip
    """Base rules with names, then the correlation that holds the rule's own metadata. What Sigma cannot say of a base
    rule is added to `losses`."""
    from converter.languages.sigma.yaml_writer import document as yaml

    metadata = sigma_metadata(document)
    slug = re.sub(r"[^a-z0-9]+", "_", document.name.lower()).strip("_")[:60].strip("_") or "rule"
    names = [f"{slug}_{number}" for number in range(1, len(rules) + 1)] if len(rules) > 1 else [f"{slug}_base"]
    texts = []
    for number, (name, (node, keys)) in enumerate(zip(names, rules, strict=True), 1):
        own = {
            "title": f"{metadata['title']}: {number} of {len(rules)}" if len(rules) > 1 else
            f"{metadata['title']}: events", "name": name, "taxonomy": "ecs", "logsource": metadata["logsource"],
        }  # fmt: skip
        texts.append(_rule(source, conj([node, *(Exists(field) for field in dict.fromkeys(keys))]), own, losses))
    body: dict[str, Any] = {"type": kind, "rules": names, **_keys(names, [keys for _, keys in rules])}
    body["timespan"] = duration(span)
    if condition is not None:
        body["condition"] = dict(condition)
    elastic = metadata.pop("elastic", None)
    head = {key: value for key, value in metadata.items() if key != "logsource"}
    texts.append(yaml({**head, "correlation": body, **({"elastic": elastic} if elastic else {})}))
    return "---\n".join(texts)


def _keys(names: Sequence[str], keys: Sequence[tuple[Field, ...]]) -> dict[str, Any]:
    """`group-by`, with an alias for each key that is another field in each rule."""
    columns = dict.fromkeys(tuple(field.name for field in column) for column in zip(*keys, strict=True))
    listed, aliases = [], {}
    for number, column in enumerate(columns, 1):
        same = len(set(column)) == 1
        listed.append(column[0] if same else f"key_{number}")
        if not same:
            aliases[f"key_{number}"] = dict(zip(names, column, strict=True))
    return {**({"group-by": listed} if listed else {}), **({"aliases": aliases} if aliases else {})}


def _rule(source: Query, node: Node, own: Mapping[str, Any], losses: list[Loss]) -> str:
    """One base rule; a broader one, each loss named, where Sigma cannot say all of it."""
    render = get("sigma").render
    try:
        return render(node, source.fields, {"metadata": own})
    except UnsupportedError as error:
        wider = {"metadata": own, "inexact": "broader"}
        weaker, _ = weaken(node, sayable_by(lambda atom: render(atom, source.fields, wider)))
        if isinstance(weaker, Const | Not):
            raise
        losses += [Loss(d.code, d.message, d.span) for d in error.diagnostics]
        return render(weaker, source.fields, wider)
