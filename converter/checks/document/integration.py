"""The metadata do not name the integration that the data come from.

What: an index pattern `logs-NAME…` without NAME in `integration` of `[metadata]`. In the profile `elastic`.
Why: Kibana tells users from it what to install before the rule can find anything.
Example: `index = ["logs-okta*"]` without `integration = ["okta"]`.
Instead: name each integration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject

#: Index patterns of no integration of their own.
_OTHERS = {"*", "", "ti_", "network_traffic", "endpoint.alerts"}


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.format != "toml" or subject.document.type in ("machine_learning", "threat_match"):
        return
    said = subject.metadata.get("integration")
    listed = {said} if isinstance(said, str) else set(said if isinstance(said, list) else ())
    for item in subject.texts("index"):
        found = re.match(r"logs-([a-z0-9_]+)", item)
        if found and found[1] not in listed and found[1] not in _OTHERS:
            yield subject.at("index", f"`{item}` is data of the integration `{found[1]}`, which is not named")


CHECK = Check("RP149", "integration", "note", run, applies=("elastic",), profiles=("elastic",))
