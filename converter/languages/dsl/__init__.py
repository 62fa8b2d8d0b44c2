"""Elasticsearch's Query DSL, as JSON: what every query of a rule becomes, and what rule filters are written in."""

from __future__ import annotations

from converter.languages import Language
from converter.languages.dsl.parser import REFUSED, parse
from converter.languages.dsl.render import LIMITS, render

__all__ = ["LANGUAGE", "REFUSED"]

LANGUAGE = Language(
    name="dsl",
    title="Query DSL",
    suffixes=(".dsl.json", ".dsl"),
    parse=parse,
    render=render,
    limits=LIMITS,
)
