"""Which log sources and fields the published pySigma pipelines know: `python tools/build_pipelines.py`.

Reads the pipelines installed beside it (`pip install pysigma-backend-elasticsearch pysigma-backend-splunk
pysigma-pipeline-sysmon pysigma-pipeline-windows`) and writes `converter/mapping/pipelines.json`: for each pipeline the
log sources that its items are made for, and the fields that it renames on them.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parents[1] / "converter" / "mapping" / "pipelines.json"
PACKAGES = (
    "pysigma-backend-elasticsearch",
    "pysigma-backend-splunk",
    "pysigma-pipeline-sysmon",
    "pysigma-pipeline-windows",
)
#: Older or special variants of another pipeline.
VARIANTS = {"ecs_windows_old", "ecs_zeek_corelight", "splunk_sysmon_acceleration"}
KINDS = ("AddConditionTransformation", "ChangeLogsourceTransformation", "FieldMappingTransformation")


def main() -> None:
    from sigma.plugins import InstalledSigmaPlugins

    resolver = InstalledSigmaPlugins.autodiscover().get_pipeline_resolver()
    names = sorted(set(resolver.pipelines) - VARIANTS)
    found = {name: described(resolver.resolve_pipeline(name)) for name in names}
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in found.items() if value["log_sources"]]
    source = json.dumps({package: version(package) for package in PACKAGES})
    text = '{"source": ' + source + ',\n "pipelines": {\n' + ",\n".join(lines) + "\n}}\n"
    TARGET.write_text(text, encoding="utf-8")


def described(pipeline: Any) -> dict[str, Any]:
    """`log_sources`: [product, category, service]; `fields`: the same and the names that are renamed there."""
    sources: dict[tuple[str, str, str], None] = {}
    fields: dict[tuple[str, str, str], set[str]] = {}
    for item in pipeline.items:
        kind = type(item.transformation).__name__
        conditions = list(item.rule_conditions)
        if kind not in KINDS or any(type(c).__name__ != "LogsourceCondition" for c in conditions):
            continue
        for condition in conditions or [None]:
            key = ("", "", "")
            if condition is not None:
                key = (condition.product or "", condition.category or "", condition.service or "")
            if kind == "FieldMappingTransformation":
                fields.setdefault(key, set()).update(str(name) for name in item.transformation.mapping)
            if any(key):
                sources[key] = None
    return {
        "backends": sorted(pipeline.allowed_backends),
        "log_sources": sorted(sources),
        "fields": [[*key, sorted(names)] for key, names in sorted(fields.items())],
    }


if __name__ == "__main__":
    main()
