"""`ruleproof diff`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from converter.cli.options import echo_json, fields_option, language_option, read_fields
from converter.diagnostics import UsageError

if TYPE_CHECKING:
    from converter.diffing import RuleDiff
    from converter.diffing.sources import Pairs


@click.command()
@click.argument("old")
@click.argument("new", required=False)
@click.argument("paths", nargs=-1)
@click.option("--format", "output_format", type=click.Choice(["text", "json", "markdown"]), default="text",
              show_default=True, help="For people, for programs, or for a comment in a pull request.")  # fmt: skip
@click.option("--fail-on", type=click.Choice(["broader", "narrower", "any"]), default=None,
              help="Exit code 1 if a rule matches more, less, or anything else than before; what is not decided counts "
              "as both, a rule that is gone as less, a new one only as any.")  # fmt: skip
@language_option
@fields_option
def command(
    old: str, new: str | None, paths: tuple[str, ...], output_format: str, fail_on: str | None, language: str | None,
    fields_path: str | None,
) -> None:  # fmt: skip
    """What changed rules match more and less than before, each with an event that shows it.

    OLD and NEW are rule files, folders (paired by rule id), or revisions of the Git repository that you are in. With a
    revision alone it is compared with the working tree. PATHS narrow revisions down.

    \b
    Examples:
      ruleproof diff old/rule.toml new/rule.toml
      ruleproof diff main                              # with the working tree
      ruleproof diff main HEAD --fail-on broader -- rules/
      ruleproof diff origin/main HEAD --format markdown > comment.md
    """
    from converter.diffing import RuleDiff, diff_documents

    fields = read_fields(fields_path)
    found = _pairs(old, new, paths, language)
    diffs = [RuleDiff(path, "unreadable", notes=(why,)) for path, why in found.unreadable]
    diffs += diff_documents(found.pairs, fields)
    diffs.sort(key=lambda diff: diff.path)
    _show(diffs, old, new, output_format)
    raise click.exceptions.Exit(1 if fail_on is not None and any(_fails(diff, fail_on) for diff in diffs) else 0)


def _fails(diff: RuleDiff, fail_on: str) -> bool:
    return bool(diff.effects) if fail_on == "any" else fail_on in diff.effects


def _pairs(old: str, new: str | None, paths: tuple[str, ...], language: str | None) -> Pairs:
    from converter.diffing import pairs_of_paths, pairs_of_revisions

    if new is not None and Path(old).exists() and Path(new).exists():
        if paths:
            raise UsageError("paths narrow down revisions only", help="give two files or folders, or two revisions")
        return pairs_of_paths(old, new, language)
    if Path(old).exists() and new is not None:
        raise UsageError(f"there is no file or folder `{new}`", help="a file is compared with a file")
    return pairs_of_revisions(old, new, paths, language)


def _show(diffs: list[RuleDiff], old: str, new: str | None, output_format: str) -> None:
    from converter.diffing import showing

    match output_format:
        case "json":
            echo_json({"old": old, "new": new, "rules": [diff.as_json() for diff in diffs]})
        case "markdown":
            click.echo(showing.markdown(diffs, old, new or "the working tree"))
        case _:
            for diff in diffs:
                click.echo(showing.text(diff) + "\n")
            click.echo(showing.summary(diffs), err=True)
