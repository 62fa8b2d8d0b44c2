"""A correlation and its base rules as one Sigma text."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from converter.diagnostics import UnsupportedError, UsageError
from converter.documents import Document
from converter.languages import get
from converter.porting.carried import ID_SPACE
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
    from converter.languages.sigma.render import ordered
    from converter.languages.sigma.yaml_writer import document as yaml

    metadata = sigma_metadata(document)
    slug = re.sub(r"[^a-z0-9]+", "_", document.name.lower()).strip("_")[:60].strip("_") or "rule"
    names = [f"{slug}_{number}" for number in range(1, len(rules) + 1)] if len(rules) > 1 else [f"{slug}_base"]
    texts = []
    for number, (name, (node, keys)) in enumerate(zip(names, rules, strict=True), 1):
        own = _about(metadata, name, number, len(rules))
        texts.append(_rule(source, conj([node, *(Exists(field) for field in dict.fromkeys(keys))]), own, losses))
    body: dict[str, Any] = {"type": kind, "rules": names, **_keys(names, [keys for _, keys in rules])}
    body["timespan"] = duration(span)
    if condition is not None:
        body["condition"] = dict(condition)
    elastic = metadata.pop("elastic", None)
    head = {key: value for key, value in metadata.items() if key != "logsource"}
    texts.append(yaml({**ordered({**head, "correlation": body}), **({"elastic": elastic} if elastic else {})}))
    return "---\n".join(texts)


def _about(metadata: Mapping[str, Any], name: str, number: int, of: int) -> dict[str, Any]:
    """What one of the rules that a correlation counts says of itself."""
    title = metadata["title"]
    shared = {key: metadata[key] for key in ("taxonomy", "status", "author", "date", "logsource") if key in metadata}
    return {
        **shared, "title": f"{title}: {number} of {of}" if of > 1 else f"{title}: events", "name": name,
        "id": str(uuid.uuid5(ID_SPACE, f"{metadata['id']} {number}")), "level": "informational",
        "description": f"Events that the correlation `{title}` counts." if of == 1 else
        f"Step {number} of {of} of the correlation `{title}`.",
    }  # fmt: skip


def _keys(names: Sequence[str], keys: Sequence[tuple[Field, ...]]) -> dict[str, Any]:
    """`group-by`, which the specification's schema asks for, with an alias for each key that is another field in each
    rule."""
    columns = dict.fromkeys(tuple(field.name for field in column) for column in zip(*keys, strict=True))
    listed: list[str] = []
    aliases: dict[str, dict[str, str]] = {}
    for column in columns:
        if len(set(column)) == 1:
            listed.append(column[0])
            continue
        wanted = _shared_end(column)
        name = next(n for n in (wanted, *(f"{wanted}_{i}" for i in range(2, 100))) if n not in listed)
        listed.append(name)
        aliases[name] = dict(zip(names, column, strict=True))
    return {"group-by": listed, **({"aliases": aliases} if aliases else {})}


def _shared_end(names: Sequence[str]) -> str:
    """What the names of fields end with alike, as one word: `entity_id` of `process.entity_id` and
    `process.parent.entity_id`, `path_executable` where they have nothing in common."""
    ends = [name.split(".")[::-1] for name in names]
    shared = list(takewhile(lambda parts: len(set(parts)) == 1, zip(*ends, strict=False)))
    found = "_".join(parts[0] for parts in reversed(shared)) or "_".join(dict.fromkeys(end[0] for end in ends))
    return re.sub(r"[^A-Za-z0-9]+", "_", found).strip("_") or "key"


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
