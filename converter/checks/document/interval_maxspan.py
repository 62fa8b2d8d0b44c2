"""The rule runs far more often than its sequence needs.

What: `interval` is less than half of `maxspan`. In the profile `elastic`.
Why: each run reads the whole look-back again; Elastic's repository allows no more than two runs a maxspan.
Example: `sequence with maxspan=1h`, run each five minutes.
Instead: an interval of at least half of `maxspan`.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.times import UNITS, interval, maxspan, shown


def run(subject: Subject) -> Iterator[Found]:
    span = maxspan(subject.query.tree) if subject.query is not None else None
    step = interval(subject.data)
    if span is not None and step and span > 10 * UNITS["m"] and step * 2 < span:
        yield subject.at("interval", f"runs are {shown(step)} apart, the sequence may take {shown(span)}")


CHECK = Check("RP125", "interval-maxspan", "note", run, applies=("elastic",), profiles=("elastic",))
