"""Between two runs of the rule there is time that no run looks at.

What: the look-back (`from` to `to`) is shorter than the `interval`.
Why: events of the gap never raise an alert.
Example: `from = "now-5m"` with `interval = "10m"`.
Instead: let the look-back be the interval and some minutes more, for events that arrive late.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.times import interval, look_back, shown


def run(subject: Subject) -> Iterator[Found]:
    seen, step = look_back(subject.data), interval(subject.data)
    if seen is not None and step is not None and seen < step and subject.document.type != "machine_learning":
        key = "from" if "from" in subject.data else "interval"
        yield subject.at(
            key, f"each run looks back {shown(seen)}, but runs are {shown(step)} apart",
            f'take `from = "now-{shown(step + 60_000 * 5)}"`, or run more often',
        )  # fmt: skip


CHECK = Check("RP122", "lookback-interval", "error", run, applies=("elastic",))
