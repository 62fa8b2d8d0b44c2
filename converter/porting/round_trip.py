"""Whether an Elastic document comes back from Sigma as it went."""

from __future__ import annotations

from dataclasses import dataclass

from converter.documents import Document, loads
from converter.porting.documents import port
from converter.porting.kept import main_document
from converter.porting.rule_query import rule_query
from converter.porting.to_elastic import port_document
from converter.proof import compare


@dataclass(frozen=True)
class RoundTrip:
    """What came of the way to Sigma and back.

    `outcome` is `same` (data and tables are equal, the query is equal or proven equivalent), `refused` (there is no
    Sigma form), or what came back differently: `query`, `data`, `tables`, or `lost` (nothing did). `why` is for people.
    """

    outcome: str
    why: str
    sigma: str | None = None
    back: Document | None = None


def round_trip(document: Document) -> RoundTrip:
    """An Elastic document to Sigma and back to TOML, with each key compared."""
    there = port(document, "sigma")
    if there.text is None:
        return RoundTrip("refused", there.reason or there.relation)
    back = port_document(main_document(there.text), "toml")
    if back.text is None:
        return RoundTrip("lost", f"{back.relation}: {back.reason}", there.text)
    (again,) = loads(back.text, "toml")
    keys = {key for key in document.data.keys() | again.data.keys() if document.data.get(key) != again.data.get(key)}
    if keys - {"query"}:
        return RoundTrip("data", ", ".join(sorted(keys)), there.text, again)
    if again.metadata != document.metadata:
        return RoundTrip("tables", ", ".join(again.metadata), there.text, again)
    if not keys:
        return RoundTrip("same", "letter by letter", there.text, again)
    relation = compare(rule_query(document), rule_query(again)).relation
    return RoundTrip("same" if relation == "equivalent" else "query", relation, there.text, again)
