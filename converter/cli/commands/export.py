"""`ruleproof export`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from click.termui import progressbar

from converter.cli.changed import changed_option, rules_of
from converter.cli.options import (
    coloured,
    echo_json,
    fields_option,
    language_option,
    read_documents,
    read_fields,
)
from converter.cli.reporting import (
    print_report,
    read_report_files,
    report_files_option,
    report_format_option,
    write_report_files,
)
from converter.diagnostics import UsageError

if TYPE_CHECKING:
    from converter.export.export import Stale


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-o", "--output", default="output", show_default=True, type=click.Path(file_okay=False),
              help="The folder to write to.")  # fmt: skip
@click.option("--to", "targets", multiple=True, metavar="LANGUAGE", help="Only these languages.  [default: all]")
@click.option("--naming", type=click.Choice(["auto", "ecs", "sigma"]), default="auto", show_default=True)
@click.option("--accept", type=click.Choice(["equivalent", "broader"]), default="equivalent", show_default=True,
              help="The weakest relation that is written.")  # fmt: skip
@changed_option
@click.option("--check", "only_check", is_flag=True,
              help="Write nothing; exit code 1 if OUTPUT is not what the rules make now.")  # fmt: skip
@language_option
@fields_option
@report_format_option
@report_files_option
def command(
    paths: tuple[str, ...], output: str, targets: tuple[str, ...], naming: str, accept: str, changed: bool,
    only_check: bool, language: str | None, fields_path: str | None, output_format: str, report_files: tuple[str, ...],
) -> None:  # fmt: skip
    """Write every form of the rules that is proven and replayed, and a report.

    A form is written if it matches the same events as the rule, by proof and on every generated fixture. The rest is
    listed with the reason, here and in OUTPUT/report.json. Exit code 1 if a rule got no form at all.

    \b
    Examples:
      ruleproof export rules/ -o output/
      ruleproof export rules/ --check            # is output/ fresh?
      ruleproof export rules/ --report page.html
    """
    from converter.documents import rules_of as not_only_serving
    from converter.export.export import Exported, default_targets, export_document, stale, write

    wanted = read_report_files(report_files)
    if changed:
        paths = rules_of(paths)
        if not paths:
            return
    fields = read_fields(fields_path)
    documents = not_only_serving(read_documents(paths, language))
    accepted = ("equivalent", "broader") if accept == "broader" else ("equivalent",)
    results: list[Exported] = []
    with progressbar(documents, file=sys.stderr, hidden=len(documents) < 20) as bar:
        for document in bar:
            results.append(export_document(document, targets or default_targets(), naming, accepted, fields))
    if only_check:
        _say_stale(stale(results, Path(output)), output, output_format)
    report = write(results, Path(output))
    if wanted or output_format not in ("text", "json"):
        from converter.reports import Report
        from converter.reports.collect import rows_of

        made = Report(rows_of(results))
        write_report_files(made, wanted)
    if output_format == "json":
        echo_json([result.as_json() for result in results])
    elif output_format == "text":
        for result in results:
            show(result)
        written = sum(form.written for result in results for form in result.forms)
        click.echo(f"{written} forms of {len(results)} rules written to {output}; report: {report}", err=True)
    else:
        print_report(made, output_format)
    raise click.exceptions.Exit(0 if all(any(form.written for form in r.forms) for r in results) else 1)


def _say_stale(found: Sequence[Stale], output: str, output_format: str) -> NoReturn:
    if output_format == "json":
        echo_json([{"file": item.file, "why": item.why, "rule": item.rule} for item in found])
    elif output_format == "text":
        for item in found:
            click.echo(f"{item.why:<12}{Path(output, item.file)}" + (f"  (rule {item.rule})" if item.rule else ""))
        if found:
            click.echo(f"{output} is not what the rules make now; run the command again without `--check`", err=True)
    else:
        raise UsageError("`--check` says what it finds as text or json")
    raise click.exceptions.Exit(1 if found else 0)


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
