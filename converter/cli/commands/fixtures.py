"""`ruleproof fixtures`."""

from __future__ import annotations

from pathlib import Path

import click

from converter.cli.options import (
    echo_json,
    fields_option,
    format_option,
    language_option,
    read_documents,
    read_fields,
)


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-w", "--write", "in_place", is_flag=True, help="Write `fixtures.yml` beside each rule file.")
@language_option
@fields_option
@format_option
def command(
    paths: tuple[str, ...], in_place: bool, language: str | None, fields_path: str | None, output_format: str
) -> None:
    """Generate events that a rule must match and must not match, each with the reason it is there.

    \b
    Example:
      ruleproof fixtures rules/defense_evasion/rule.toml
    """
    from converter.diagnostics import ConverterError
    from converter.documents import rules_of
    from converter.export.export import replace_file
    from converter.porting import stream_query
    from converter.proof import dump_fixtures, fixtures

    fields = read_fields(fields_path)
    rows, failed = [], False
    for document in rules_of(read_documents(paths, language)):
        try:
            made = fixtures(stream_query(document, fields))
        except ConverterError as error:
            click.echo(error.render(), err=True)
            failed = True
            continue
        text = dump_fixtures(made)
        if output_format == "json":
            rows.append({"rule": document.name, "id": document.id, "fixtures": [item.as_json() for item in made]})
        elif in_place and document.path:
            target = Path(document.path).parent / "fixtures.yml"
            replace_file(target, text)
            click.echo(f"{target}: {len(made)} fixtures", err=True)
        else:
            click.echo(text.rstrip("\n"))
    if output_format == "json":
        echo_json(rows)
    raise click.exceptions.Exit(1 if failed else 0)
