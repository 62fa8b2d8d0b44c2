"""A Sigma correlation that counts events as an Elastic threshold rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from converter.diagnostics import ConverterError
from converter.documents import Document
from converter.fields import FieldsSpec
from converter.mapping import to_ecs
from converter.porting.new_rule import speaks_ecs
from converter.porting.outcome import Loss, Port
from converter.porting.rule_query import rule_query
from converter.query import Query
from converter.tree import And, Exists, Field, Node, conj

LANGUAGES = ("kuery", "lucene")
GIVEN = "the rule is evaluated at every event"


def threshold_rule(sigma: Document, language: str, fields: FieldsSpec = None, approximate: bool = False) -> Port:
    """The base query in `language`, `extra["data"]` the keys of the threshold rule; refused for any other correlation.

    The threshold groups by its fields, so that an event without one of them is never counted: the base query need not
    ask for them again.
    """
    from converter.porting.porter import port_query, predicate_of

    spec = sigma.data.get("correlation")
    base = _base(sigma)
    if not isinstance(spec, Mapping) or base is None or language not in LANGUAGES:
        return _no(
            "only a correlation that counts the events of one rule of the same file is a threshold rule", language
        )
    try:
        source = rule_query(base, fields)
        log_source = None if speaks_ecs(base.data) else base.data.get("logsource") or {}
        data, keys = _threshold(spec, source, log_source)
        tree = predicate_of(source)
        assert tree is not None, "a detection rule is a condition on one event"
        found = port_query(replace(source, tree=_without(tree, keys)), base, language, "auto", approximate)
    except ConverterError as error:
        return _no(error.diagnostics[0].message, language)
    data["from"] = f"now-{spec.get('timespan')}"
    return replace(found, given=(GIVEN, *found.given), extra={**found.extra, "data": data})


def _no(reason: str, language: str) -> Port:
    return Port("refused", language, None, (Loss("correlation", reason),), reason=reason)


def _base(sigma: Document) -> Document | None:
    """The one rule that the correlation refers to, where it stands in the same file."""
    spec = sigma.data.get("correlation")
    named = spec.get("rules") if isinstance(spec, Mapping) else None
    names = [named] if isinstance(named, str) else named
    if not isinstance(names, list) or len(names) != 1:
        return None
    return next(
        (item for item in sigma.siblings if item.type == "rule" and names[0] in (item.data.get("name"), item.id)), None
    )


def _threshold(
    spec: Mapping[str, Any], source: Query, log_source: Mapping[str, Any] | None
) -> tuple[dict[str, Any], list[Field]]:
    """The `threshold` key, and the Sigma fields that it groups by."""
    listed = spec.get("group-by") or []
    names = [listed] if isinstance(listed, str) else list(listed)
    condition: Any = spec.get("condition") or {}
    least = condition.get("gte", condition.get("gt", -1) + 1) if isinstance(condition, Mapping) else None
    bounds = set(condition) - {"field"} if isinstance(condition, Mapping) else set()
    if not isinstance(least, int) or least < 1 or len(bounds) != 1 or spec.get("aliases"):
        raise ConverterError("a threshold is one lower bound", code="correlation")
    keys = [source.fields.field(name) for name in names]
    out = [_named(key, source, log_source) for key in keys]
    if spec.get("type") == "event_count":
        return {"threshold": {"field": out, "value": least}}, keys
    if spec.get("type") == "value_count" and isinstance(condition.get("field"), str):
        counted = _named(source.fields.field(condition["field"]), source, log_source)
        return {"threshold": {"field": out, "value": 1, "cardinality": [{"field": counted, "value": least}]}}, keys
    raise ConverterError(f"a correlation of type `{spec.get('type')}` is no threshold", code="correlation")


def _named(field: Field, source: Query, log_source: Mapping[str, Any] | None) -> str:
    """The field's name in Elasticsearch."""
    if log_source is None:
        return field.name
    tree = to_ecs(Exists(field), log_source, source.fields).tree
    tests = [item for item in (tree.items if isinstance(tree, And) else (tree,)) if isinstance(item, Exists)]
    if len(tests) != 1:
        raise ConverterError(f"`{field.name}` is not one field in Elasticsearch", code="correlation")
    return tests[0].field.name


def _without(tree: Node, keys: Sequence[Field]) -> Node:
    """The tree without the conditions that a key is there."""
    if not isinstance(tree, And):
        return tree
    names = {key.name for key in keys}
    left = [item for item in tree.items if not (isinstance(item, Exists) and item.field.name in names)]
    return conj(left) if left else tree
