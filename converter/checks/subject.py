"""What a check looks at, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePath
from typing import Any

from converter.checks.finding import Fix
from converter.config import Config
from converter.diagnostics import ConverterError, Diagnostic, Severity, Source, Span
from converter.documents import Document
from converter.fields import Fields
from converter.porting import rule_query
from converter.porting.porter import predicate_of
from converter.query import Query
from converter.tree import Node, Piped, Sample
from converter.tree import Sequence as EqlSequence


@dataclass(frozen=True)
class Found:
    """What a check saw, with its place. `code` and `severity` only where they are not the check's own."""

    message: str
    span: Span | None = None
    source: Source | None = None
    help: str | None = None
    fix: Fix | None = None
    counterexample: Mapping[str, Any] | None = None
    related: tuple[str, ...] = ()
    code: str | None = None
    name: str | None = None
    severity: Severity | None = None

    @staticmethod
    def of(diagnostic: Diagnostic, severity: Severity | None = None) -> Found:
        return Found(diagnostic.message, diagnostic.span, diagnostic.source, diagnostic.help, severity=severity)


@dataclass
class Subject:
    """A rule under check: its document, and what was made of it, each made once.

    `facts` takes the numbers that checks measure, for reports.
    """

    document: Document
    fields: Fields | None = None
    config: Config = field(default_factory=Config)
    failed: ConverterError | None = field(default=None, init=False)
    facts: dict[str, Any] = field(default_factory=dict, init=False)
    notes: list[str] = field(default_factory=list, init=False)

    @property
    def data(self) -> dict[str, Any]:
        return self.document.data

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """A TOML file's `[metadata]`; {} elsewhere."""
        found = self.document.metadata.get("metadata")
        return found if isinstance(found, dict) else {}

    @cached_property
    def file(self) -> PurePath | None:
        return PurePath(self.document.path) if self.document.path else None

    @property
    def alone(self) -> bool:
        """The rule has a file of its own."""
        return len(self.document.siblings) <= 1

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

    @cached_property
    def conditions(self) -> tuple[Query, ...]:
        """The query itself, the conditions of a sequence's or sample's stages, or what an ES|QL query asks of an event
        before it counts or joins; each as a query on one event."""
        query = self.query
        if query is None:
            return ()
        if self.predicate is not None:
            return (query,)
        if (front := query.extra.get("front")) is not None:
            return (replace(query, tree=front),)
        tree = query.tree.query if isinstance(query.tree, Piped) else query.tree
        if isinstance(tree, EqlSequence | Sample):
            stages = [*tree.stages, *([tree.until] if isinstance(tree, EqlSequence) and tree.until else [])]
            return tuple(replace(query, tree=stage.condition) for stage in stages)
        return (replace(query, tree=tree),) if isinstance(tree, Node) else ()

    @cached_property
    def never(self) -> bool:
        """Proven: no event makes the condition true."""
        from converter.proof import never_matches

        return self.query is not None and self.predicate is not None and bool(never_matches(self.query))

    def text(self, key: str) -> str | None:
        """A text of the rule, None where there is none or it is something else."""
        value = self.data.get(key)
        return value if isinstance(value, str) else None

    def texts(self, key: str) -> list[str]:
        """A list of texts of the rule, without what is none."""
        value = self.data.get(key)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def finding(self, message: str, span: Span | None = None, help: str | None = None, **more: Any) -> Found:
        """Something in the query, or in the file where there is none."""
        source = self.query.source if self.query is not None else self.document.source
        return Found(message, span, source, help, **more)

    def at(self, key: str | tuple[str | int, ...], message: str, help: str | None = None, **more: Any) -> Found:
        """Something at a value of the rule (its path in `data`), or where it is missing at the place around it."""
        pointer = (key,) if isinstance(key, str) else key
        return Found(message, self.document.locate(pointer), self.document.source, help, **more)

    def finding_at_name(self, message: str, help: str | None = None, **more: Any) -> Found:
        """Something that the rule lacks: shown at its name."""
        return self.at("title" if self.document.kind == "sigma" else "name", message, help, **more)

    def in_metadata(self, key: str, message: str, help: str | None = None, **more: Any) -> Found:
        """Something at a value of `[metadata]`."""
        spots = self.document.spots
        spot = spots.get(("metadata", key)) or spots.get(("metadata",))
        span = spot.value if spot is not None else None
        return Found(message, span, self.document.source, help, **more)
