"""Where else a Sigma rule runs: the published pySigma pipelines that know its log source and its fields.

The facts are `pipelines.json`, made by `tools/build_pipelines.py`; they say which names a pipeline is made for, not
that what it emits is right.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

#: A pipeline that renames fewer fields of a log source than this leaves the others their Sigma names on purpose.
_RENAMES_ALL = 6
_KEYS = ("product", "category", "service")


def portability(log_source: Mapping[str, Any], names: Iterable[str], ecs: bool = False) -> str:
    """One sentence. `names` are the fields of the detection; `ecs`: they are ECS names (`taxonomy: ecs`)."""
    if ecs:
        return "ECS names: for the Elasticsearch and OpenSearch back ends of pySigma, without a pipeline"
    wanted = sorted(set(names) - {"*"})
    title = "/".join(str(log_source[key]) for key in _KEYS if log_source.get(key))
    known, partly = [], []
    for name, pipeline in _pipelines().items():
        if not any(_applies(key, log_source) for key in pipeline["log_sources"]):
            continue
        renamed = {field for *key, fields in pipeline["fields"] if _applies(key, log_source) for field in fields}
        lacking = [field for field in wanted if field not in renamed] if len(renamed) >= _RENAMES_ALL else []
        if lacking:
            partly.append(f"{name} (not {', '.join(f'`{field}`' for field in lacking)})")
        else:
            known.append(name)
    if not known and not partly:
        return f"no published pySigma pipeline for Elasticsearch, Splunk or Windows knows the log source {title}"
    out = [f"known to the pySigma pipelines {', '.join(known)}"] if known else []
    if partly:
        out.append(f"{'in part' if known else 'known in part'} to {', '.join(partly)}")
    return "; ".join(out)


def _applies(key: Iterable[str], log_source: Mapping[str, Any]) -> bool:
    return all(not value or log_source.get(name) == value for name, value in zip(_KEYS, key, strict=True))


@cache
def _pipelines() -> Mapping[str, Any]:
    text = files("converter.mapping").joinpath("pipelines.json").read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)["pipelines"]
    return found
