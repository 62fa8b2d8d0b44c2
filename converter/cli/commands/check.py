"""`ruleproof check`."""

from __future__ import annotations

import sys

import click
from click.termui import progressbar

from converter.cli.options import echo_json, fields_option, format_option, language_option, read_documents, read_fields

_ORDER = {"error": 0, "warning": 1, "note": 2}


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--off", multiple=True, metavar="CODE", help="Do not run this check.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "note"]), default="warning", show_default=True,
              help="The least severity that makes the exit code 1.")  # fmt: skip
@click.option("--explain", metavar="CODE", help="Say what a check finds, why, and what to do instead.")
@language_option
@fields_option
@format_option
def command(
    paths: tuple[str, ...], off: tuple[str, ...], fail_on: str, explain: str | None, language: str | None,
    fields_path: str | None, output_format: str,
) -> None:  # fmt: skip
    """Check rules: schema, query, fields, and by proof what they mean.

    A rule that never or always matches, a condition that changes nothing, a fixture that decides otherwise.

    \b
    Example:
      ruleproof check rules/
      ruleproof check --explain RP303
    """
    from converter.checks import check_documents, checks
    from converter.diagnostics import UsageError

    known = {check.code: check for check in checks()}
    for code in (*off, *([explain] if explain else [])):
        if code not in known:
            raise UsageError(f"there is no check `{code}`", help="known: " + ", ".join(known))
    if explain:
        click.echo(f"{explain} {known[explain].name} ({known[explain].severity})\n\n{known[explain].doc}")
        return
    if not paths:
        raise UsageError("name the rules to check", help="for example `ruleproof check rules/`")
    documents = read_documents(paths, language)
    found = []
    with progressbar(documents, file=sys.stderr, hidden=len(documents) < 20) as bar:
        for document in bar:
            found += list(check_documents([document], read_fields(fields_path), frozenset(off)))
    if output_format == "json":
        echo_json([_row(document.path, item) for document, item in found])
    else:
        for _, item in found:
            click.echo(item.render() + "\n")
        click.echo(f"{len(documents)} rules, {len(found)} findings", err=True)
    worst = [item for _, item in found if _ORDER[item.severity] <= _ORDER[fail_on]]
    raise click.exceptions.Exit(1 if worst else 0)


def _row(path: str | None, item: object) -> dict[str, object]:
    from converter.diagnostics import Diagnostic

    assert isinstance(item, Diagnostic)
    place = item.position
    return {
        "code": item.code, "severity": item.severity, "message": item.message, "help": item.help,
        "path": (place.path if place else None) or path,
        "line": place.line if place else None, "column": place.column if place else None,
    }  # fmt: skip
