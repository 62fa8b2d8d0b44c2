"""Build the table of known fields, `converter/fields/data/builtin.json`.

    python tools/build_fields.py ../shared/reference

reads `ecs_<version>_fields.json` (Elastic Common Schema), `endpoint_fields.json` and `non_ecs_fields.json` (tables of
detection-rules; the latter by index pattern) and writes one entry a field, sorted by name:

    "name": "type[ flag…]"

Flags: `array`, or `?` where the table does not say; `<n` ignore_above; `of:PARENT` a multi-field over PARENT's values.

Where the tables disagree the first one in this order wins: ECS, endpoint, the others. A multi-field named `.caseless`
is a keyword with a lowercase normaliser (`keyword_lowercase`), whatever the table calls it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parents[1] / "converter/fields/data/builtin.json"
OBJECTS = ("object", "nested", "flattened")
DETECTION_RULES = "elastic/detection-rules 2026-08-21"

#: What a machine_learning rule asks of an anomaly record; the mapping of Elasticsearch's `.ml-anomalies-*` (8.19).
ANOMALIES = {"is_interim": "boolean", "job_id": "keyword", "record_score": "double", "result_type": "keyword"}


def flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and types of a table whose names may be dotted, nested, or both."""
    for key, value in table.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict):
            yield from flat(name, value)
        else:
            yield name, value


def ecs_entries(table: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for name, facts in table.items():
        entry = facts["type"]
        if facts.get("array"):
            entry += " array"
        if "ignore_above" in facts:
            entry += f" <{facts['ignore_above']}"
        yield name, entry
        for twin, type_ in facts.get("multi_fields", {}).items():
            yield twin, f"{type_}{' array' if facts.get('array') else ''} of:{name}"


def entries(reference: Path) -> tuple[str, dict[str, str]]:
    """The version of ECS, and name → entry over all tables."""
    (ecs_path,) = reference.glob("ecs_*_fields.json")
    version = re.sub(r"ecs_(.*)_fields", r"\1", ecs_path.stem)
    endpoint = json.loads((reference / "endpoint_fields.json").read_text("utf-8"))
    others = json.loads((reference / "non_ecs_fields.json").read_text("utf-8"))
    out = dict(ecs_entries(json.loads(ecs_path.read_text("utf-8"))))
    for name, entry in flat("", endpoint):
        out.setdefault(name, f"{entry} ?")
    for table in (*others.values(), ANOMALIES):
        for name, entry in flat("", table):
            out.setdefault(name, f"{entry} ?")
    return version, {name: with_parent(name, out) for name in sorted(out)}


def with_parent(name: str, table: Mapping[str, str]) -> str:
    """The entry, marked as a multi-field where its parent is no object but a field with values of its own."""
    entry, parent = table[name], name.rpartition(".")[0]
    held = table.get(parent)
    if " of:" in entry or held is None or held.split()[0] in OBJECTS:
        return entry
    if name.endswith(".caseless"):
        entry = "keyword_lowercase ?"
    return f"{entry} of:{parent}"


def main(reference: Path) -> None:
    version, table = entries(reference)
    header = {
        "source": f"ECS {version}; {DETECTION_RULES} (endpoint_fields, non_ecs_fields); anomaly records",
        "version": version,
        "built_by": "tools/build_fields.py",
    }
    lines = [f"{json.dumps(name)}:{json.dumps(entry)}" for name, entry in table.items()]
    text = '{"header":' + json.dumps(header) + ',\n"fields":{\n' + ",\n".join(lines) + "\n}}\n"
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(text, "utf-8")
    print(f"{OUT.name}: {len(table)} fields")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
