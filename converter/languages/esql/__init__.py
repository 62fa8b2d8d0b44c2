"""ES|QL, Elasticsearch's piped language, as detection rules use it (grammar of 8.19 and 9.x)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.diagnostics import ConverterError, Note, Source, UnsupportedError
from converter.fields import Fields
from converter.languages import Language, Parsed
from converter.languages.esql.base import Base, base
from converter.languages.esql.parser import parse_pipeline
from converter.languages.esql.predicate import front, predicate, read_query
from converter.languages.esql.render import LIMITS, render_node
from converter.languages.esql.text import pipeline_text
from converter.query import Tree
from converter.tree.pipeline import From, Pipeline, columns_of

__all__ = ["LANGUAGE", "Base", "base", "front", "parse_pipeline", "pipeline_text", "predicate", "read_query"]


def _parse(source: Source, fields: Fields, dialect: str | None) -> Parsed:
    pipeline = parse_pipeline(source.text)
    extra: dict[str, Any] = {}
    try:  # what cannot be evaluated or is no filter can still be read and kept
        extra["predicate"] = predicate(pipeline, fields)
    except UnsupportedError as error:
        extra["why_not"] = "; ".join(item.message for item in error.diagnostics)
    except ConverterError as error:  # the real mapping may have other types than an open schema knows
        if fields.closed:
            raise
        extra["why_not"] = "; ".join(item.message for item in error.diagnostics)
    if "predicate" not in extra:
        extra["front"] = front(pipeline, fields)
    return Parsed(pipeline, _notes(pipeline, fields), extra)


def _notes(pipeline: Pipeline, fields: Fields) -> tuple[Note, ...]:
    """Fields of the index that no schema knows (a column that the query itself makes is not one)."""
    if fields.closed or not isinstance(pipeline.commands[0], From):
        return ()
    made = _made(pipeline)
    out: dict[str, Note] = {}
    for column in columns_of(pipeline):
        name = column.name
        if name not in made and name not in out and not fields.field(name).known:
            out[name] = Note("unknown-field", f"no schema knows the field `{name}`; taken as keyword", column.span)
    return tuple(out.values())


def _made(pipeline: Pipeline) -> set[str]:
    from converter.languages.esql.predicate import made_columns

    return made_columns(pipeline)


def _render(tree: Tree, fields: Fields, options: Mapping[str, Any]) -> str:
    if isinstance(tree, Pipeline):
        return pipeline_text(tree)
    return render_node(tree, fields, options)


LANGUAGE = Language("esql", "ES|QL", (".esql",), _parse, _render, LIMITS)
