"""A rule on endpoint events does not say how far it looks back.

What: `index` has `logs-endpoint.events.*`, and there is no `from`. In the profile `elastic`.
Why: endpoints send late; Kibana's default of six minutes with runs each five leaves one minute for that.
Example: a rule on `logs-endpoint.events.*` without `from`.
Instead: `from = "now-9m"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.finding import Fix


def run(subject: Subject) -> Iterator[Found]:
    wide = any(item.startswith("logs-endpoint.events.") for item in subject.texts("index"))
    if wide and not subject.data.get("from"):
        fix = Fix("look back nine minutes", ("from",), "now-9m")
        yield subject.at("index", "a rule on endpoint events without `from`", 'take `from = "now-9m"`', fix=fix)


CHECK = Check("RP126", "lookback-endpoint", "warning", run, applies=("elastic",), profiles=("elastic",))
