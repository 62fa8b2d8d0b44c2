"""Reports: one module a format, found by discovery; all of them write one `Report`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TextIO

from converter.diagnostics import UsageError
from converter.reports.model import FormRow, Report, RuleRow

__all__ = ["FormRow", "Format", "Report", "RuleRow", "by_suffix", "get", "names", "render", "write", "write_file"]


@dataclass(frozen=True)
class Format:
    """`write(report, stream)`. `suffixes` are file endings that mean this format."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    write: Callable[[Report, TextIO], None]


@cache
def _formats() -> dict[str, str]:
    return {m.name.removesuffix("_"): m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")}


def names() -> list[str]:
    """All formats, by name."""
    return sorted(name for name in _formats() if name not in _NO_FORMATS)


#: Modules here that are no formats.
_NO_FORMATS = {"model", "collect", "gather", "words"}


def get(name: str) -> Format:
    """The format of that name; raises `UsageError` with the names there are."""
    if name not in names():
        raise UsageError(f"there is no report format `{name}`", help="known formats: " + ", ".join(names()))
    found: Format = importlib.import_module(f"{__name__}.{_formats()[name]}").FORMAT
    return found


def by_suffix(path: str) -> Format | None:
    """The format that a file's ending means (the longest one), if any."""
    fitting = [
        (len(suffix), name) for name in names() for suffix in get(name).suffixes if path.lower().endswith(suffix)
    ]
    return get(max(fitting)[1]) if fitting else None


def write(name: str, report: Report, stream: TextIO) -> None:
    """Write the report in a format; raises `UsageError` for an unknown one."""
    get(name).write(report, stream)


def render(name: str, report: Report) -> str:
    """The report in a format, as text."""
    from io import StringIO

    stream = StringIO()
    write(name, report, stream)
    return stream.getvalue()


def write_file(report: Report, path: str, name: str | None = None) -> None:
    """Write the report to a file, whole or not at all; without a name its ending says the format."""
    from converter.export.export import replace_file

    found = get(name) if name is not None else by_suffix(path)
    if found is None:
        raise UsageError(
            f"the ending of `{path}` is of no report format",
            help="name one of " + ", ".join(names()),
        )
    try:
        replace_file(Path(path), render(found.name, report))
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from None
