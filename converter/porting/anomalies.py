"""A machine_learning rule as what it asks of the records of anomalies, and back.

Kibana (security solution, `getAnomalies`) searches the results of the rule's jobs for `result_type: record`, not
interim, with a `record_score` of the threshold at least; a job `*` stands for all. What makes a record is the job's
business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from converter.diagnostics import Source, UnsupportedError
from converter.documents import Document, edit, loads
from converter.fields import Fields, FieldsSpec
from converter.languages import parse
from converter.query import Query
from converter.tree import And, Glob, Node, Or, Range, Term, text_of

TYPE = "machine_learning"
KEYS = ("machine_learning_job_id", "anomaly_threshold")
GIVEN = (
    "a machine_learning rule alerts on the anomaly records of its jobs (.ml-anomalies-*) that are not interim and "
    "whose record_score is its threshold at least"
)


def anomaly_query(document: Document, fields: FieldsSpec = None) -> Query:
    """The condition on an anomaly record that the rule is. Raises `UnsupportedError` where its keys say none."""
    jobs, least = _jobs(document.data.get(KEYS[0])), document.data.get(KEYS[1])
    if not jobs or isinstance(least, bool) or not isinstance(least, int | float):
        raise UnsupportedError(
            f"a machine_learning rule needs `{KEYS[0]}` and `{KEYS[1]}`", source=document.source,
            help="name the jobs, and the score from which an anomaly counts",
        )  # fmt: skip
    tests: list[dict[str, Any]] = [{"term": {"result_type": "record"}}, {"term": {"is_interim": False}}]
    tests += [{"terms": {"job_id": jobs}}] if jobs != ["*"] else []
    tests.append({"range": {"record_score": {"gte": least}}})
    source = Source(json.dumps({"bool": {"filter": tests}}))
    return parse("dsl", source, Fields.of(fields))


def anomaly_keys(tree: Node) -> dict[str, Any] | None:
    """The rule's keys behind a condition on anomaly records; None for one that no such rule has."""
    parts = tree.items if isinstance(tree, And) else (tree,)
    found: dict[str, Any] = {}
    for part in parts:
        match part:
            case Range(field=field, low=int() | float() as low, high=None, low_open=False):
                found[field.name] = int(low) if low == int(low) else low
            case Term(field=field, value=bool() as value):
                found[field.name] = value
            case _:
                name, texts = _texts(part)
                found[name] = texts
    jobs = found.pop("job_id", ["*"])
    least = found.pop("record_score", None)
    if len(parts) != len(found) + 1 + (jobs != ["*"]) or found != {"result_type": ["record"], "is_interim": False}:
        return None
    if not isinstance(least, int) or not 0 <= least <= 100:
        return None
    return {KEYS[0]: jobs, KEYS[1]: least}


def unrepeated(text: str, document: Document) -> str:
    """The Sigma text without those of the rule's keys that its detection gives again."""
    rule = loads(text, "sigma")[0]
    keys = anomaly_keys(parse("sigma", text, None).tree) or {}
    for key in KEYS:
        if key in keys and keys[key] == document.data.get(key):
            text = edit(rule, ("elastic", key), None)
            rule = loads(text, "sigma")[0]
    return text


def changed(data: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the keys that the document does not say already, in whatever form."""
    jobs = _jobs(data.get(KEYS[0])) == keys[KEYS[0]]
    return {key: value for key, value in keys.items() if data.get(key) != value and not (key == KEYS[0] and jobs)}


def _jobs(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [job for job in listed if isinstance(job, str) and job]


def _texts(node: Node) -> tuple[str, list[str]]:
    """A field and the texts that it may be, letter by letter; no name for any other test."""
    parts = node.items if isinstance(node, Or) else (node,)
    names, texts = set(), []
    for part in parts:
        text = text_of(part.tokens) if isinstance(part, Glob) and part.fold == "none" else None
        if text is None or not isinstance(part, Glob):
            return "", []
        names.add(part.field.name)
        texts.append(text)
    return (names.pop(), texts) if len(names) == 1 else ("", [])
