"""The metadata name other integrations than the index patterns.

What: an index pattern `logs-NAME…` without NAME in `integration` of `[metadata]`, or an integration there without an
index pattern that holds its data. In the profile `elastic`.
Why: Kibana tells users from it what to install before the rule can find anything.
Example: `index = ["logs-okta*"]` without `integration = ["okta"]`.
Instead: name each integration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from converter.checks import Check, Found, Subject

#: Index patterns of no integration of their own.
_OTHERS = {"*", "", "ti_", "network_traffic", "endpoint.alerts"}

#: Integrations of machine-learning jobs, which have no data of their own.
_JOBS = {"dga", "problemchild", "lmd", "ded", "beaconing", "pad"}


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.format != "toml" or subject.document.type in ("machine_learning", "threat_match"):
        return
    said = subject.metadata.get("integration")
    listed = {said} if isinstance(said, str) else set(said if isinstance(said, list) else ())
    for item in subject.texts("index"):
        found = re.match(r"logs-([a-z0-9_]+)", item)
        if found and found[1] not in listed and found[1] not in _OTHERS:
            yield subject.at("index", f"`{item}` is data of the integration `{found[1]}`, which is not named")
    for name in sorted(map(str, listed)):
        if subject.texts("index") and not any(_holds(item, name) for item in subject.texts("index")):
            yield subject.in_metadata("integration", f"no index pattern takes data of the integration `{name}`")


def _holds(pattern: str, name: str) -> bool:
    if name == "windows" and "winlog" in pattern:
        return True
    if name == "apm":
        return pattern.startswith(("apm-", "traces-apm"))
    return pattern.startswith(f"logs-{name}") or fnmatchcase(f"logs-{name}.x-default", pattern) or name in _JOBS


CHECK = Check("RP149", "integration", "note", run, applies=("elastic",), profiles=("elastic",))
