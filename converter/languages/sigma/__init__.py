"""Sigma 2.1: detection rules, filters and correlations in YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.diagnostics import Source
from converter.fields import Fields
from converter.languages import Language, Parsed
from converter.query import Tree

LIMITS: Mapping[str, str] = {
    "words of analysed text": "Sigma compares whole values; how an index cuts a text into words is unknown to it",
    "exactly one value": "Sigma has no test of how many values a field holds",
    "conditions on one nested object": "Sigma does not tie conditions to one object of a list",
    "range with two ends": "two comparisons may be met by two values of an array; only a declared single-valued field, "
    "a few whole numbers, addresses and texts can be said",
    "dates and date arithmetic": "Sigma compares numbers and parts of a date only, and knows no clock",
    "functions over fields": "Sigma compares a field with values, or with one other field (`fieldref`)",
    "two fields by Unicode's lower case": "Sigma's `fieldref` folds ASCII or not at all",
    "a whole value of any field": "a keyword is looked for anywhere in a value",
    "intersection and complement in a regular expression": "`re` has no `&` and `~`",
    "sequences, samples, pipes, aggregations": "these are correlations, not single rules",
}


def _parse(source: Source, fields: Fields, dialect: str | None) -> Parsed:
    from converter.languages.sigma.parse import parse

    parsed: Parsed = parse(source, fields, dialect)
    return parsed


def _render(tree: Tree, fields: Fields, options: Mapping[str, Any]) -> str:
    from converter.languages.sigma.render import render

    return render(tree, fields, options)


LANGUAGE = Language("sigma", "Sigma", (".yml", ".yaml"), _parse, _render, LIMITS)
