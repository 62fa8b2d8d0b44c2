"""`port`: one document into one language or document format, with the verdict."""

from __future__ import annotations

from dataclasses import replace

from converter.diagnostics import ConverterError, Note, UsageError
from converter.documents import Document
from converter.fields import FieldsSpec
from converter.languages import names
from converter.porting import born, kept
from converter.porting.anomalies import GIVEN, TYPE, anomaly_query, unrepeated
from converter.porting.metadata import born_in_sigma
from converter.porting.outcome import Loss, Port
from converter.porting.porter import port_query, port_rule, refused
from converter.porting.rule_query import rule_query
from converter.porting.stateful_text import milliseconds_of
from converter.porting.to_elastic import FORMATS, port_document

NAMINGS = ("auto", "ecs", "sigma")


def port(
    document: Document, to: str = "sigma", naming: str = "auto", fields: FieldsSpec = None, approximate: bool = False,
    timespan: str | None = None,
) -> Port:  # fmt: skip
    """The document's rule as a text of language `to`, or as a whole Elastic document (`toml`, `ndjson`, `json`).

    The text is what was proven: it is parsed again before it is compared with the source. Never raises for a rule that
    cannot be ported (the relation is then `refused`, with the reason in `losses`); raises `UsageError` for an unknown
    language or naming. `naming` is that of a Sigma rule; `approximate` takes mapping entries that are not exact (the
    relation is then never `equivalent`). `timespan` (`30s`, `5m`, `12h`, `7d`) is taken for a sequence without
    `maxspan`; the port is then narrower.
    """
    if to in FORMATS:
        return port_document(document, to, fields=fields, approximate=approximate)
    if to not in names():
        raise UsageError(f"cannot port to `{to}`", help="known languages: " + ", ".join(names()))
    if naming not in NAMINGS:
        raise UsageError(f"there is no naming `{naming}`", help="use one of " + ", ".join(NAMINGS))
    span = None if timespan is None else milliseconds_of(timespan)
    if document.kind == "elastic" and document.type == TYPE:
        result = _anomalies(document, to, fields)
    elif document.kind == "elastic" and to == "sigma":
        result = _to_sigma(document, naming, fields, approximate, span)
    else:
        return port_rule(document, to, naming, fields, approximate, span)
    return _named(result, naming) if to == "sigma" else result


def _anomalies(document: Document, to: str, fields: FieldsSpec) -> Port:
    """A rule without a query, as a condition on the records that its job makes."""
    try:
        source = anomaly_query(document, fields)
    except ConverterError as error:
        return refused(to, error, None)
    result = port_query(source, document, to, "ecs")
    if result.text is None:
        return result
    text = unrepeated(result.text, document) if to == "sigma" else result.text
    return replace(result, text=text, given=(GIVEN, *result.given))


def _to_sigma(document: Document, naming: str, fields: FieldsSpec, approximate: bool, timespan: int | None) -> Port:
    """The very rule that the document was born as where its query still is that rule's, else a new one, with the query
    kept where it has to be."""
    try:
        source = rule_query(document, fields)
    except ConverterError as error:
        return refused("sigma", error, None)
    again = born.again(document, fields) if born_in_sigma(document) else None
    if again is not None:
        return again
    return kept.with_query(port_query(source, document, "sigma", naming, approximate, timespan), document)


def _named(result: Port, naming: str) -> Port:
    """The reason why a rule has ECS names, where none was given yet; refused where Sigma's own were asked for."""
    if result.text is None or result.naming == "sigma" or naming == "ecs":
        return result
    said = [note.message for note in result.notes if note.code == "naming"]
    kind = result.source.kind if result.source is not None else "event"
    why = f"Sigma's names are looked for in conditions on one event, this is a rule of kind `{kind}`"
    if kind == "event":  # a machine_learning rule
        why = "Sigma has no names for the fields of anomaly records"
    why = said[0] if said else why
    if naming == "sigma":
        return replace(result, relation="refused", text=None, losses=(Loss("naming", why),), reason="no standard names")
    return result if said else replace(result, notes=(*result.notes, Note("naming", why)))
