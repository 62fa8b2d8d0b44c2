"""A building block does not run as building blocks do.

What: `building_block_type` with a look-back under two hours or an interval under one, without `bypass_bbr_timing` in
the metadata. In the profile `elastic`.
Why: building blocks are many and cheap only if they run seldom; Elastic's repository asks for `now-119m` and `60m` at
least.
Example: `building_block_type = "default"` with `interval = "5m"`.
Instead: `from = "now-119m"` and `interval = "60m"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.times import UNITS, interval, look_back


def run(subject: Subject) -> Iterator[Found]:
    if not subject.data.get("building_block_type") or subject.metadata.get("bypass_bbr_timing") is True:
        return
    seen, step = look_back(subject.data), interval(subject.data)
    if (seen is not None and seen < 119 * UNITS["m"]) or (step is not None and step < 60 * UNITS["m"]):
        yield subject.at(
            "building_block_type", "a building block that runs more than once an hour, or looks back less than two",
            'take `from = "now-119m"` and `interval = "60m"`',
        )  # fmt: skip


CHECK = Check("RP129", "building-block-schedule", "note", run, applies=("elastic",), profiles=("elastic",))
