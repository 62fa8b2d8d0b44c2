"""A cluster as a judge: throw-away indices, loaded, asked and deleted. Knows requests, not rules.

Only indices that a `Cluster` made itself, under a random name, are ever written or deleted.
"""

from __future__ import annotations

import http.client
import logging
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from converter.diagnostics import ConverterError, UsageError
from converter.engines.credentials import Credentials, checked_url
from converter.engines.mapping import RESERVED, SETTINGS, STAND_INS, mapping_of
from converter.fields import Fields

#: ES|QL gives back at most this many rows, and a search as many hits.
MOST = 10_000
MOST_HEADERS = 5_000
PREFIX = "ruleproof-"
MISSING_TYPE = re.compile(r"(?:The mapper type|No handler for type) \[(\w+)\]")


class EngineError(ConverterError):
    """The engine cannot be reached, or refuses what a run needs."""

    code = "engine"


class Refused(Exception):
    """The engine rejects one query; the text is its reason."""


@dataclass(frozen=True)
class Index:
    """A loaded throw-away index. `rejected`: position of each event that it would not take → the reason.

    `stand_ins` are the field types that the cluster lacks, each with the type that was used for it."""

    name: str
    size: int
    rejected: Mapping[int, str]
    stand_ins: Mapping[str, str]


