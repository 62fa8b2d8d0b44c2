"""`ruleproof prove`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from converter.cli.options import (
    coloured,
    echo_json,
    fields_option,
    format_option,
    read_documents,
    read_fields,
    read_query,
    show_event,
)
from converter.cli.pipelines import sigma_options
from converter.diagnostics import ConverterError, UsageError

if TYPE_CHECKING:
    from converter.documents import Document
    from converter.fields import Fields

#: What the relation says of B, seen from A.
SENTENCES = {
    "equivalent": "A and B match the same events",
    "broader": "B matches every event that A matches, and more",
    "narrower": "B matches only a part of what A matches",
    "different": "each matches events that the other misses",
    "unknown": "not decided: the proof did not come to an end",
}


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("-l", "--language", multiple=True, metavar="NAME",
              help="Language of A and B where file or text does not say it; give it twice if they differ.")  # fmt: skip
@fields_option
@format_option
@sigma_options
def command(a: str, b: str, language: tuple[str, ...], fields_path: str | None, output_format: str) -> None:
    """Prove that A and B match the same events, or show an event that tells them apart.

    A and B are rule files, query files or query texts; or two folders, whose rules are paired by their ids.

    \b
    Example:
      ruleproof prove rule.toml rule.yml
      ruleproof prove -l eql 'any where x == "a"' 'any where x : "a"'
    """
    fields = read_fields(fields_path)
    if Path(a).is_dir() and Path(b).is_dir():
        rows = list(_pairs(a, b, fields))
        if output_format == "json":
            echo_json(rows)
        else:
            for row in rows:
                extra = f"  {row['reason']}" if row.get("reason") else ""
                click.echo(f"{coloured(row['relation']):<10}  {row['rule']}{extra}")
        raise click.exceptions.Exit(0 if all(row["relation"] == "equivalent" for row in rows) else 1)
    if Path(a).is_dir() or Path(b).is_dir():
        raise UsageError("a folder can only be compared with a folder")
    if len(language) > 2:
        raise UsageError("`-l` is given once for both, or twice")
    first, second = (language * 2)[:2] if language else (None, None)
    verdict = _verdict(read_query(a, first, fields), read_query(b, second, fields))
    if output_format == "json":
        echo_json(verdict)
    else:
        _show(verdict)
    raise click.exceptions.Exit(0 if verdict["relation"] == "equivalent" else 1)


def _verdict(a: Any, b: Any) -> dict[str, Any]:
    from converter.proof import compare

    found = compare(a, b)
    return {
        "relation": found.relation,
        "counterexample": found.counterexample,
        "only_a": found.counterexamples.get("a_not_b"),
        "only_b": found.counterexamples.get("b_not_a"),
        "given": list(found.assumptions),
        "notes": [str(note) for note in found.notes],
    }


def _show(verdict: dict[str, Any]) -> None:
    click.echo(f"{coloured(verdict['relation'])}: {SENTENCES[verdict['relation']]}")
    for fact in verdict["given"]:
        click.echo(f"  given: {fact}")
    for note in verdict["notes"]:
        click.echo(f"  note: {note}")
    for key, title in (("only_a", "only A matches"), ("only_b", "only B matches")):
        if verdict[key] is not None:
            click.echo(f"{title}:")
            click.echo(show_event(verdict[key]))


def _pairs(a: str, b: str, fields: Fields | None) -> Any:
    from converter.porting import rule_query

    left, right = _by_id(a), _by_id(b)
    for rule_id in sorted(left.keys() | right.keys()):
        one, other = left.get(rule_id), right.get(rule_id)
        present = one or other
        assert present is not None
        row: dict[str, Any] = {"rule": present.name, "id": rule_id}
        if one is None or other is None:
            yield {**row, "relation": "unpaired", "reason": f"only in `{a if one else b}`"}
            continue
        try:
            yield {**row, **_verdict(rule_query(one, fields), rule_query(other, fields))}
        except ConverterError as error:
            yield {**row, "relation": "unknown", "reason": str(error)}


def _by_id(folder: str) -> dict[str, Document]:
    return {str(document.id).lower(): document for document in read_documents([folder])}
