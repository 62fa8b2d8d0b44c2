"""What the published back ends emit, against what their texts did on a real node: a sample of the recorded rules."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from converter.audit import Converter, audit, installed, subject
from converter.languages.sigma.pipelines import resolve
from tests.audit.test_backends import needs_backends

OUTPUTS = ("lucene", "dsl", "esql")
RECORD = "reference/published_backends_on_elasticsearch.jsonl.xz"
STEP = 40


def recorded(shared: Path) -> dict[tuple[str, str], Any]:
    with lzma.open(shared / RECORD, "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    files = sorted({item["file"] for item in found})[::STEP]
    return {(item["file"], item["output"]): item for item in found if item["file"] in set(files)}


@needs_backends
@pytest.mark.parametrize("kind", ["keyword", "lowercase"])
def test_the_audit_finds_what_a_node_showed(shared: Path, kind: str) -> None:
    pipelines = resolve(["ecs_windows"])
    assert pipelines is not None
    outputs, converter = installed(OUTPUTS), Converter(pipelines.pipeline)
    record = recorded(shared)
    assert len(record) > 150
    wrong, found = [], 0
    for name in sorted({name for name, _ in record}):
        path = next(path for root in ("corpora/sigma", "") if (path := shared / root / name).is_file())
        for finding in audit(subject(path.read_text("utf-8"), pipelines, kind), outputs, converter):
            known = record[name, finding.output]
            if known["accepted"] != finding.accepted:
                wrong.append((name, finding.output, known.get("cause"), finding.error))
            elif known["accepted"] and known["verdict"][kind]["with_arrays"] != "right":
                found += 1
                if finding.relation == "equivalent":
                    wrong.append((name, finding.output, known["causes"][kind], "missed"))
    assert wrong == []
    assert found > (100 if kind == "keyword" else 30)
