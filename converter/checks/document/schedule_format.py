"""The schedule cannot be read.

What: `from`, `to` or `interval` in a form that Kibana does not take.
Why: the rule cannot be saved, or looks at another time than was meant.
Example: `from = "9m"`.
Instead: `from = "now-9m"`, `interval = "5m"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.times import back, duration


def run(subject: Subject) -> Iterator[Found]:
    for key in ("from", "to"):
        value = subject.data.get(key)
        if value is not None and back(value) is None:
            yield subject.at(key, f"`{key}` is not of the form now-9m: `{value}`")
    step = subject.data.get("interval")
    if step is not None and not duration(step):
        yield subject.at("interval", f"`interval` is not of the form 5m: `{step}`")


CHECK = Check("RP123", "schedule-format", "error", run, applies=("elastic",))
