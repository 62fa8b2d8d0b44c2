"""`ruleproof match`."""

from __future__ import annotations

import click

from converter.cli.options import (
    echo_json,
    fields_option,
    format_option,
    language_option,
    read_events,
    read_fields,
    read_query,
)
from converter.cli.pipelines import sigma_options


@click.command()
@click.argument("query")
@click.argument("events", nargs=-1, required=True)
@language_option
@fields_option
@click.option("--category-field", default="event.category", show_default=True, help="EQL's event category field.")
@click.option("--timestamp-field", default="@timestamp", show_default=True, help="Orders the events of a sequence.")
@click.option("--tiebreaker-field", default=None, help="Orders events of the same time.")
@click.option("--now", default=None, metavar="TIME", help="The clock, as ISO 8601.  [default: the real one]")
@click.option("-v", "--invert-match", is_flag=True, help="Print the events that are not in any hit.")
@format_option
@sigma_options
def command(
    query: str, events: tuple[str, ...], language: str | None, fields_path: str | None, category_field: str,
    timestamp_field: str, tiebreaker_field: str | None, now: str | None, invert_match: bool, output_format: str,
) -> None:  # fmt: skip
    """Print the events that a query matches, offline.

    QUERY is a rule file, a query file, or the text itself (then name its language with -l). EVENTS are NDJSON,
    JSON, YAML or EVTX files. Raw Windows events (EVTX, its JSON, flat JSON) are read under Sigma's own names by a
    Sigma rule that has these, and as ECS by every other query. Exit code 1 if nothing matches.

    \b
    Examples:
      ruleproof match -l eql 'process where process.name : "cmd.exe"' events.ndjson
      ruleproof match rule.yml Sysmon.evtx
    """
    import json

    from converter import match
    from converter.normalise.views import SAID, view_for

    parsed = read_query(query, language, read_fields(fields_path))
    loaded = read_events(events)
    view = view_for(parsed, loaded)
    hits = match(
        parsed, view.events, category_field=category_field, timestamp_field=timestamp_field,
        tiebreaker_field=tiebreaker_field, now=now,
    )  # fmt: skip
    hits = view.keep(hits)
    if invert_match:
        used = {position for hit in hits for position in hit}
        hits = [(i,) for i in range(len(loaded)) if i not in used]
    if output_format == "json":
        echo_json({"hits": [list(hit) for hit in hits], "events": len(loaded), "view": view.name})
    else:
        for hit in hits:
            for position in hit:
                missing = "(no event)"
                click.echo(
                    missing if position is None else json.dumps(loaded[position], ensure_ascii=False, default=str)
                )
            if len(hit) > 1:
                click.echo()
        said = f" ({SAID[view.name]})" if view.name != "given" else ""
        click.echo((f"{len(hits)} of {len(loaded)}" if parsed.is_event else f"{len(hits)} hits") + said, err=True)
    raise click.exceptions.Exit(0 if hits else 1)
