"""`ruleproof audit`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click
from click.termui import progressbar

from converter.cli.options import coloured, format_option, read_documents, show_event
from converter.cli.pipelines import placeholders_option

if TYPE_CHECKING:
    from converter.audit import Finding, Subject
    from converter.audit.on_cluster import Shown
    from converter.audit.summary import Summary
    from converter.fields import Fields

    Asker: TypeAlias = Callable[[Subject | None, Finding], Shown | None]
    Row: TypeAlias = tuple[Finding, Shown | None]

COLUMNS = ("rules", "accepted", "equivalent", "broader", "narrower", "different", "unknown")


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--output", "outputs", multiple=True, metavar="NAME",
              help="lucene, dsl, esql, eql or elastalert. Repeatable.  [default: all]")  # fmt: skip
@click.option("-p", "--pipeline", "pipelines", multiple=True, metavar="NAME", default=("ecs_windows",),
              show_default=True,
              help="pySigma processing pipeline: a file, an installed one's name, or `none`. Repeatable.")  # fmt: skip
@click.option("--fields", default="keyword", metavar="KIND|FILE", show_default=True,
              help="How the index holds strings: `keyword`; with a lowercase normaliser on `*.caseless` (`caseless`) "
                   "or on all (`lowercase`); or a file of own fields.")  # fmt: skip
@click.option("--elasticsearch", "url", metavar="URL",
              help="Show each counterexample on this cluster, in a throw-away index.")  # fmt: skip
@click.option("--credentials", metavar="FILE", type=click.Path(dir_okay=False),
              help="A file with `api_key`, or `user` and `password`, for the cluster.")  # fmt: skip
@placeholders_option
@format_option
def command(
    paths: tuple[str, ...], outputs: tuple[str, ...], pipelines: tuple[str, ...], fields: str, url: str | None,
    credentials: str | None, output_format: str,
) -> None:  # fmt: skip
    """Prove what the published Elastic back ends of pySigma make of Sigma rules.

    Each rule is converted by each back end; the text is read as Elasticsearch reads it, and proven against the rule's
    own meaning behind the same pipeline. Needs the back ends: pip install 'ruleproof[backends]'.

    \b
    Examples:
      ruleproof audit rules/ --fields lowercase
      ruleproof audit rule.yml --output esql --format json
    """
    from converter.audit import installed
    from converter.audit.run import audits
    from converter.languages.sigma.pipelines import resolve

    chosen = installed(outputs)
    through = resolve([name for name in pipelines if name != "none"])
    documents = read_documents(paths)
    kind = _fields(fields)
    rows: list[Row] = []
    with (
        progressbar(length=len(documents), file=sys.stderr, hidden=len(documents) < 20) as bar,
        _cluster(url, credentials) as ask,
    ):
        for rule, findings in audits(documents, chosen, through, kind):
            rows += [(item, ask(rule, item)) for item in findings]
            bar.update(1)
    if output_format == "json":
        _as_json(rows)
    else:
        given = f"pipeline {through.title}" if through is not None else "no pipeline"
        _as_text(rows, len(documents), f"{given}, {fields} fields")
    raise click.exceptions.Exit(0 if all(item.sound for item, _ in rows) else 1)


def _fields(name: str) -> str | Fields:
    from converter.fields import Fields
    from converter.fields.kinds import KINDS

    if name in KINDS and not Path(name).is_file():
        return name
    return Fields.load(name)


@contextmanager
def _cluster(url: str | None, credentials: str | None) -> Iterator[Asker]:
    """What puts a finding's counterexample to the cluster; nothing without a URL."""
    if url is None:
        yield lambda rule, finding: None
        return
    from converter.audit.on_cluster import shown
    from converter.engines.credentials import Credentials
    from converter.engines.elasticsearch import Cluster

    with Cluster(url, Credentials.read(credentials)) as cluster:

        def ask(rule: Subject | None, finding: Finding) -> Shown | None:
            return shown(cluster, rule, finding) if rule is not None and finding.counterexample is not None else None

        yield ask


def _as_json(rows: Iterable[Row]) -> None:
    """One array, an object a line: a rule in an output."""
    lines = []
    for item, shown in rows:
        out = item.as_json() | ({"elasticsearch": shown.as_json()} if shown is not None else {})
        lines.append(json.dumps(out, ensure_ascii=False, default=str))
    click.echo("[\n" + ",\n".join(lines) + "\n]")


def _as_text(rows: list[Row], count: int, given: str) -> None:
    from converter.audit.summary import summarise

    findings = [item for item, _ in rows]
    summary = summarise(findings)
    click.echo(f"{count} {'rule' if count == 1 else 'rules'}, {given}")
    _show_outputs(summary)
    if count == 1:
        for item, shown in rows:
            _show_finding(item, shown)
    elif summary.causes:
        _show_causes(summary, {id(item): shown for item, shown in rows})


def _show_outputs(summary: Summary) -> None:
    click.echo()
    click.echo(f"{'output':<12}" + "".join(f"{column:>12}" for column in COLUMNS))
    for output, counts in summary.outputs.items():
        click.echo(f"{output:<12}" + "".join(f"{counts[column]:>12}" for column in COLUMNS))


def _show_causes(summary: Summary, shown: dict[int, Shown | None]) -> None:
    click.echo()
    for cause, counts in summary.by_frequency():
        where = ", ".join(f"{output} {count}" for output, count in counts.items())
        click.echo(f"{click.style(cause, bold=True)}  ({where})")
        example = summary.examples[cause]
        if example.path:
            click.echo(f"  {example.title} ({Path(example.path).name})")
        _show_finding(example, shown.get(id(example)), "  ", most=300)


def _show_finding(item: Finding, shown: Shown | None, indent: str = "", most: int | None = None) -> None:
    relation = coloured(item.relation) if item.relation else "not accepted"
    causes = f"  ({'; '.join(item.causes)})" if item.causes else ""
    click.echo(f"{indent}{item.output}: {relation}{causes}")
    text = " ".join("\n".join(item.texts).split("\n"))
    if text:
        click.echo(f"{indent}  {text[:most]}{'…' if most is not None and len(text) > most else ''}")
    if item.error:
        click.echo(f"{indent}  error: {item.error[:most]}")
    for fact in (*item.given, *item.notes):
        click.echo(f"{indent}  given: {fact}" if fact in item.given else f"{indent}  note: {fact}")
    if item.counterexample is not None:
        yes, no = ("the rule", "the output") if item.expected else ("the output", "the rule")
        click.echo(f"{indent}  only {yes} matches, {no} does not:")
        click.echo(show_event(item.counterexample, indent + "    "))
    if shown is not None:
        said = "finds it" if shown.found else f"does not answer: {shown.error}" if shown.found is None else "misses it"
        click.echo(
            f"{indent}  the cluster {said}" + ("" if shown.found is None or shown.confirms else " (unlike here)")
        )
