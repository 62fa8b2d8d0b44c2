"""`ruleproof init`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False))
@click.option("--kind", type=click.Choice(["elastic", "sigma"]), default="elastic", show_default=True,
              help="The kind of the first rule.")  # fmt: skip
@click.option("--ci", type=click.Choice(["github", "gitlab", "none"]), default="github", show_default=True)
def command(folder: str, kind: str, ci: str) -> None:
    """Begin a repository of rules: configuration, hooks, a workflow, and one rule with fixtures.

    Nothing that is there already is overwritten.

    \b
    Example:
      ruleproof init my-rules --kind sigma --ci gitlab
    """
    from converter.scaffold import repository_files, write_new

    done = write_new(Path(folder), repository_files(kind, ci))
    for path in done.made:
        click.echo(f"made  {path}")
    for path in done.kept:
        click.echo(f"kept  {path} (it was there)")
    where = "" if folder == "." else f"cd {folder} && "
    click.echo(f"next: {where}ruleproof check rules/", err=True)
