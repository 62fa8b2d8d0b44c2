"""KQL (`kuery`): Kibana's dialect, which rules run, and Elasticsearch's own (`dialect="elasticsearch"`)."""

from __future__ import annotations

from converter.diagnostics import Source
from converter.fields import Fields
from converter.languages import Language, Parsed
from converter.languages.kuery.elastic import parse_elastic
from converter.languages.kuery.kibana import parse_kibana
from converter.languages.kuery.meaning import Meaning
from converter.languages.kuery.render import LIMITS, render

__all__ = ["LANGUAGE"]


def parse(source: Source, fields: Fields, dialect: str | None) -> Parsed:
    """The tree of a text. Raises `ParseError`, `FieldTypeError` (the request would fail), `UnsupportedError`."""
    meaning = Meaning(fields, kibana=dialect != "elasticsearch")
    tree = (parse_kibana if meaning.kibana else parse_elastic)(source, meaning)
    return Parsed(tree, tuple(meaning.notes.values()))


LANGUAGE = Language(
    name="kuery",
    title="KQL",
    suffixes=(".kql", ".kuery"),
    parse=parse,
    render=render,
    limits=LIMITS,
    dialects=("kibana", "elasticsearch"),
)
