"""`ruleproof replay`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from converter.cli.options import (
    echo_json,
    fields_option,
    format_option,
    language_option,
    read_documents,
    read_events,
    read_fields,
)

if TYPE_CHECKING:
    from converter.documents import Document
    from converter.query import Query
    from converter.replay.cases import Case


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-e", "--events", multiple=True, metavar="FILE",
              help="Event files (NDJSON, JSON, YAML).  [default: the rule's fixtures]")  # fmt: skip
@click.option("--to", "targets", multiple=True, metavar="LANGUAGE", help="Only these forms.  [default: all]")
@click.option("--all", "everything", is_flag=True, help="Show every event, not only those that differ.")
@click.option("--why", type=int, metavar="N", help="Show which condition decided on event number N.")
@click.option("--now", default=None, metavar="TIME", help="The clock, as ISO 8601.  [default: the real one]")
@click.option("--elasticsearch", "url", metavar="URL", help="Run each form on this cluster too, in a throw-away index.")
@click.option("--credentials", metavar="FILE", type=click.Path(dir_okay=False),
              help="YAML with `api_key`, or `user` and `password`.  [default: RULEPROOF_ELASTICSEARCH_*]")  # fmt: skip
@language_option
@fields_option
@format_option
def command(
    paths: tuple[str, ...], events: tuple[str, ...], targets: tuple[str, ...], everything: bool, why: int | None,
    now: str | None, url: str | None, credentials: str | None, language: str | None, fields_path: str | None,
    output_format: str,
) -> None:  # fmt: skip
    """Run events through every form of a rule and compare the outcomes.

    Without --events: `fixtures.yml` beside the rule file, else generated fixtures, with what each expects. Exit code 1
    if forms disagree with each other, with a fixture, or with the cluster.

    \b
    Examples:
      ruleproof replay rules/execution/rule.toml
      ruleproof replay rule.toml -e events.ndjson --why 3
      ruleproof replay rules/ --elasticsearch http://127.0.0.1:9200
    """
    fields = read_fields(fields_path)
    documents = read_documents(paths, language)
    given = read_events(events) if events else None
    outcomes = []
    for document in documents:
        rule = Rule(document, fields, targets)
        cases = rule.cases(given)
        outcomes.append(rule.run(cases, now, everything, why, output_format == "text"))
        if url is not None and rule.source is not None:
            outcomes[-1].update(on_cluster(rule.forms, cases, url, credentials, now, output_format == "text"))
    if output_format == "json":
        echo_json(outcomes[0] if len(outcomes) == 1 else outcomes)
    raise click.exceptions.Exit(0 if all(outcome["agrees"] for outcome in outcomes) else 1)


class Rule:
    """A document's forms: the source, and those ports that match the same events."""

    def __init__(self, document: Document, fields: Any, targets: tuple[str, ...]) -> None:
        from converter.diagnostics import ConverterError
        from converter.export.export import default_targets
        from converter.porting import port, rule_query
        from converter.porting.porter import speaks_ecs

        self.document = document
        self.source: Query | None = None
        self.forms: dict[str, Query] = {}
        self.without: dict[str, str] = {}
        self.mapped = False
        try:
            self.source = rule_query(document, fields)
        except ConverterError as error:
            self.without[str(document.language)] = str(error)
            return
        self.forms[f"{self.source.language} (source)"] = self.source
        #: A Sigma rule in Sigma's own names: its forms live on events in ECS, its fixtures file on events in Sigma's.
        self.mapped = document.kind == "sigma" and not speaks_ecs(document.data)
        for target in targets or default_targets():
            if self.mapped and target == "sigma":
                continue
            result = port(document, target, "ecs", fields)
            if result.target is not None and result.relation == "equivalent":
                if result.source is not None:  # a Sigma rule's names are mapped to the events' before it is ported
                    self.forms[f"{self.source.language} (source)"] = self.source = result.source
                self.forms[target] = result.target
            else:
                reasons = [loss.message for loss in result.losses[:2]] or [result.reason or "not decided"]
                self.without[target] = f"{result.relation}: " + "; ".join(reasons)

    def cases(self, given: list[Any] | None) -> list[Case]:
        from converter.replay.cases import Case, cases_of

        if given is not None:
            return [Case((event,)) for event in given]
        return cases_of(self.document, self.source, beside=not self.mapped) if self.source is not None else []

    def run(
        self, cases: list[Case], now: str | None, everything: bool, number: int | None, show: bool
    ) -> dict[str, Any]:
        from converter.api import clock, match
        from converter.replay import explain, replay
        from converter.replay import why as why_text
        from converter.replay.cases import replay_streams

        def found(query: Query, events: Any) -> Any:
            return match(query, events, now=now)

        single = all(len(case.events) == 1 for case in cases)
        events = [case.events[0] for case in cases if case.events]
        if single and (self.source is None or self.source.is_event or all(case.expect is None for case in cases)):
            expected = [case.expect for case in cases] if any(case.expect is not None for case in cases) else []
            labels = [case.reason for case in cases] if any(case.reason for case in cases) else []
            table = replay(self.forms, events, expected=expected, labels=labels, now=clock(now), match=found)
        else:
            table = replay_streams(self.forms, cases, found)
        out = {"rule": self.document.name, "id": self.document.id, "path": self.document.path, **table.as_json()}
        out |= {"without_form": self.without, "agrees": table.agrees and bool(cases) and self.source is not None}
        if show:
            click.echo(click.style(self.document.name, bold=True))
            click.echo(table.text(everything))
            for target, reason in self.without.items():
                click.echo(f"no {target} form that matches the same events: {reason}")
            if not cases:
                click.echo("no events to replay; give some with --events")
        if number is not None and self.source is not None:
            event = self.event(events, number)
            out["why"] = {name: explain(form, event, clock(now)).as_json() for name, form in self.forms.items()}
            if show:
                click.echo("\n" + why_text(self.source, event, clock(now)))
        return out

    def event(self, events: list[Any], number: int) -> Any:
        from converter.diagnostics import UsageError

        if not 0 <= number < len(events):
            raise UsageError(f"there is no event {number}", help=f"there are {len(events)}, counted from 0")
        return events[number]


def on_cluster(
    forms: dict[str, Query], cases: list[Case], url: str, credentials: str | None, now: str | None, show: bool
) -> dict[str, Any]:
    """The same on a cluster; each event of a stream is one of its documents."""
    from converter.api import clock, match
    from converter.engines.credentials import Credentials
    from converter.engines.elasticsearch import Cluster
    from converter.replay.on_engine import replay_on

    events = [event for case in cases for event in case.events]
    with Cluster(url, Credentials.read(credentials)) as cluster:
        result = replay_on(cluster, forms, events, now=clock(now), match=lambda q, e: match(q, e, now=now))
    if show:
        click.echo(result.text())
    out: dict[str, Any] = {"elasticsearch": result.as_json()}
    return out if result.agrees else {**out, "agrees": False}
