"""What several commands share: options, reading inputs, printing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from converter.diagnostics import ConverterError, Source, UsageError
from converter.documents.document import Document

if TYPE_CHECKING:
    from converter.diagnostics import Diagnostic
    from converter.fields import Fields
    from converter.query import Query

F = TypeVar("F", bound=Callable[..., Any])

#: What each relation means, for a person. The second form is the port.
RELATIONS = {
    "equivalent": "matches the same events",
    "broader": "matches all these events, and more",
    "narrower": "matches only a part of these events",
    "different": "misses some of these events and matches others",
    "unknown": "not decided: the proof did not come to an end",
    "refused": "was not made",
}

_COLOURS = {"equivalent": "green", "broader": "yellow", "narrower": "yellow", "different": "red", "refused": "red"}


def format_option(command: F) -> F:
    return click.option(
        "--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True,
        help="For people, or for programs.",
    )(command)  # fmt: skip


def fields_option(command: F) -> F:
    return click.option(
        "--fields", "fields_path", metavar="FILE", type=click.Path(dir_okay=False),
        help="A file of own fields: {name: type} or an Elasticsearch mapping (YAML or JSON).",
    )(command)  # fmt: skip


def language_option(command: F) -> F:
    return click.option(
        "-l", "--language", metavar="NAME", help="The query's language, where the file does not say it."
    )(command)


def read_fields(path: str | None) -> Fields | None:
    """The built-in schema extended by a user's file; None is the built-in schema alone."""
    if path is None:
        return None
    from converter.fields import Fields

    return Fields.load(path)


def read_documents(paths: Iterable[str], language: str | None = None) -> list[Document]:
    """Rule documents of files, directories and globs; all errors of all files together."""
    from converter.documents import link, load

    documents: list[Document] = []
    diagnostics: list[Diagnostic] = []
    for path in paths:
        try:
            documents += load(path, language=language)
        except ConverterError as error:
            diagnostics += error.diagnostics
    if diagnostics:
        raise ConverterError.of(diagnostics)
    link(documents)
    if not documents:
        raise UsageError("no rule was found in: " + ", ".join(paths))
    return documents


def read_query(text_or_path: str, language: str | None, fields: Fields | None) -> Query:
    """A query from a file (its ending or its document says the language) or from the text itself; of a rule that
    counts, what it asks of a stream."""
    from converter.porting import stream_query

    found = read_rule(text_or_path, language, fields)
    return found if not isinstance(found, Document) else stream_query(found, fields)


def read_rule(text_or_path: str, language: str | None, fields: Fields | None) -> Query | Document:
    """The one rule of a rule file; else the query of a query file or of the text itself."""
    from converter.languages.sigma.pipelines import applied

    with applied():
        return _read_rule(text_or_path, language, fields)


def _read_rule(text_or_path: str, language: str | None, fields: Fields | None) -> Query | Document:
    from converter.languages import parse

    path = Path(text_or_path)
    if len(text_or_path) < 4096 and "\n" not in text_or_path and path.is_file():
        name = language or language_of(path)
        if name is None or (name == "sigma" and language is None) or is_document(path):
            from converter.documents import rules_of

            documents = rules_of(read_documents([text_or_path], language))
            if len(documents) != 1:
                raise UsageError(
                    f"`{text_or_path}` holds {len(documents)} rules where one is needed", help="give one rule's file"
                )
            return documents[0]
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read `{text_or_path}`: {error}") from None
        return parse(name, Source(text, str(path), text), fields)
    if language is None:
        if path.suffix and " " not in text_or_path:
            raise UsageError(f"there is no file `{text_or_path}`")
        raise UsageError("the language of the query is not known", help="name it with `-l`, for example `-l eql`")
    return parse(language, text_or_path, fields)


def is_document(path: Path) -> bool:
    return path.suffix.lower() in (".toml", ".ndjson", ".md") or (
        path.suffix.lower() == ".json" and not path.name.endswith(".dsl.json")
    )


def language_of(path: Path) -> str | None:
    """By the file's ending; None for rule documents, which say it themselves."""
    from converter.languages import get, names

    for name in names():
        if any(path.name.lower().endswith(suffix) for suffix in get(name).suffixes):
            return name
    return None


def read_events(paths: Iterable[str]) -> list[Any]:
    from converter.documents import load_events

    events: list[Any] = []
    for path in paths:
        events += load_events(path)
    return events


def echo_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def coloured(relation: str) -> str:
    return click.style(relation, fg=_COLOURS.get(relation), bold=True)


def show_event(event: Any, indent: str = "  ") -> str:
    """An event as one flat JSON object, a field a line."""
    return "\n".join(
        indent + line for line in json.dumps(event, indent=2, ensure_ascii=False, default=str).splitlines()
    )
