"""A query kept whole beside its Sigma form, where that form alone does not lead back to it.

Elastic → Sigma → Elastic is the identity for every document that has a Sigma form. Where the Sigma form is broader than
the query, the query's language cannot say it again, or comments stand in it, `elastic.query` keeps the query letter by
letter, and
`elastic.query_of` the digest of the detections that were made of it: an edited rule means what its detection says.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace

from converter.diagnostics import ConverterError, Source
from converter.documents import Document, loads, referred
from converter.documents.editing import edit
from converter.languages import parse
from converter.porting.metadata import elastic_data
from converter.porting.new_rule import speaks_ecs
from converter.porting.outcome import Port
from converter.porting.porter import port_rule
from converter.porting.rule_query import rule_query
from converter.porting.threshold import threshold_rule
from converter.proof import compare

#: The digest of the detections that a kept query stands behind.
QUERY_OF = "query_of"

#: What may hold the signs of a comment in EQL, and such a sign.
_COMMENT = re.compile(r'"""[^\n]*?"""|"(?:\\.|[^"\\\n])*"|`[^`\n]*`|(//|/\*)')

_SIGMA_PARTS = ("detection", "correlation", "logsource", "taxonomy")


def main_document(text: str) -> Document:
    """The rule of a Sigma text; of a correlation and the rules that it refers to, the correlation."""
    found = loads(text, "sigma")
    return next((item for item in found if item.type == "correlation"), found[0])


def with_query(result: Port, document: Document) -> Port:
    """The port of an Elastic document to Sigma, the query kept under `elastic:` where it has to be."""
    query = document.data.get("query")
    if result.text is None or document.kind != "elastic" or not isinstance(query, str):
        return result
    main = main_document(result.text)
    if not isinstance(main.data.get("elastic"), Mapping):
        return result
    if not _comes_back(result, document, main):
        text = edit(main, ("elastic", "query"), query)
        return replace(result, text=edit(main_document(text), ("elastic", QUERY_OF), _digest(main)))
    if document.type == "threshold":  # the correlation says it
        return replace(result, text=edit(main, ("elastic", "threshold"), None))
    return result


def _comes_back(result: Port, document: Document, main: Document) -> bool:
    """Whether the Sigma form alone leads to a query that is proven equivalent to the document's."""
    whole = all(loss.code.endswith("-base") for loss in result.losses) and result.relation in ("equivalent", "broader")
    if not whole or document.language in (None, "esql") or document.data.get("filters"):
        return False
    if document.language == "eql" and any(found[1] for found in _COMMENT.finditer(str(document.data["query"]))):
        return False
    back = _way_back(result, document, main)
    if back is None:
        return True
    if back.relation != "equivalent" or back.text is None or result.source is None:
        return False
    if document.type == "threshold" and back.extra["data"]["threshold"] != document.data.get("threshold"):
        return False
    if result.naming != "sigma" and document.type != "threshold":
        return True  # what is equivalent to the same is equivalent
    before = rule_query(document, result.source.fields)
    again = parse(back.to, back.text, before.fields, category_field=before.category_field)
    return compare(before, again).relation == "equivalent"


def _way_back(result: Port, document: Document, main: Document) -> Port | None:
    """The port to the document's own language; None where every Sigma form of its queries has one there."""
    assert document.language is not None, "the caller has asked"
    if document.type == "threshold":
        return threshold_rule(main, document.language)
    if document.language == "eql" and main.type != "correlation" and result.naming != "sigma":
        return None
    return port_rule(main, document.language, "auto")


def kept_query(sigma: Document) -> tuple[Document, str] | None:
    """The Elastic document behind a Sigma rule, if it keeps its query and the detections are still those made of it;
    and the relation of its query to them, as far as it is cheap to tell."""
    kept = sigma.data.get("elastic")
    if not isinstance(kept, Mapping) or not isinstance(kept.get("query"), str) or kept.get(QUERY_OF) != _digest(sigma):
        return None
    data, tables = elastic_data(sigma.data)
    document = Document("elastic", "json", data, None, Source(""), tables)
    relation = "unknown"
    if speaks_ecs(sigma.data):
        try:
            rule, query = rule_query(sigma), rule_query(document)
            relation = compare(rule, query).relation if rule.is_event and query.is_event else relation
        except ConverterError:  # no condition on one event
            pass
    return document, relation


def _digest(sigma: Document) -> str:
    """Of what decides whether the rule fires; titles and the order of keys do not, and names only where a correlation
    refers to them."""
    rules = [sigma, *referred(sigma)]
    names = ("id", "name") if len(rules) > 1 else ()
    parts = [
        {key: item.data.get(key) for key in (*_SIGMA_PARTS, *(names if item is not sigma else ()))} for item in rules
    ]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
