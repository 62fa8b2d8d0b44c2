"""What commands that give a report share: the choice of its format, and writing it to files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from converter.diagnostics import UsageError

if TYPE_CHECKING:
    from converter.reports import Report

    ParamType = click.ParamType[str]
else:
    ParamType = click.ParamType  # older versions of click have no type parameter there

F = TypeVar("F", bound=Callable[..., Any])


class ReportFormat(ParamType):
    """The name of a report format; the formats are looked up when one is named."""

    name = "format"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "FORMAT"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from converter.reports import names

        if value not in names():
            self.fail(f"`{value}` is none of {', '.join(names())}", param, ctx)
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from converter.reports import names

        return [CompletionItem(name) for name in names() if name.startswith(incomplete)]


def report_format_option(command: F) -> F:
    """`--format NAME`, any report format."""
    return click.option(
        "--format", "output_format", type=ReportFormat(), default="text", show_default=True,
        help="text, json, junit, sarif, github, markdown or html.",
    )(command)  # fmt: skip


def report_files_option(command: F) -> F:
    """`--report FORMAT=FILE`, again and again."""
    return click.option(
        "--report", "report_files", multiple=True, metavar="[FORMAT=]FILE",
        help="Write a report to a file too; its ending says the format where none is named. Repeatable.",
    )(command)  # fmt: skip


def read_report_files(given: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of format and file; raises `UsageError` before any work was done for nothing."""
    from converter.reports import by_suffix, get, names

    out = []
    for item in given:
        name, mark, path = item.partition("=")
        if mark and name in names():
            if not path:
                raise UsageError(f"`{item}` names no file", help="write it like sarif=report.sarif")
            out.append((name, path))
            continue
        found = by_suffix(item)
        if found is None:
            if mark and name.isalpha():
                get(name)
            raise UsageError(f"the format of `{item}` is not known", help="name it, like sarif=report.sarif")
        out.append((found.name, item))
    return out


def write_report_files(report: Report, files: Iterable[tuple[str, str]]) -> None:
    from converter.reports import write_file

    for name, path in files:
        write_file(report, path, name)


def print_report(report: Report, name: str) -> None:
    """The report on standard output."""
    from converter.reports import write

    write(name, report, sys.stdout)
