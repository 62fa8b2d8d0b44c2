"""For the terminal: findings grouped by file, a line a form; nothing at all where nothing was found."""

from __future__ import annotations

from typing import TextIO

import click

from converter.checks.finding import Finding
from converter.reports import Format
from converter.reports.model import FormRow, Report, RuleRow
from converter.reports.words import counted, summary

_COLOURS = {
    "error": "red", "warning": "yellow", "note": "blue",
    "equivalent": "green", "broader": "yellow", "narrower": "yellow", "different": "red", "refused": "red",
}  # fmt: skip


def printable(text: str) -> str:
    """The text without what would steer a terminal: control characters as their escapes, one line."""
    return "".join(c if c.isprintable() or c == " " else c.encode("unicode_escape").decode() for c in text)


def write(report: Report, stream: TextIO) -> None:
    """Coloured; `click.echo` takes the colours out where the stream is no terminal."""
    for rule in report.rules:
        if rule.forms:
            _rule(rule, stream)
    groups = report.by_path()
    for path, findings in groups.items():
        click.echo(click.style(printable(path), bold=True, underline=True), file=stream)
        for finding in findings:
            _finding(finding, stream)
        click.echo(file=stream)
    for note in report.notes:
        click.echo(f"note: {printable(note)}", file=stream)
    if groups or any(rule.forms for rule in report.rules):
        click.echo(summary(report), file=stream)


def _finding(finding: Finding, stream: TextIO) -> None:
    place = f"{finding.line}:{finding.column}" if finding.line else ""
    head = click.style(f"{finding.severity}[{finding.code}]", fg=_COLOURS[finding.severity], bold=True)
    click.echo(f"  {place:<8} {head} {printable(finding.message)}", file=stream)
    shown = finding.render().splitlines()
    for line in shown:
        if finding.line is not None and line.startswith((f"{finding.line} | ", " " * len(str(finding.line)) + " | ")):
            click.echo(f"           {printable(line)}", file=stream)
    if finding.help:
        click.echo(f"           help: {printable(finding.help)}", file=stream)
    for other in (path for path in finding.related if path not in (finding.help or "")):
        click.echo(f"           see: {printable(other)}", file=stream)
    if finding.fix is not None:
        click.echo(f"           fix: {printable(finding.fix.title)} (with `--fix`)", file=stream)


def _rule(rule: RuleRow, stream: TextIO) -> None:
    made = f"  ({rule.positive} positive and {rule.negative} negative fixtures)" if rule.positive else ""
    click.echo(click.style(printable(rule.name), bold=True) + made, file=stream)
    for form in rule.forms:
        relation = click.style(f"{form.relation:<12}", fg=_COLOURS.get(form.relation), bold=True)
        click.echo(f"  {form.to:<8}{relation}{_why(form)}", file=stream)
    click.echo(file=stream)


def _why(form: FormRow) -> str:
    if form.fixtures_that_disagree:
        why = f"{counted(len(form.fixtures_that_disagree), 'fixture')} disagree: {form.fixtures_that_disagree[0]}"
    elif form.losses:
        why = "; ".join(list(dict.fromkeys(message for _, message in form.losses))[:2])
    else:
        why = form.file or form.reason or ""
    why = printable(why)
    return why if len(why) < 120 else why[:117] + "..."


FORMAT = Format("text", "for people, on a terminal", (".txt",), write)
