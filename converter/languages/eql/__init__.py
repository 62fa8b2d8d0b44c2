"""EQL, the event query language of Elasticsearch."""

from converter.languages import Language
from converter.languages.eql.render import LIMITS, render
from converter.languages.eql.statement import fold_expression, parse

__all__ = ["LANGUAGE", "fold_expression"]

LANGUAGE = Language(
    name="eql",
    title="EQL (Elasticsearch)",
    suffixes=(".eql",),
    parse=parse,
    render=render,
    limits=LIMITS,
)
