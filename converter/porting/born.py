"""The Sigma rule that an Elastic document was born as, where its query is still that rule's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from converter.documents import Document
from converter.fields import FieldsSpec
from converter.languages.sigma.render import with_metadata
from converter.languages.sigma.yaml_writer import document as yaml
from converter.porting.kept import main_document
from converter.porting.metadata import born_in_sigma, sigma_metadata
from converter.porting.outcome import Port
from converter.porting.rule_query import rule_query
from converter.porting.to_elastic import INVERSE, port_document


def again(document: Document, fields: FieldsSpec) -> Port | None:
    """The Sigma rule whose port the document is, if its query is still what that rule gives."""
    born = born_in_sigma(document) or {}
    language = document.language
    if language is None or not {"detection", "rules"} & born.keys():
        return None
    texts = _texts(born, sigma_metadata(document))
    main = main_document(texts)
    for approximate in (False, True):
        found = port_document(main, "json", language, fields, approximate)
        if str(found.extra.get("query", "")).strip() == str(document.data.get("query", "")).strip():
            source = rule_query(document, fields)
            return replace(
                found, to="sigma", text=texts, naming="sigma", relation=INVERSE.get(found.relation, found.relation),
                source=source, target=rule_query(main, fields), extra={},
            )  # fmt: skip
    return None


def _texts(born: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    """The YAML of the rule, and of the rules that a correlation refers to before it."""
    if "detection" in born:
        return yaml(with_metadata(born["detection"], metadata))
    rules = [yaml(item) for item in born["rules"]]
    return "---\n".join([*rules, yaml({key: value for key, value in metadata.items() if key != "rules"})])
