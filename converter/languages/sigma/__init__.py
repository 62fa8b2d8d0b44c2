"""Sigma 2.1: detection rules, filters and correlations in YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.diagnostics import Source
from converter.fields import Fields
from converter.languages import Language, Parsed
from converter.query import Tree

LIMITS: Mapping[str, str] = {}


def _parse(source: Source, fields: Fields, dialect: str | None) -> Parsed:
    from converter.languages.sigma.parse import parse

    parsed: Parsed = parse(source, fields, dialect)
    return parsed


def _render(tree: Tree, fields: Fields, options: Mapping[str, Any]) -> str:
    from converter.languages.sigma.render import render

    return render(tree, fields, options)


LANGUAGE = Language("sigma", "Sigma", (".yml", ".yaml"), _parse, _render, LIMITS)
