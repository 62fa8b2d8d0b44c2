"""`ruleproof export`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from click.termui import progressbar

from converter.cli.options import (
    coloured,
    echo_json,
    fields_option,
    format_option,
    language_option,
    read_documents,
    read_fields,
)


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-o", "--output", default="output", show_default=True, type=click.Path(file_okay=False),
              help="The folder to write to.")  # fmt: skip
@click.option("--to", "targets", multiple=True, metavar="LANGUAGE", help="Only these languages.  [default: all]")
@click.option("--naming", type=click.Choice(["auto", "ecs", "sigma"]), default="auto", show_default=True)
@click.option("--accept", type=click.Choice(["equivalent", "broader"]), default="equivalent", show_default=True,
              help="The weakest relation that is written.")  # fmt: skip
@language_option
@fields_option
@format_option
def command(
    paths: tuple[str, ...], output: str, targets: tuple[str, ...], naming: str, accept: str, language: str | None,
    fields_path: str | None, output_format: str,
) -> None:  # fmt: skip
    """Write every form of the rules that is proven and replayed, and a report.

    A form is written if it matches the same events as the rule, by proof and on every generated fixture. The rest is
    listed with the reason, here and in OUTPUT/report.json. Exit code 1 if a rule got no form at all.

    \b
    Example:
      ruleproof export rules/ -o output/
    """
    from converter.export.export import Exported, default_targets, export_document, write

    fields = read_fields(fields_path)
    documents = read_documents(paths, language)
    accepted = ("equivalent", "broader") if accept == "broader" else ("equivalent",)
    results: list[Exported] = []
    with progressbar(documents, file=sys.stderr, hidden=len(documents) < 20) as bar:
        for document in bar:
            results.append(export_document(document, targets or default_targets(), naming, accepted, fields))
    report = write(results, Path(output))
    if output_format == "json":
        echo_json([result.as_json() for result in results])
    else:
        for result in results:
            show(result)
        written = sum(form.written for result in results for form in result.forms)
        click.echo(f"{written} forms of {len(results)} rules written to {output}; report: {report}", err=True)
    raise click.exceptions.Exit(0 if all(any(form.written for form in r.forms) for r in results) else 1)


def show(result: object) -> None:
    from converter.export.export import Exported

    assert isinstance(result, Exported)
    positive = sum(1 for item in result.fixtures if item.expect)
    made = f"  ({positive} positive and {len(result.fixtures) - positive} negative fixtures)" if result.fixtures else ""
    click.echo(click.style(result.document.name, bold=True) + made)
    for form in result.forms:
        why = "; ".join(list(dict.fromkeys(loss.message for loss in form.port.losses))[:2])
        if form.disagreed:
            why = f"{len(form.disagreed)} fixtures disagree: {form.disagreed[0]}"
        if form.file and not form.port.losses:
            why = form.file
        shown = why if len(why) < 120 else why[:117] + "..."
        click.echo(f"  {form.port.to:<8}{coloured(form.port.relation)}{' ' * (12 - len(form.port.relation))}{shown}")
