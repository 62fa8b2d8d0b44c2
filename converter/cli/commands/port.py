"""`ruleproof port`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
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
from converter.cli.pipelines import sigma_options

if TYPE_CHECKING:
    from converter.documents import Document
    from converter.fields import Fields
    from converter.porting import Port

#: Whole Kibana rules; every other target is a language.
DOCUMENT_FORMATS = ("toml", "ndjson", "json")


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option(
    "--to", default="sigma", show_default=True, metavar="TARGET",
    help="A language (sigma, eql, kuery, lucene, esql, dsl), or a Kibana rule as toml, ndjson or json.",
)  # fmt: skip
@click.option(
    "--naming", type=click.Choice(["auto", "ecs", "sigma"]), default="auto", show_default=True,
    help="Field names of a Sigma rule: ECS, Sigma's own, or Sigma's where that is exact.",
)  # fmt: skip
@click.option("--rule-language", type=click.Choice(["auto", "eql", "lucene", "kuery", "esql"]), default="auto",
              show_default=True, help="The query's language in a Kibana rule; auto: the first exact one.")  # fmt: skip
@click.option("--accept", type=click.Choice(["equivalent", "broader"]), default="equivalent", show_default=True,
              help="The weakest relation that counts as success, and that `-o` writes.")  # fmt: skip
@click.option("--approximate", is_flag=True,
              help="Use mapping entries that are not exact; such a port is never called equivalent.")  # fmt: skip
@click.option("--stack", type=click.Choice(["8.19", "9.5"]), help="Refuse what this version of Kibana cannot take.")
@click.option("--timespan", metavar="SPAN", help="For a sequence without `maxspan`: the time it may take, such as 5m.")
@click.option("-o", "--output", metavar="FILE|FOLDER", help="Write there; a folder gets a file a rule.")
@language_option
@fields_option
@format_option
@sigma_options
def command(
    paths: tuple[str, ...], to: str, naming: str, rule_language: str, accept: str, approximate: bool,
    stack: str | None, timespan: str | None, output: str | None, language: str | None,
    fields_path: str | None, output_format: str,
) -> None:  # fmt: skip
    """Write rules in another language or as Kibana rules, and say whether they still match the same events.

    PATHS are rule files (TOML, NDJSON, JSON, documentation page, Sigma YAML), folders or globs. For one
    rule the text goes to standard output and the verdict to standard error; for several there is a line a rule.

    \b
    Examples:
      ruleproof port rules/defense_evasion/rule.toml --to sigma
      ruleproof port rules/ --to ndjson -o import.ndjson
    """
    from converter.documents import rules_of

    ask = Asked(to, naming, rule_language, approximate, stack, timespan, read_fields(fields_path))
    documents = rules_of(read_documents(paths, language))
    good = {"equivalent"} | ({"broader"} if accept == "broader" else set()) | ({"unknown"} if approximate else set())
    results = []
    with progressbar(documents, file=sys.stderr, hidden=len(documents) < 20) as bar:
        for document in bar:
            results.append((document, ask.port(document)))
    accepted = [(d, p) for d, p in results if p.text is not None and (p.relation in good or p.extra.get("kept"))]
    if output is not None:
        from converter.cli.writing import write_ports

        write_ports([(d, p) for d, p in accepted], to, output)
    if output_format == "json":
        rows = [{"rule": d.name, "id": d.id, "path": d.path, **p.as_json(), "text": p.text} for d, p in results]
        echo_json(rows[0] if len(rows) == 1 else rows)
    elif len(results) == 1:
        show_one(*results[0], with_text=output is None)
    elif to in DOCUMENT_FORMATS and output is None and to != "toml":
        from converter.documents import dump

        if accepted:
            click.echo(dump([p.extra["document"] for _, p in accepted], to), nl=False)
        show_many(results, err=True)
    else:
        show_many(results)
    raise click.exceptions.Exit(0 if len(accepted) == len(results) else 1)


@dataclass(frozen=True)
class Asked:
    """What was asked for, the same for every rule."""

    to: str
    naming: str
    rule_language: str
    approximate: bool
    stack: str | None
    timespan: str | None
    fields: Fields | None

    def port(self, document: Document) -> Port:
        from converter.porting import port

        if self.to in DOCUMENT_FORMATS:
            from converter.porting.to_elastic import port_document

            return port_document(document, self.to, self.rule_language, self.fields, self.approximate, self.stack)
        return port(document, self.to, self.naming, self.fields, self.approximate, self.timespan)


def show_one(document: Document, result: Port, with_text: bool = True) -> None:
    if result.text is not None and with_text:
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


def show_many(results: list[tuple[Document, Port]], err: bool = False) -> None:
    counts: dict[str, int] = {}
    for document, result in results:
        counts[result.relation] = counts.get(result.relation, 0) + 1
        why = f"  ({'; '.join(loss.message for loss in result.losses[:2])})" if result.losses else ""
        where = Path(document.path).name if document.path else document.name
        click.echo(f"{coloured(result.relation):<10}  {where}{why}", err=err)
    click.echo(", ".join(f"{count} {relation}" for relation, count in sorted(counts.items())), err=True)
