"""`ruleproof report`."""

from __future__ import annotations

import json
import sys
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.termui import progressbar

from converter.cli.options import fields_option, language_option
from converter.cli.reporting import (
    ReportFormat,
    print_report,
    read_report_files,
    write_report_files,
)
from converter.diagnostics import UsageError

if TYPE_CHECKING:
    from converter.reports import Report


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-o", "--output", "outputs", multiple=True, metavar="[FORMAT=]FILE",
              help="Where to write it; its ending says the format. Repeatable.  [default: print it]")  # fmt: skip
@click.option("--format", "output_format", type=ReportFormat(), default=None,
              help="Print it in this format: text, json, junit, sarif, github, markdown or html.")  # fmt: skip
@click.option("--title", default=None, help="The title of the page.")
@click.option("--to", "targets", multiple=True, metavar="LANGUAGE", help="Only these forms.  [default: all]")
@click.option("--naming", type=click.Choice(["auto", "ecs", "sigma"]), default="auto", show_default=True)
@click.option("-j", "--jobs", type=click.IntRange(1), default=None, help="Processes.  [default: as many as processors]")
@click.option("--no-cache", is_flag=True, help="Make everything anew.")
@language_option
@fields_option
def command(
    paths: tuple[str, ...], outputs: tuple[str, ...], output_format: str | None, title: str | None,
    targets: tuple[str, ...], naming: str, jobs: int | None, no_cache: bool, language: str | None,
    fields_path: str | None,
) -> None:  # fmt: skip
    """Everything about rules in one report: findings, every form with its proof, fixtures, ATT&CK.

    PATHS are rule files and folders, or the JSON of an earlier report (`output/report.json` too). The HTML page is
    one file that loads nothing. Exit code 0: a report judges nothing; `ruleproof check` does.

    \b
    Examples:
      ruleproof report rules/ -o report.html
      ruleproof report rules/ -o report.html -o report.sarif -o junit=results.xml
      ruleproof report output/report.json --format markdown
    """
    wanted = read_report_files(outputs)
    made = _read(paths) if len(paths) == 1 and _is_report(paths[0]) else None
    if made is None:
        made = _made(paths, targets, naming, jobs, no_cache, language, fields_path)
    if title is not None:
        from dataclasses import replace

        made = replace(made, title=title)
    write_report_files(made, wanted)
    for _, path in wanted:
        click.echo(f"{path}: {len(made.rules)} rules, {len(made.open)} findings", err=True)
    if output_format is not None or not wanted:
        print_report(made, output_format or "text")


def _is_report(path: str) -> bool:
    """A JSON file with a report's own key, not a rule."""
    if not path.endswith(".json") or not Path(path).is_file():
        return False
    return '"ruleproof"' in Path(path).read_bytes()[:200].decode("utf-8", "replace")


def _read(paths: tuple[str, ...]) -> Report:
    from converter.reports import Report

    try:
        data: Any = json.loads(Path(paths[0]).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"cannot read `{paths[0]}`: {error}") from None
    return Report.of(data)


def _made(
    paths: tuple[str, ...], targets: tuple[str, ...], naming: str, jobs: int | None, no_cache: bool,
    language: str | None, fields_path: str | None,
) -> Report:  # fmt: skip
    from dataclasses import replace

    from converter.checks.runner import cache_for, default_jobs
    from converter.config import Config, find, load_config
    from converter.export.export import default_targets
    from converter.languages import get
    from converter.reports.gather import Wanted, gather

    for given in paths:
        if "\0" in given or not (Path(given).exists() or has_magic(given)):
            raise UsageError(f"there is no file or folder `{given}`")
    path = find(paths[0])
    config = load_config(path) if path is not None else Config()
    if fields_path is not None:
        config = replace(config, fields=str(Path(fields_path).resolve()))
    for target in targets:
        get(target)
    fields = str(config.at(config.fields)) if config.fields else None
    wanted = Wanted(targets or tuple(default_targets()), naming, fields, language)
    with progressbar(length=0, file=sys.stderr, label="forms", hidden=True) as bar:

        def progress(done: int, size: int) -> None:
            bar.hidden, bar.length = size < 20, size
            bar.update(done - bar.pos)

        cache = cache_for(config, not no_cache)
        made = gather(paths, config, wanted, cache=cache, jobs=jobs or default_jobs(), progress=progress)
    if not made.rules and not made.findings:
        raise UsageError("no rule was found in: " + ", ".join(paths))
    return made
