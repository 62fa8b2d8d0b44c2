"""`ruleproof explain`."""

from __future__ import annotations

import click

from converter.cli.options import echo_json, format_option
from converter.diagnostics import UsageError


@click.command()
@click.argument("code", required=False)
@format_option
def command(code: str | None, output_format: str) -> None:
    """What a check finds, why that is bad, an example, and what to do instead. Without CODE: all checks.

    CODE is a check's code or name; names of pySigma's validators are known too.

    \b
    Examples:
      ruleproof explain RP303
      ruleproof explain idle-condition
    """
    from converter.checks import check_of, checks

    if code is None:
        if output_format == "json":
            echo_json([{"code": c.code, "name": c.name, "severity": c.severity, "family": c.family} for c in checks()])
            return
        for family in dict.fromkeys(check.family for check in checks()):
            click.echo(click.style(family, bold=True))
            for check in checks():
                if check.family == family:
                    click.echo(f"  {check.code}  {check.severity:<8} {check.name:<32} {check.doc.partition('.')[0]}")
        return
    found = next((c for c in checks() if code.lower() in (c.code.lower(), c.name.lower())), None) or check_of(code)
    if found is None:
        near = [c.code for c in checks() if code.lower() in c.name.lower() or code[:3].upper() == c.code[:3]]
        help = "`ruleproof explain` lists them all" + (f"; near: {', '.join(near[:8])}" if near else "")
        raise UsageError(f"there is no check `{code}`", help=help)
    called = found.codes().get(code, "") if found.codes is not None and code != found.code else ""
    doc = called or found.doc
    if output_format == "json":
        echo_json(
            {
                "code": code if called else found.code,
                "name": found.name,
                "severity": found.severity,
                "documentation": doc,
            }
        )
        return
    title = f"{code}, called by {found.code} {found.name}" if called else f"{found.code} {found.name}"
    click.echo(f"{click.style(title, bold=True)} ({found.severity})\n\n{doc}")
