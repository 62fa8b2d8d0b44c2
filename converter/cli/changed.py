"""The files of a change, as a hook passes them: which rules they concern."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

#: The file beside a rule that holds its fixtures.
FIXTURES = "fixtures.yml"


def changed_option(command: F) -> F:
    return click.option(
        "--changed", is_flag=True,
        help="PATHS are the files of a change (for hooks): what holds no rule is passed over, a fixtures file stands "
        "for the rule beside it.",
    )(command)  # fmt: skip


def rules_of(paths: Iterable[str]) -> tuple[str, ...]:
    """The rule files that the changed files are or belong to, each once, in order; a folder is itself."""
    from converter.documents.loading import holds_rules

    out: dict[str, None] = {}
    for name in paths:
        path = Path(name)
        if path.is_dir():
            out[name] = None
            continue
        beside = sorted(path.parent.iterdir()) if path.name == FIXTURES and path.parent.is_dir() else [path]
        for file in beside:
            if file.is_file() and holds_rules(file):
                out[str(file)] = None
    return tuple(out)
