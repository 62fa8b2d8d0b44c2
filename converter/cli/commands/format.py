"""`ruleproof format`."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from converter.cli.changed import changed_option, rules_of
from converter.cli.options import echo_json
from converter.diagnostics import ConverterError, Diagnostic, UsageError


@click.command()
@click.argument("paths", nargs=-1, required=True)
@changed_option
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit code 1 if a file would change.")
@click.option("--diff", "show_diff", is_flag=True, help="Show what would change; write nothing.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="For people, or for programs.")  # fmt: skip
def command(paths: tuple[str, ...], changed: bool, only_check: bool, show_diff: bool, output_format: str) -> None:
    """Write rule and query files in one layout. Comments stay, and the meaning is proven the same before writing.

    PATHS are rule files (TOML, JSON, Sigma YAML), query files (.eql .kuery .lucene .esql .dsl.json) and folders.

    \b
    Examples:
      ruleproof format rules/
      ruleproof format --check rules/execution/rule.toml
    """
    from converter.formatting import format_file

    if changed:
        paths = tuple(path for path in rules_of(paths) if path in paths)
    rows = []
    problems: list[Diagnostic] = []
    for path in _files(paths):
        try:
            found = format_file(path)
        except ConverterError as error:
            problems += error.diagnostics
            continue
        rows.append({"path": str(path), "changed": found.changed, "kept": list(found.kept)})
        if output_format == "text":
            _say(path, found.changed, found.kept, only_check or show_diff)
            if show_diff and found.changed:
                _show_diff(path, found.text)
        if found.changed and not (only_check or show_diff):
            _write(path, found.text)
    if output_format == "json":
        echo_json(rows)
    count = sum(bool(row["changed"]) for row in rows)
    if output_format == "text":
        word = "would change" if only_check or show_diff else "changed"
        click.echo(f"{len(rows)} files, {count} {word}", err=True)
    if problems:
        raise ConverterError.of(problems)
    raise click.exceptions.Exit(1 if count and (only_check or show_diff) else 0)


def _files(paths: tuple[str, ...]) -> list[Path]:
    """The files named, and those with rules in the folders named."""
    from converter.documents import load

    out: dict[Path, None] = {}
    for name in paths:
        path = Path(name)
        if "\0" in name or not path.exists():
            raise UsageError(f"there is no file or folder `{name}`")
        if path.is_file():
            out[path] = None
            continue
        for document in load(name, check=False, problems=[]):
            if document.path is not None:
                out[Path(document.path)] = None
    return list(out)


def _say(path: Path, changed: bool, kept: tuple[str, ...], dry: bool) -> None:
    if changed:
        click.echo(f"{'would change' if dry else 'changed'}: {path}")
    for why in kept:
        click.echo(f"note: {path}: {why}", err=True)


def _show_diff(path: Path, text: str) -> None:
    from converter.documents.text import read_text

    lines = difflib.unified_diff(
        read_text(path).splitlines(), text.splitlines(), str(path), f"{path} (formatted)", lineterm=""
    )
    for line in lines:
        click.echo(click.style(line, fg={"+": "green", "-": "red", "@": "cyan"}.get(line[:1])))


def _write(path: Path, text: str) -> None:
    from converter.export.export import replace_file

    try:
        replace_file(path.resolve(), text)
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from None