@dataclass
class Cluster:
    """A connection. Raises `UsageError` for a URL with a password in it; nothing is asked before the first call."""

    url: str
    credentials: Credentials = field(default_factory=Credentials)
    timeout: float = 60.0
    _made: set[str] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        self.url = checked_url(self.url)
        try:
            import elasticsearch
        except ImportError:
            raise UsageError(
                "the client of Elasticsearch is not installed", help="pip install 'ruleproof[elasticsearch]'"
            ) from None
        logging.getLogger("elastic_transport").setLevel(logging.ERROR)
        # ES|QL sends a Warning header for each kind of value that it read as null; Python's client takes 100 headers
        http.client._MAXHEADERS = max(MOST_HEADERS, http.client._MAXHEADERS)  # type: ignore[attr-defined]
        self._errors = (elasticsearch.ApiError, elasticsearch.TransportError)
        self._client = elasticsearch.Elasticsearch(
            self.url, request_timeout=self.timeout, max_retries=0, **self.credentials.client_options()
        )

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            for name in list(self._made):
                self._drop(name)
        finally:
            self._client.close()

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """One request; raises `Refused` for an answer of 4xx or 5xx, `EngineError` where there is no answer."""
        kind = "application/x-ndjson" if isinstance(body, list) else "application/json"
        headers = {"accept": "application/json", **({"content-type": kind} if body is not None else {})}
        try:
            with warnings.catch_warnings():  # the client repeats what an answer's Warning headers say
                warnings.simplefilter("ignore")
                return self._client.perform_request(
                    method, path, params=params or None, headers=headers, body=body
                ).body
        except self._errors as error:
            if getattr(error, "status_code", None) in (401, 403):
                raise EngineError(
                    f"{self.url} does not let us in: {self._reason(error)}",
                    help="give an API key or a user by the environment or a file; it must be allowed to create, write, "
                    f"read and delete indices named {PREFIX}*",
                ) from None
            if hasattr(error, "status_code"):
                raise Refused(self._reason(error)) from None
            raise EngineError(f"no answer from {self.url}: {self.credentials.hide(str(error))}") from None

    def _reason(self, error: Any) -> str:
        return self.credentials.hide(reason(getattr(error, "body", None)) or str(error))

    @contextmanager
    def index(self, events: Sequence[Mapping[str, Any]], names: Iterable[str], schema: Fields) -> Iterator[Index]:
        """An index with the events, ids being their positions, and the mapping of the named fields; deleted in the end,
        whatever happens. Raises `EngineError` where it cannot be made, or for more than 10,000 events."""
        if len(events) > MOST:
            raise EngineError(
                f"{len(events)} events are more than one index takes here", help=f"at most {MOST} at once"
            )
        name = PREFIX + uuid4().hex
        self._made.add(name)  # before the request, for it may be cut off after it was served
        try:
            stand_ins = self._create(name, list(names), schema)
            rejected = self._load(name, events)
            yield Index(name, len(events), rejected, stand_ins)
        except Refused as error:
            raise EngineError(f"{self.url} refuses the throw-away index: {error}") from None
        finally:
            self._drop(name)

    def _create(self, name: str, names: list[str], schema: Fields) -> dict[str, str]:
        lacking: dict[str, str] = {}
        while True:
            mapping = {"dynamic": False, **mapping_of(names, schema, lacking)}
            try:
                self.call("PUT", f"/{name}", {"settings": SETTINGS, "mappings": mapping})
                return lacking
            except Refused as error:
                found = MISSING_TYPE.search(str(error))
                if found is None or found[1] not in STAND_INS or found[1] in lacking:
                    raise
                lacking[found[1]] = STAND_INS[found[1]]

    def _load(self, name: str, events: Sequence[Mapping[str, Any]]) -> dict[int, str]:
        rejected: dict[int, str] = {}
        for start in range(0, len(events), 1000):
            lines: list[Any] = []
            for position, event in enumerate(events[start : start + 1000], start):
                lines += [{"index": {"_id": str(position)}}, {k: v for k, v in event.items() if k not in RESERVED}]
            answer = self.call("POST", f"/{name}/_bulk", lines)
            for item in answer["items"] if answer.get("errors") else ():
                entry = item["index"]
                if "error" in entry:
                    rejected[int(entry["_id"])] = reason({"error": entry["error"]})
        self.call("POST", f"/{name}/_refresh")
        return rejected

    def _drop(self, name: str) -> None:
        if name not in self._made:
            raise AssertionError(f"{name} was not made here")
        with suppress(Refused):  # nothing there: the creation had failed
            self.call("DELETE", f"/{name}", ignore_unavailable="true")
        self._made.discard(name)

    def has_eql(self, index: Index) -> bool:
        """Whether the cluster answers EQL."""
        try:
            self.call("POST", f"/{index.name}/_eql/search", {"query": "any where true", "size": 1})
        except Refused as error:
            return "no handler found" not in str(error)
        return True

    def search(self, index: Index, query: Mapping[str, Any]) -> list[int]:
        """Positions of the events that a Query DSL query finds; raises `Refused`."""
        answer = self.call("POST", f"/{index.name}/_search", {"query": query, "size": MOST, "_source": False})
        failures = answer["_shards"].get("failures")
        if failures:
            raise Refused(reason({"error": failures[0]["reason"]}))
        return sorted(int(hit["_id"]) for hit in answer["hits"]["hits"])

    def eql(self, index: Index, query: str, category: str, timestamp: str, tiebreaker: str | None) -> list[list[int]]:
        """Hits, each the positions of its events; raises `Refused`."""
        body = {"query": query, "size": 1000, "event_category_field": category, "timestamp_field": timestamp}
        if tiebreaker:
            body["tiebreaker_field"] = tiebreaker
        hits = self.call("POST", f"/{index.name}/_eql/search", body)["hits"]
        if "sequences" in hits:
            return [[int(event["_id"]) for event in item["events"]] for item in hits["sequences"]]
        return [[int(event["_id"])] for event in hits.get("events", ())]

    def esql(self, query: str) -> tuple[list[tuple[str, str]], list[list[Any]]]:
        """Columns (name, type) and rows; raises `Refused`."""
        answer = self.call("POST", "/_query", {"query": query})
        return [(column["name"], column["type"]) for column in answer["columns"]], answer["values"]


def reason(body: Any) -> str:
    """Type and reason of the innermost cause of an error's body."""
    error = body.get("error", body) if isinstance(body, Mapping) else body
    if not isinstance(error, Mapping):
        return str(error or "")
    if error.get("failed_shards"):
        error = error["failed_shards"][0]["reason"]
    while isinstance(error.get("caused_by"), Mapping) and error["caused_by"].get("reason"):
        error = error["caused_by"]
    return f"{error.get('type')}: {' '.join(str(error.get('reason')).split())}"
