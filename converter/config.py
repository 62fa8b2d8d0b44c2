"""`ruleproof.toml`: what a repository of rules asks of its checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from converter.diagnostics import Severity


@dataclass(frozen=True)
class Config:
    """`root` is the folder of the file (or of the call, without one); relative paths of the file are below it."""

    root: Path = field(default_factory=Path)
    path: Path | None = None
    paths: tuple[str, ...] = ()
    profile: str | None = None
    off: frozenset[str] = frozenset()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    fields: str | None = None
    min_kill: float = 0.0
