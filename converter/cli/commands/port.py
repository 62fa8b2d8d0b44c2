"""`ruleproof port`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.termui import progressbar

from converter.cli.options import (
    RELATIONS,
    coloured,
    echo_json,
    fields_option,
    format_option,
    language_option,
    read_documents,
    read_fields,
    show_event,
)

if TYPE_CHECKING:
    from converter.documents import Document
    from converter.porting import Port


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--to", default="sigma", show_default=True, metavar="LANGUAGE", help="The language to port to.")
@click.option(
    "--naming", type=click.Choice(["auto", "ecs", "sigma"]), default="auto", show_default=True,
    help="Field names of a Sigma rule: ECS, Sigma's own, or Sigma's where that is exact.",
)  # fmt: skip
@click.option("--accept", type=click.Choice(["equivalent", "broader"]), default="equivalent", show_default=True,
              help="The weakest relation that counts as success.")  # fmt: skip
@language_option
@fields_option
@format_option
def command(
    paths: tuple[str, ...], to: str, naming: str, accept: str, language: str | None, fields_path: str | None,
    output_format: str,
) -> None:  # fmt: skip
    """Write rules in another language, and say whether they still match the same events.

    PATHS are rule files (TOML, NDJSON, JSON, documentation page, Sigma YAML), folders or globs. For one
    rule the text goes to standard output and the verdict to standard error; for several there is a line a rule.

    \b
    Example:
      ruleproof port rules/defense_evasion/rule.toml --to sigma
    """
    from converter.porting import port

    fields = read_fields(fields_path)
    documents = read_documents(paths, language)
    good = {"equivalent"} | ({"broader"} if accept == "broader" else set())
    results = []
    with progressbar(documents, file=sys.stderr, hidden=len(documents) < 20) as bar:
        for document in bar:
            results.append((document, port(document, to, naming, fields)))
    if output_format == "json":
        rows = [{"rule": d.name, "id": d.id, "path": d.path, **p.as_json(), "text": p.text} for d, p in results]
        echo_json(rows[0] if len(rows) == 1 else rows)
    elif len(results) == 1:
        show_one(*results[0])
    else:
        show_many(results)
    raise click.exceptions.Exit(0 if all(p.relation in good for _, p in results) else 1)


def show_one(document: Document, result: Port) -> None:
    if result.text is not None:
        click.echo(result.text.rstrip("\n"))
    click.echo(err=True)
    click.echo(f"{coloured(result.relation)}: the {result.to} form {RELATIONS[result.relation]}", err=True)
    for fact in result.given:
        click.echo(f"  given: {fact}", err=True)
    place = result.source.source if result.source else document.query_source() or document.source
    for loss in dict.fromkeys(result.losses):
        click.echo(loss.diagnostic(place).render(), err=True)
    for note in result.notes:
        click.echo(f"note[{note.code}]: {note.message}", err=True)
    if result.counterexample is not None:
        click.echo("an event that only one of them matches:", err=True)
        click.echo(show_event(result.counterexample), err=True)


def show_many(results: list[tuple[Document, Port]]) -> None:
    counts: dict[str, int] = {}
    for document, result in results:
        counts[result.relation] = counts.get(result.relation, 0) + 1
        why = f"  ({'; '.join(loss.message for loss in result.losses[:2])})" if result.losses else ""
        where = Path(document.path).name if document.path else document.name
        click.echo(f"{coloured(result.relation):<10}  {where}{why}")
    click.echo(", ".join(f"{count} {relation}" for relation, count in sorted(counts.items())), err=True)
