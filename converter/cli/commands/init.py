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
    """Begin a repository of rules: configuration, hooks, a workflow, and one rule with fixtures and exported forms.

    Where rules are there already, configuration, hooks and workflow are made for their folders. Nothing that is there
    is overwritten.

    \b
    Example:
      ruleproof init my-rules --kind sigma --ci gitlab
    """
    from converter.scaffold import repository_files, rule_folders, write_new

    there = rule_folders(Path(folder))
    done = write_new(Path(folder), repository_files(kind, ci, there))
    for path in done.made:
        click.echo(f"made  {path}")
    for path in done.kept:
        click.echo(f"kept  {path} (it was there)")
    where = "" if folder == "." else f"cd {folder} && "
    if there:
        click.echo(f"rules are in {', '.join(there)}; next:", err=True)
        click.echo(f"  {where}ruleproof check                                   # what is wrong today", err=True)
        click.echo("  ruleproof check --write-baseline baseline.json    # or: only what is new from now on", err=True)
        places = " ".join(there)
        click.echo(f"  ruleproof export {places} -o output    # the forms that the hook keeps fresh", err=True)
        return
    _export(Path(folder))
    click.echo(f"next: {where}ruleproof check", err=True)


def _export(folder: Path) -> None:
    """The forms of the first rule, so that the hooks and the workflow pass from the beginning."""
    from converter.documents import load
    from converter.export.export import default_targets, export_document, write

    if (folder / "output").exists():
        return
    report = write(
        [export_document(document, default_targets()) for document in load(folder / "rules")], folder / "output"
    )
    click.echo(f"made  {report.parent}/ (the exported forms)")
