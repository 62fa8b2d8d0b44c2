"""`ruleproof convert`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from converter.documents import Document

FORMATS = {"toml": "toml", "ndjson": "ndjson", "json": "json", "md": "docs"}


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--to", "target", type=click.Choice(list(FORMATS)), required=True, help="The format to write.")
@click.option("-o", "--output", metavar="FILE|FOLDER", help="Write there; a folder gets a file a rule.")
@click.option("--stack", type=click.Choice(["8.19", "9.5"]), help="Refuse what this version of Kibana cannot take.")
@click.option("-l", "--language", metavar="NAME", help="The query's language, which a documentation page does not say.")
@click.option("--threshold", metavar="FIELDS>=N", help="For a page: such as `host.id,user.name>=10`, or `>=100`.")
@click.option("--new-terms-fields", metavar="FIELDS", help="For a page: field names with commas between.")
@click.option("--history-window-start", metavar="DATE", help="For a page: such as now-7d.")
@click.option("--threat-index", metavar="PATTERNS", help="For a page: index patterns with commas between.")
@click.option("--threat-query", metavar="TEXT", help="For a page: the query that selects the indicators.")
@click.option("--threat-mapping", metavar="FIELD=INDICATOR", multiple=True,
              help="For a page: pairs of fields, commas between those that must fit together; repeatable.")  # fmt: skip
@click.option("--anomaly-threshold", type=int, metavar="N", help="For a page: 0 to 100.")
@click.option("--machine-learning-job-id", metavar="IDS", help="For a page: job ids with commas between.")
def command(
    paths: tuple[str, ...], target: str, output: str | None, stack: str | None, language: str | None, **said: Any
) -> None:
    """Write Elastic rules in another format: TOML, a Kibana import (NDJSON), API JSON, or a documentation page.

    Nothing is lost between TOML, NDJSON and JSON, exception lists and connectors included. A documentation
    page holds what its layout has a place for; what a page lacks is asked for by name.

    \b
    Examples:
      ruleproof convert rule.toml --to md
      ruleproof convert page.md --to ndjson --threshold 'host.id>=10' -o import.ndjson
    """
    from converter.cli.writing import is_folder, write_file, write_folder
    from converter.diagnostics import UsageError
    from converter.documents import dump

    documents = read(paths, language, given(said))
    format = FORMATS[target]
    good, failed = sound(documents, stack)
    if output is not None and is_folder(output):
        write_folder([(document, dump(document, format)) for document in good], format, output)
    elif good:
        if len(good) > 1 and format in ("toml", "docs"):
            raise UsageError(
                f"one {target} file holds one rule, not {len(good)}", help="name a folder with `-o`, or take ndjson"
            )
        text = dump(good, format)
        if output is None:
            click.echo(text, nl=False)
        else:
            write_file(output, text)
    raise click.exceptions.Exit(1 if failed else 0)


def read(paths: tuple[str, ...], language: str | None, given: dict[str, Any]) -> list[Document]:
    """All rules, unchecked: what is wrong with them is told rule by rule."""
    from converter.diagnostics import UsageError
    from converter.documents import load

    documents: list[Document] = []
    for path in paths:
        documents += load(path, language, given=given, check=False)
    sigma = next((item for item in documents if item.kind == "sigma"), None)
    if sigma is not None:
        raise UsageError(
            f"`{sigma.path}` is a Sigma rule, not a Kibana rule", help="`ruleproof port --to toml` makes one of it"
        )
    return documents


def sound(documents: list[Document], stack: str | None) -> tuple[list[Document], bool]:
    """The rules that the schema takes, and whether there were others; their errors are printed."""
    from converter.documents import validate

    good, failed = [], False
    for document in documents:
        errors = [item for item in validate(document, stack) if item.severity == "error"]
        for note in document.notes:
            click.echo(f"note[{note.code}]: {Path(document.path or '').name}: {note.message}", err=True)
        for error in errors:
            click.echo(error.render(), err=True)
        failed = failed or bool(errors)
        good += [] if errors else [document]
    return good, failed


def given(said: dict[str, Any]) -> dict[str, Any]:
    """The options as the rule's keys."""
    found = {key: value for key, value in said.items() if value not in (None, ())}
    for key in ("new_terms_fields", "threat_index", "machine_learning_job_id"):
        if key in found:
            found[key] = _names(found[key])
    if "threshold" in found:
        found["threshold"] = threshold(found["threshold"])
    if "threat_mapping" in found:
        found["threat_mapping"] = [{"entries": _entries(text)} for text in found["threat_mapping"]]
    return found


def threshold(text: str) -> dict[str, Any]:
    """`host.id,user.name>=10`, or JSON as the rule has it."""
    from converter.diagnostics import UsageError

    if text.lstrip().startswith("{"):
        try:
            value: dict[str, Any] = json.loads(text)
            return value
        except ValueError:
            raise UsageError(f"`{text}` is not valid JSON") from None
    found = re.fullmatch(r"\s*([^>=]*?)\s*>=\s*([0-9]{1,9})\s*", text)
    if found is None:
        raise UsageError(f"`{text}` is no threshold", help="write it like `host.id>=10`, or `>=100` for all events")
    return {"field": _names(found[1]), "value": int(found[2])}


def _entries(text: str) -> list[dict[str, str]]:
    from converter.diagnostics import UsageError

    found = []
    for pair in _names(text):
        field, mark, value = (part.strip() for part in pair.partition("="))
        if not (field and mark and value):
            raise UsageError(f"`{pair}` is no pair of fields", help="write it like source.ip=threat.indicator.ip")
        found.append({"field": field, "type": "mapping", "value": value})
    return found


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
