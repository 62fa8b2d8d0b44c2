"""`ruleproof list`."""

from __future__ import annotations

import click

from converter.cli.options import echo_json, fields_option, format_option, read_fields


@click.group("list")
def command() -> None:
    """Show what ruleproof knows: languages, fields.

    \b
    Example:
      ruleproof list languages
    """


@command.command("languages")
@click.argument("name", required=False)
@format_option
def languages(name: str | None, output_format: str) -> None:
    """The languages and, for one of them, what it cannot say.

    \b
    Example:
      ruleproof list languages kuery
    """
    from converter.languages import get, names

    found = [get(item) for item in ([name] if name else names())]
    if output_format == "json":
        echo_json([
            {"name": f.name, "title": f.title, "suffixes": f.suffixes, "dialects": f.dialects, "limits": dict(f.limits)}
            for f in found
        ])  # fmt: skip
        return
    for item in found:
        click.echo(f"{item.name:<8}{item.title}  ({', '.join(item.suffixes)})")
        if name:
            click.echo("cannot say:")
            for construct, reason in item.limits.items():
                click.echo(f"  {construct}: {reason}")


@command.command("fields")
@click.argument("pattern", default="*")
@fields_option
@format_option
def fields(pattern: str, fields_path: str | None, output_format: str) -> None:
    """The fields whose name fits a pattern (`*` and `?`), with their types.

    \b
    Example:
      ruleproof list fields 'process.*.name*'
    """
    from fnmatch import fnmatchcase

    from converter.fields import Fields

    schema = read_fields(fields_path) or Fields.of(None)
    found = sorted((f for f in schema if fnmatchcase(f.name, pattern)), key=lambda f: f.name)
    if output_format == "json":
        echo_json([{"name": f.name, "type": f.type, "path": f.path, "array": f.array} for f in found])
        return
    for item in found:
        extra = f"  reads {item.path}" if item.path != item.name else ""
        click.echo(f"{item.name:<60} {item.type}{' (array)' if item.array else ''}{extra}")
    if not found:
        click.echo(f"no field fits `{pattern}`", err=True)
        raise click.exceptions.Exit(1)
