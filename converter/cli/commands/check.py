"""`ruleproof check`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from converter.cli.changed import changed_option, rules_of
from converter.cli.options import fields_option, language_option
from converter.cli.pipelines import sigma_options
from converter.cli.reporting import (
    print_report,
    read_report_files,
    report_files_option,
    report_format_option,
    write_report_files,
)
from converter.diagnostics import UsageError

if TYPE_CHECKING:
    from converter.checks.finding import Result
    from converter.config import Config

_ORDER = {"error": 0, "warning": 1, "note": 2}


@click.command()
@click.argument("paths", nargs=-1)
@click.option(
    "--profile", type=click.Choice(["elastic", "sigmahq", "strict"]), help="A set of conventions to hold too."
)
@click.option("--select", multiple=True, metavar="CODE", help="Run only this check. Repeatable.")
@click.option("--on", multiple=True, metavar="CODE", help="Run this check although the profile does not. Repeatable.")
@click.option("--off", multiple=True, metavar="CODE", help="Do not run this check. Repeatable.")
@click.option("--min-kill", type=click.FloatRange(0, 1), metavar="SHARE",
              help="The share of mutants that fixtures must tell from the rule, 0 to 1.")  # fmt: skip
@click.option("--fix", is_flag=True, help="Make the changes that are safe; comments and layout stay.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "note"]), default="warning", show_default=True,
              help="The least severity that makes the exit code 1.")  # fmt: skip
@click.option("--config", "config_path", type=click.Path(dir_okay=False), metavar="FILE",
              help="The configuration.  [default: the nearest ruleproof.toml above the rules]")  # fmt: skip
@click.option("--baseline", type=click.Path(dir_okay=False), metavar="FILE", help="Findings in it do not count.")
@click.option("--write-baseline", type=click.Path(dir_okay=False), metavar="FILE", help="Write today's findings to it.")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Processes.  [default: as many as processors]")
@click.option("--no-cache", is_flag=True, help="Make everything anew.")
@click.option("--list", "listed", is_flag=True, help="List the checks.")
@click.option("--explain", metavar="CODE", help="Say what a check finds, why, and what to do instead.")
@changed_option
@report_files_option
@language_option
@fields_option
@report_format_option
@sigma_options
def command(
    paths: tuple[str, ...], profile: str | None, select: tuple[str, ...], on: tuple[str, ...], off: tuple[str, ...],
    min_kill: float | None, fix: bool, fail_on: str, config_path: str | None, baseline: str | None,
    write_baseline: str | None, jobs: int | None, no_cache: bool, listed: bool, explain: str | None,
    changed: bool, report_files: tuple[str, ...], language: str | None, fields_path: str | None, output_format: str,
) -> None:  # fmt: skip
    """Check rules: the document, its fields, by proof what it means, its fixtures, its exported forms.

    Without PATHS all that `paths` of `ruleproof.toml` names; that file says what holds for a repository: paths,
    profile, severities, suppressions. A comment `# ruleproof: off RP303 the reason` in a rule accepts a finding. Says
    nothing where nothing was found.

    \b
    Examples:
      ruleproof check
      ruleproof check rules/execution/x.toml --fix
      ruleproof check rules/ --profile elastic --report sarif=report.sarif
      ruleproof check rules/ --write-baseline baseline.json
      ruleproof check --explain RP303
    """
    _known((*select, *on, *off, *([explain] if explain else [])))
    if explain:
        _explain(explain)
    if listed:
        _list()
    if explain or listed:
        return
    files = read_report_files(report_files)
    if changed and not (paths := rules_of(paths)):
        return
    config = _config(paths, config_path).over(**_given(profile, select, on, off, min_kill, fields_path, baseline))
    paths = paths or _all_rules(config)
    run = _runner(paths, config, jobs, no_cache, language)
    result = run()
    if fix:
        from converter.checks.fixing import fix_all

        fixed = fix_all(result, config, language)
        click.echo(f"{fixed.made} changes in {len(fixed.files)} files", err=True)
        for message in fixed.refused:
            click.echo(f"note: {message}", err=True)
        result = run() if fixed.made else result
    result = _with_baseline(result, config, write_baseline)
    _report(result, files, output_format)
    _end(result, fail_on)


def _known(codes: tuple[str, ...]) -> None:
    from converter.checks import check_of, checks

    for code in codes:
        if check_of(code) is None:
            near = [c.code for c in checks() if c.name == code.lower() or c.code == code.upper()]
            help_ = f"did you mean `{near[0]}`?" if near else "`ruleproof check --list` shows them all"
            raise UsageError(f"there is no check `{code}`", help=help_)


def _explain(code: str) -> None:
    from converter.checks import check_of

    check = check_of(code)
    assert check is not None
    called = check.codes().get(code) if check.codes is not None and code != check.code else None
    head = f"{code} (called by {check.code})" if called else f"{code} {check.name} ({check.severity})"
    click.echo(f"{head}\n\n{called or check.doc}")


def _list() -> None:
    from converter.checks import checks

    for check in checks():
        when = f"  [{', '.join(check.profiles)}]" if check.profiles else ""
        click.echo(f"{check.code}  {check.severity:<8}{check.name:<26}{check.doc.splitlines()[0]}{when}")


def _config(paths: tuple[str, ...], given: str | None) -> Config:
    from converter.checks import check_of
    from converter.config import Config, find, load_config

    if given is not None and not Path(given).is_file():
        raise UsageError(f"there is no configuration `{given}`")
    path = Path(given) if given is not None else find(paths[0] if paths else ".")
    return load_config(path, lambda code: check_of(code) is not None) if path is not None else Config()


def _all_rules(config: Config) -> tuple[str, ...]:
    """The paths that the configuration names, from where the call stands."""
    if not config.paths:
        raise UsageError(
            "name the rules to check", help="for example `ruleproof check rules/`, or `paths` in `ruleproof.toml`"
        )
    return tuple(str(config.at(path)) for path in config.paths)


def _given(
    profile: str | None, select: tuple[str, ...], on: tuple[str, ...], off: tuple[str, ...], min_kill: float | None,
    fields_path: str | None, baseline: str | None,
) -> dict[str, Any]:  # fmt: skip
    """What the command line puts over the configuration."""
    out: dict[str, Any] = {"profile": profile, "min_kill": min_kill}
    out["fields"] = str(Path(fields_path).absolute()) if fields_path else None
    out["baseline"] = str(Path(baseline).absolute()) if baseline else None
    out = {key: value for key, value in out.items() if value is not None}
    if select:
        out["select"] = frozenset(select)
    if on:
        out["more_on"] = frozenset(on)
    if off:
        out["more_off"] = frozenset(off)
    return out


def _runner(
    paths: tuple[str, ...], config: Config, jobs: int | None, no_cache: bool, language: str | None
) -> Callable[[], Result]:
    from converter.checks.runner import cache_for, default_jobs, run_checks

    options = click.get_current_context().params
    # what these two options say holds in this process alone, and is in no key of the cache
    own = bool(options.get("pipelines") or options.get("placeholders_path"))

    def run() -> Result:
        cache = cache_for(config, not no_cache and not own)
        with _progress() as progress:
            result = run_checks(
                list(paths), config, progress, cache=cache, jobs=1 if own else jobs or default_jobs(), language=language
            )
        cache.close()
        return result

    return run


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error; none where that is no terminal, or for a few rules."""
    from click.termui import progressbar

    with progressbar(length=1, file=sys.stderr, label="checking", hidden=True) as bar:

        def progress(done: int, size: int) -> None:
            bar.hidden, bar.length = size < 20 or not sys.stderr.isatty(), size
            bar.update(done - bar.pos)

        yield progress


def _with_baseline(result: Result, config: Config, write: str | None) -> Result:
    from dataclasses import replace

    from converter.checks import baseline

    if write is not None:
        count = baseline.write(result.findings, Path(write), config.root)
        click.echo(f"{write}: {count} findings", err=True)
        config = config.over(baseline=str(Path(write).absolute()))
    if config.baseline is None:
        return result
    findings, gone = baseline.mark(result.findings, config.at(config.baseline), config.root)
    notes = result.notes
    if gone:
        notes = (*notes, f"{gone} findings of the baseline are gone: write it anew with `--write-baseline`")
    return replace(result, findings=tuple(findings), notes=notes)


def _report(result: Result, files: list[tuple[str, str]], output_format: str) -> None:
    from converter.reports import Report

    report = Report.of_checks(result)
    write_report_files(report, files)
    print_report(report, output_format)


def _end(result: Result, fail_on: str) -> None:
    if any(finding.code == "RP100" and finding.counts for finding in result.findings):
        raise click.exceptions.Exit(2)
    worst = result.worst()
    raise click.exceptions.Exit(1 if worst is not None and _ORDER[worst] <= _ORDER[fail_on] else 0)
