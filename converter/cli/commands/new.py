"""`ruleproof new`."""

from __future__ import annotations

from pathlib import Path

import click

from converter.diagnostics import UsageError


@click.command()
@click.argument("folder", type=click.Path(file_okay=False))
@click.option("-l", "--language", default="eql", show_default=True, metavar="NAME",
              help="eql, kuery, lucene or esql for an Elastic rule; sigma for a Sigma rule.")  # fmt: skip
@click.option("--name", default=None, help="The rule's name.  [default: made from the folder's]")
@click.option("--query", default=None, help="The rule's query.  [default: an example]")
@click.option("--author", default="me", show_default=True)
def command(folder: str, language: str, name: str | None, query: str | None, author: str) -> None:
    """Make a rule with fixtures that prove it, in a folder of its own. Nothing is overwritten.

    \b
    Examples:
      ruleproof new rules/execution/odd_child_of_a_service
      ruleproof new rules/execution/odd_child -l sigma --name "Odd Child of a Service"
    """
    from converter.scaffold import rule_files, title_of, write_new

    path = Path(folder)
    title = name if name is not None else title_of(path.resolve().name)
    files = rule_files(title, language, query, author)
    there = [path / item for item in files if (path / item).exists()]
    if there:
        raise UsageError(f"`{there[0]}` is there already", help="choose another folder")
    for made in write_new(path, files).made:
        click.echo(f"made  {made}")
