"""An audit over rule documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from converter.audit.audit import Finding, Subject, audit, subject
from converter.audit.backends import Converter, Output
from converter.diagnostics import ConverterError
from converter.documents import Document
from converter.fields import Fields
from converter.languages.sigma.pipelines import Pipelines


def audits(
    documents: Iterable[Document], outputs: Sequence[Output], pipelines: Pipelines | None, fields: str | Fields
) -> Iterator[tuple[Subject | None, list[Finding]]]:
    """Each document's findings, one an output. What is no single rule has no subject, and findings that say so."""
    converter = Converter(pipelines.pipeline if pipelines is not None else None)
    for document in documents:
        source = document.query_source()
        if document.kind != "sigma" or document.type != "rule" or source is None:
            yield None, [_unread(document, output, f"a {document.type} is not audited") for output in outputs]
            continue
        try:
            rule = subject(source.text, pipelines, fields, document.path)
        except ConverterError as error:
            yield None, [_unread(document, output, str(error)) for output in outputs]
            continue
        yield rule, audit(rule, outputs, converter)


def _unread(document: Document, output: Output, reason: str) -> Finding:
    return Finding(
        document.id, output.name, None, None, ("rule not read",), error=reason, title=document.name, path=document.path
    )
