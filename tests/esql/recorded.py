"""Recorded ES|QL answers beside the checkout: reading them, asking ruleproof, comparing."""

from __future__ import annotations

import json
import lzma
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from converter import ConverterError, match, parse, table


@dataclass(frozen=True)
class Probe:
    """One small question with its set of documents and the node's answer."""

    name: str
    language: str
    query: str
    set_name: str
    documents: dict[str, Any]
    mapping: dict[str, Any]
    answer: dict[str, Any]


def probes(shared: Path) -> Iterator[Probe]:
    """Every ES|QL probe."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in sorted((shared / "conformance/elasticsearch-probes").glob("*.yaml")):
        with path.open(encoding="utf-8") as file:
            content = yaml.load(file, loader)
        for group in content["groups"]:
            name = group["set"]
            spec = content["sets"][name]
            mapping = {"properties": spec["mapping"], "settings": spec.get("settings", {})}
            for probe in group["probes"]:
                if probe["language"].startswith("esql"):
                    yield Probe(
                        probe["name"], probe["language"], str(probe["query"]), name, spec["docs"], mapping, probe
                    )


def rules(shared: Path) -> Iterator[dict[str, Any]]:
    """The recorded ES|QL rules that the node could run."""
    path = shared / "conformance/elasticsearch-rules/esql.jsonl.xz"
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if "error" not in record and "left_out" not in record:
                yield record


def text_of(probe: Probe) -> str:
    """The whole query that the node got."""
    source = f"FROM {probe.set_name} METADATA _id"
    match probe.language:
        case "esql-where":
            return f"{source} | WHERE {probe.query} | KEEP _id"
        case "esql-value":
            return f"{source} | EVAL r = {probe.query} | KEEP _id, r"
    return probe.query


def ask(probe: Probe) -> str | None:
    """None where ruleproof gives the recorded answer, else what differs."""
    events = [
        {**source, "_id": str(name), "_index": probe.set_name, "_version": 1}
        for name, source in probe.documents.items()
    ]
    want = probe.answer
    try:
        query = parse("esql", text_of(probe), probe.mapping)
        rows = table(query, events, probe.mapping)
        hits = match(query, events) if probe.language == "esql-where" else None
    except ConverterError as error:
        return None if "error" in want else f"raised {type(error).__name__}: {error}"
    if "error" in want:
        return f"no error, got {rows[:3]}; wanted {want['error']}"
    if hits is not None:
        return _hits(probe, [str(list(probe.documents)[position or 0]) for (position,) in hits])
    if probe.language == "esql-value":
        found = {row["_id"]: row["r"] for row in rows}
        return None if same(found, want["values"]) else f"got {found}; wanted {want['values']}"
    return _rows(probe, rows)


def _hits(probe: Probe, found: list[str]) -> str | None:
    names = {str(name) for name in probe.documents}
    want = probe.answer
    wanted = set(map(str, want["hits"])) if "hits" in want else names - set(map(str, want["misses"]))
    if set(found) == wanted:
        return None
    return f"too many {sorted(set(found) - wanted)}, too few {sorted(wanted - set(found))}"


def _rows(probe: Probe, rows: list[dict[str, Any]]) -> str | None:
    want = probe.answer
    if "count" in want:
        return None if len(rows) == want["count"] else f"{len(rows)} rows; wanted {want['count']}"
    names = [column.rpartition(":")[0] for column in want["columns"]]
    if rows and list(rows[0]) != names:
        return f"columns {list(rows[0])}; wanted {names}"
    found = [[row[name] for name in names] for row in rows]
    ordered = " SORT " in f" {probe.query.upper()} " or probe.query.upper().startswith("ROW")
    if same_rows(found, want["rows"], ordered):
        return None
    return f"got {found}; wanted {want['rows']}"


def same_rows(found: list[Any], wanted: list[Any], ordered: bool) -> bool:
    """Whether two tables are equal, in any order unless `ordered`."""
    if len(found) != len(wanted):
        return False
    if ordered:
        return all(map(same, found, wanted))
    rest = list(found)
    for row in wanted:
        place = next((i for i, other in enumerate(rest) if same(other, row)), None)
        if place is None:
            return False
        del rest[place]
    return True


def same(found: Any, wanted: Any) -> bool:
    """Equal values: lists as bags, doubles to twelve digits, no confusion of booleans with numbers."""
    if isinstance(found, dict):
        return (
            isinstance(wanted, dict)
            and found.keys() == wanted.keys()
            and all(same(found[key], wanted[key]) for key in found)
        )
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and same_rows(found, wanted, ordered=False)
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return found == wanted or math.isclose(found, wanted, rel_tol=1e-12)
    return bool(found == wanted)


@dataclass(frozen=True)
class Case:
    """One of the recorded tests of Elasticsearch itself."""

    name: str
    query: str
    rows: list[list[Any]]
    columns: list[str]


#: The types of the columns that are no keyword, as the README of the recorded cases gives them.
TYPES = {
    **dict.fromkeys(("emp_no", "languages", "salary"), "integer"),
    "salary_change": "double",
    **dict.fromkeys(("still_hired", "is_rehired"), "boolean"),
    **dict.fromkeys(("ip0", "ip1"), "ip"),
    "description": "text",
}


def cases(shared: Path) -> Iterator[Case]:
    folder = shared / "conformance/elasticsearch-esql"
    for case in json.loads((folder / "esql_tests.json").read_text(encoding="utf-8")):
        yield Case(case["name"], case["query"], case["rows"], case["columns"])


def case_data(shared: Path, case: Case) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The events and the field types that a case works on."""
    name = "hosts" if "from hosts" in case.query.lower() else "employees"
    path = shared / f"conformance/elasticsearch-esql/data/{name}.json"
    events = json.loads(path.read_text(encoding="utf-8"))
    return events, {key: TYPES.get(key, "keyword") for event in events for key in event}


def ask_case(shared: Path, case: Case) -> str | None:
    events, types = case_data(shared, case)
    try:
        rows = table(parse("esql", case.query, types), events)
    except ConverterError as error:
        return f"raised {type(error).__name__}: {error}"
    found = [[row.get(name) for name in case.columns] for row in rows]
    if same_rows(found, case.rows, "sort " in case.query.lower()):
        return None
    return f"got {found[:6]}; wanted {case.rows[:6]}"


def ask_rule(record: dict[str, Any]) -> str | None:
    """None where the rows of a rule are the recorded ones; `unstable` columns are left out."""
    try:
        query = parse("esql", record["run"], record["mapping"])
        if "matched" in record:
            found = sorted(position for (position,) in match(query, record["events"], now=record.get("now")))
            wanted = sorted(map(int, record["matched"]))
            return None if found == wanted else f"got {found}; wanted {wanted}"
        rows = table(query, record["events"], now=record.get("now"))
    except ConverterError as error:
        return f"raised {type(error).__name__}: {error}"
    names = [name for name, _ in record["table"]["columns"]]
    if rows and list(rows[0]) != names:
        return f"columns {list(rows[0])}; wanted {names}"
    stable = [i for i, name in enumerate(names) if name not in record.get("unstable", ())]
    got = [[row[names[i]] for i in stable] for row in rows]
    want = [[row[i] for i in stable] for row in record["table"]["rows"]]
    if same_rows(got, want, ordered=False):
        return None
    missing = [row for row in want if not any(same(row, other) for other in got)]
    surplus = [row for row in got if not any(same(row, other) for other in want)]
    return f"{len(got)} rows, wanted {len(want)}; first missing {missing[:1]}, first surplus {surplus[:1]}"
