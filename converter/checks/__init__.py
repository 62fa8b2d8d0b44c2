"""Quality gates: one module a check, found by discovery; each has a stable code, a name and its documentation.

A check module defines `CHECK = Check(code, name, severity, run)`; its docstring says what it finds, why that is bad,
and what to do.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from converter.diagnostics import ConverterError, Diagnostic, Severity, Span
from converter.documents import Document
from converter.fields import Fields
from converter.porting import rule_query
from converter.porting.porter import predicate_of
from converter.query import Query
from converter.tree import Node


@dataclass
class Subject:
    """A rule under check: its document, and what was made of it, each made once."""

    document: Document
    fields: Fields | None = None
    failed: ConverterError | None = field(default=None, init=False)

    @cached_property
    def query(self) -> Query | None:
        """The rule's query; None if it has none or cannot be read (`failed` then says why)."""
        try:
            return rule_query(self.document, self.fields)
        except ConverterError as error:
            self.failed = error
            return None

    @cached_property
    def predicate(self) -> Node | None:
        """The query as a condition on one event, if it is one."""
        return predicate_of(self.query) if self.query is not None else None

    def finding(self, message: str, span: Span | None = None, help: str | None = None) -> Diagnostic:
        """A finding in the query, or in the file where there is none; code and severity are filled in by the runner."""
        source = self.query.source if self.query is not None else self.document.source
        return Diagnostic("", message, "error", span, source, help)


@dataclass(frozen=True)
class Check:
    """`run` gives the findings of one rule."""

    code: str
    name: str
    severity: Severity
    run: Callable[[Subject], Iterator[Diagnostic]]
    doc: str = ""


@cache
def checks() -> tuple[Check, ...]:
    """All checks, by code."""
    found = []
    for item in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{item.name}")
        check: Any = getattr(module, "CHECK", None)
        if check is None:
            continue
        found.append(Check(check.code, check.name, check.severity, check.run, (module.__doc__ or "").strip()))
    return tuple(sorted(found, key=lambda check: check.code))


def check_documents(
    documents: Sequence[Document], fields: Fields | None = None, off: frozenset[str] = frozenset()
) -> Iterator[tuple[Document, Diagnostic]]:
    """All findings, rule by rule, each with the code and severity of its check. `off`: codes not to run."""
    for document in documents:
        subject = Subject(document, fields)
        for check in checks():
            if check.code in off:
                continue
            for item in check.run(subject):
                yield document, Diagnostic(check.code, item.message, check.severity, item.span, item.source, item.help)
