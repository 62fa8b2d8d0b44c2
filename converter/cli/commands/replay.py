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
from converter.cli.pipelines import sigma_options

if TYPE_CHECKING:
    from converter.query import Query
    from converter.replay.cases import Case
    from converter.replay.forms import Forms, Run


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-e", "--events", multiple=True, metavar="FILE",
              help="Event files (NDJSON, JSON, YAML, EVTX).  [default: the rule's fixtures and tests]")  # fmt: skip
@click.option("--regression", metavar="DIR", type=click.Path(file_okay=False),
              help="Folder with SigmaHQ's regression data.  [default: as the rule names it]")  # fmt: skip
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
@sigma_options
def command(
    paths: tuple[str, ...], events: tuple[str, ...], regression: str | None, targets: tuple[str, ...], everything: bool,
    why: int | None, now: str | None, url: str | None, credentials: str | None, language: str | None,
    fields_path: str | None, output_format: str,
) -> None:  # fmt: skip
    """Run events through every form of a rule and compare the outcomes.

    Without --events: `fixtures.yml` beside the rule file, else generated fixtures, with what each expects; the cases of
    `RULE.test.yml` beside it; the regression tests that a Sigma rule names. Raw Windows events (EVTX, its JSON, flat
    JSON) are read under Sigma's names by a rule that has these, and as ECS by all other forms. Exit code 1 if forms
    disagree with each other, with what is expected, or with the cluster.

    \b
    Examples:
      ruleproof replay rules/execution/rule.toml
      ruleproof replay rule.yml -e sysmon.evtx --why 3
      ruleproof replay rules/ --elasticsearch http://127.0.0.1:9200
    """
    from converter.documents import rules_of
    from converter.export.export import default_targets
    from converter.replay.forms import forms_of

    fields = read_fields(fields_path)
    documents = rules_of(read_documents(paths, language))
    given = read_events(events) if events else None
    outcomes = []
    for document in documents:
        forms = forms_of(document, targets or default_targets(), fields)
        outcomes.append(replay_rule(forms, given, regression, now, everything, why, output_format == "text"))
        if url is not None and forms.source is not None:
            cases = cases_for(forms, given)
            outcomes[-1].update(on_cluster(forms, cases, url, credentials, now, output_format == "text"))
    if output_format == "json":
        echo_json(outcomes[0] if len(outcomes) == 1 else outcomes)
    raise click.exceptions.Exit(0 if all(outcome["agrees"] for outcome in outcomes) else 1)


def replay_rule(
    forms: Forms, given: list[Any] | None, regression: str | None, now: str | None, everything: bool,
    number: int | None, show: bool,
) -> dict[str, Any]:  # fmt: skip
    """A rule's outcome, printed where `show` says so."""
    document = forms.document
    out: dict[str, Any] = {"rule": document.name, "id": document.id, "path": document.path}
    if show:
        click.echo(click.style(document.name, bold=True))
    if forms.own is None:
        out |= {"events": 0, "forms": [], "differing": [], "without_form": forms.without, "agrees": False}
        say_without(forms, show)
        return out
    cases = cases_for(forms, given)
    tests = [] if given is not None else test_runs(forms, now)
    counted = [] if given is not None and regression is None else regression_runs(forms, regression, now)
    result = run_cases(forms, cases, now)
    nothing = not cases and not tests and not counted
    out |= {**result.table.as_json(), "views": dict(result.views), "without_form": forms.without}
    out["tests"] = [test.table.as_json() for test in tests]
    out["regression"] = [item.as_json() for item in counted]
    agree = result.table.agrees if cases else True
    out["agrees"] = agree and not nothing and all(t.table.agrees for t in tests) and all(c.holds for c in counted)
    if show:
        if cases or nothing:
            say(result, everything, "")
        for test in tests:
            say(test, everything, "test file: ")
        for item in counted:
            click.echo(item.text(everything))
        say_without(forms, show)
        if nothing:
            click.echo("no events to replay; give some with --events")
    if number is not None:
        explain_event(forms, result, number, now, out, show)
    return out


def say(result: Run, everything: bool, head: str) -> None:
    if result.said:
        click.echo(head + result.said)
    elif head:
        click.echo(head.rstrip(": "))
    click.echo(result.table.text(everything))


def say_without(forms: Forms, show: bool) -> None:
    for target, reason in forms.without.items() if show else ():
        click.echo(f"no {target} form that matches the same events: {reason}")


def cases_for(forms: Forms, given: list[Any] | None) -> list[Case]:
    """The given events, or the rule's fixtures."""
    from converter.replay.cases import Case, cases_of

    if given is not None:
        return [Case((event,)) for event in given]
    return cases_of(forms.document, forms.source, beside=not forms.mapped) if forms.source is not None else []


def run_cases(forms: Forms, cases: list[Case], now: str | None) -> Run:
    from converter.api import clock
    from converter.replay.forms import run

    return run(forms, cases, matcher(now), clock(now))


def matcher(now: str | None) -> Any:
    from converter.api import match

    return lambda query, events: match(query, events, now=now)


def test_runs(forms: Forms, now: str | None) -> list[Run]:
    """The test file beside the rule, on every form that can read its events."""
    from converter.replay.expectations import cases_of
    from converter.replay.forms import as_windows, only_own

    cases = cases_of(forms.document)
    if not cases:
        return []
    if not forms.mapped:
        return [run_cases(forms, cases, now)]
    windows = as_windows(forms, cases)
    return [run_cases(forms, windows, now)] if windows is not None else [run_cases(only_own(forms, cases), cases, now)]


def regression_runs(forms: Forms, folder: str | None, now: str | None) -> list[Any]:
    from converter.api import clock
    from converter.replay.counted import count
    from converter.replay.regression import cases_of

    return [count(forms, case, matcher(now), clock(now)) for case in cases_of(forms.document, folder)]


def explain_event(forms: Forms, result: Run, number: int, now: str | None, out: dict[str, Any], show: bool) -> None:
    """Which condition of each form decided on one event."""
    from converter.api import clock
    from converter.diagnostics import UsageError
    from converter.replay import explain
    from converter.replay import why as why_text

    size = result.table.size
    if not 0 <= number < size or not all(len(events) == size for events in result.events.values()):
        raise UsageError(f"there is no event {number}", help=f"there are {size}, counted from 0")
    native = result.views.get(forms.first) == "native"
    queries: dict[str, Query] = {**forms.forms, **({forms.first: forms.own} if native and forms.own else {})}
    out["why"] = {
        name: explain(query, result.events[name][number], clock(now)).as_json() for name, query in queries.items()
    }
    if show:
        click.echo("\n" + why_text(queries[forms.first], result.events[forms.first][number], clock(now)))


def on_cluster(
    forms: Forms, cases: list[Case], url: str, credentials: str | None, now: str | None, show: bool
) -> dict[str, Any]:
    """The same on a cluster; each event of a stream is one of its documents."""
    from converter.api import clock
    from converter.engines.credentials import Credentials
    from converter.engines.elasticsearch import Cluster
    from converter.normalise import is_raw, to_ecs
    from converter.replay.on_engine import replay_on

    events = [to_ecs(event) if is_raw(event) else event for case in cases for event in case.events]
    with Cluster(url, Credentials.read(credentials)) as cluster:
        result = replay_on(cluster, forms.forms, events, now=clock(now), match=matcher(now))
    if show:
        click.echo(result.text())
    out: dict[str, Any] = {"elasticsearch": result.as_json()}
    return out if result.agrees else {**out, "agrees": False}
