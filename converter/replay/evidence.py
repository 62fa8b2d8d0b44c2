"""What a rule's own tests say about the rule as it is written: test files beside it, regression tests that it names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from converter.diagnostics import ConverterError
from converter.documents import Document
from converter.documents.loading import load_text
from converter.matching import EventValues, compile_node
from converter.normalise import completed, view_for
from converter.porting.porter import predicate_of
from converter.query import Query
from converter.replay import expectations, regression


def disagreements(document: Document, query: Query) -> Iterator[str]:
    """Each case that a rule decides otherwise than it says, in words. For rules that are a condition on one event.

    Raises what reading the files raises."""
    if predicate_of(query) is None:
        return
    for number, case in enumerate(expectations.cases_of(document), 1):
        events = [completed(event, query.extra.get("logsource") or {}) or event for event in case.events]
        matched = len(_matched(query, events))
        if case.expect is not None and (matched > 0) is not case.expect:
            named = f" ({case.reason})" if case.reason else ""
            yield f"test {number}{named} {'matches, but must not' if matched else 'does not match, but must'}"
    for item in regression.cases_of(document):
        matched = len(_matched(query, item.events))
        if not item.holds(matched):
            count = f"{matched} of {len(item.events)} events match, expected {item.expectation}"
            yield f"regression test `{item.name}`: {count}"


def _matched(query: Query, events: Sequence[Mapping[str, Any]]) -> list[int]:
    view = view_for(query, events)
    tree = predicate_of(query)
    assert tree is not None, "the caller has looked"
    test = compile_node(tree)
    return [at for at, event in enumerate(view.events) if at not in view.outside and test(EventValues(event))]


def signature(path: Path, text: str) -> str:
    """Changes with the content of the files that `disagreements` reads for a rule file of that text; "" without any."""
    files = [file for own in expectations.beside(path) for file in expectations.files_of(own)]
    if regression.KEY in text:
        files += [file for document in _documents(text, path) for file in regression.files_of(document)]
    return "\n".join(f"{file.name} {_digest(file)}" for file in dict.fromkeys(files))


def _documents(text: str, path: Path) -> list[Document]:
    try:
        return load_text(text, str(path), False)
    except ConverterError:
        return []


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return str(error.strerror)
