"""`ruleproof prove`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from converter.cli.options import (
    coloured,
    echo_json,
    fields_option,
    format_option,
    read_documents,
    read_fields,
    read_rule,
    show_event,
)
from converter.cli.pipelines import sigma_options
from converter.diagnostics import ConverterError, UsageError
from converter.documents.document import Document

if TYPE_CHECKING:
    from converter.fields import Fields
    from converter.porting.whole import Whole
    from converter.query import Query

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
@click.option("--naming", type=click.Choice(["auto", "ecs", "sigma"]), default="auto", show_default=True,
              help="Names of Sigma rules: through the mapping files into ECS, or as they stand; auto: into ECS where "
                   "the other side is no Sigma rule in Sigma's names.")  # fmt: skip
@click.option("--approximate", is_flag=True,
              help="Use mapping entries that are not exact; then nothing is called equivalent.")  # fmt: skip
@fields_option
@format_option
@sigma_options
def command(
    a: str, b: str, language: tuple[str, ...], naming: str, approximate: bool, fields_path: str | None,
    output_format: str,
) -> None:  # fmt: skip
    """Prove that A and B match the same events, or show an event that tells them apart.

    A and B are rule files, query files or query texts; or two folders, whose rules are paired by their ids. A Sigma
    rule in Sigma's own names is compared with an Elastic query under the mapping of its log source.

    \b
    Examples:
      ruleproof prove rule.toml rule.yml
      ruleproof prove rule.yml query.eql
      ruleproof prove -l eql 'any where x == "a"' 'any where x : "a"'
    """
    ask = _Asked(read_fields(fields_path), naming, approximate)
    if Path(a).is_dir() and Path(b).is_dir():
        rows = list(_pairs(a, b, ask))
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
    verdict = ask.verdict(_side(a, first, ask.fields), _side(b, second, ask.fields))
    if output_format == "json":
        echo_json(verdict)
    else:
        _show(verdict)
    raise click.exceptions.Exit(0 if verdict["relation"] == "equivalent" else 1)


#: A rule, and its data (empty for a bare text).
_Side: TypeAlias = "tuple[Whole, Mapping[str, Any]]"


def _side(text_or_path: str, language: str | None, fields: Fields | None) -> _Side:
    from converter.porting.whole import Whole

    found = read_rule(text_or_path, language, fields)
    return (Whole.of(found, fields), found.data) if isinstance(found, Document) else (Whole(found), {})


@dataclass(frozen=True)
class _Asked:
    """What was asked for, the same for every pair."""

    fields: Fields | None
    naming: str
    approximate: bool

    def verdict(self, a: _Side, b: _Side) -> dict[str, Any]:
        from converter.porting.naming import Named, compare_named, in_ecs, log_sources, native
        from converter.porting.whole import counted, uncompared, with_beside
        from converter.proof import compare

        if not a[1] or not b[1]:  # a text without a rule
            a, b = ((counted(own[0], other[0]), own[1]) for own, other in ((a, b), (b, a)))
        queries = [side[0].query for side in (a, b)]
        mapped = self.naming == "ecs" or (self.naming == "auto" and native(queries[0]) != native(queries[1]))
        one, other = (
            in_ecs(side[0].query, side[1], self.approximate) if mapped else Named(side[0].query) for side in (a, b)
        )
        sources = [query.extra.get("logsource") or {} for query in queries if native(query)]
        if mapped and len(sources) == 1:
            held = [pattern for side in (a, b) for pattern in side[1].get("index") or ()]
            found = compare_named(one.query, other.query, sources[0], held)
        else:
            found = compare(one.query, other.query)
        found = with_beside(found, a[0], b[0])
        loose = [*one.approximate, *other.approximate]
        notes = [str(note) for note in found.notes]
        notes += [
            note.message for side in (one, other) for note in side.notes if note.code in ("mapping", "log-source")
        ]
        relation: str = found.relation
        if loose and relation in ("equivalent", "broader", "narrower"):
            relation = "unknown"
            notes.append(f"{found.relation} under a mapping that is only approximate")
        given = [*a[0].given, *b[0].given, *one.given, *other.given, *found.assumptions]
        apart = uncompared(a[1], b[1])
        if all(map(log_sources, queries)) and not (mapped and all(map(native, queries))):
            apart += ["logsource"] if log_sources(queries[0]) != log_sources(queries[1]) else []
        apart += ["FROM"] if all(map(_read, queries)) and _read(queries[0]) != _read(queries[1]) else []
        if apart:
            given.append(f"both see the same events: that they differ in `{'`, `'.join(apart)}` is not compared")
        return {
            "relation": relation,
            "counterexample": found.counterexample,
            "only_a": found.counterexamples.get("a_not_b"),
            "only_b": found.counterexamples.get("b_not_a"),
            "given": list(dict.fromkeys(given)),
            "notes": notes,
        }


def _read(query: Query) -> str:
    """The indices that an ES|QL text reads, as it names them."""
    head = query.text.split("|")[0].lower() if query.language == "esql" else ""
    return " ".join(head.split()).partition(" metadata ")[0]


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


def _pairs(a: str, b: str, ask: _Asked) -> Any:
    from converter.porting.whole import Whole

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
            sides = [(Whole.of(rule, ask.fields), rule.data) for rule in (one, other)]
            yield {**row, **ask.verdict(sides[0], sides[1])}
        except ConverterError as error:
            yield {**row, "relation": "unknown", "reason": str(error)}


def _by_id(folder: str) -> dict[str, Document]:
    from converter.documents import rules_of

    return {str(document.id).lower(): document for document in rules_of(read_documents([folder]))}
