"""A sequence may take longer than one run looks back.

What: `maxspan` is longer than the look-back.
Why: a run sees only the end of such a sequence, the run before only its beginning: it is never found.
Example: `sequence with maxspan=1h` with `from = "now-9m"`.
Instead: look back at least as far as `maxspan`, and the interval more.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.times import look_back, maxspan, shown


def run(subject: Subject) -> Iterator[Found]:
    span = maxspan(subject.query.tree) if subject.query is not None else None
    seen = look_back(subject.data)
    if span is not None and seen is not None and seen < span:
        yield subject.at("from", f"the sequence may take {shown(span)}, each run looks back {shown(seen)} only")


CHECK = Check("RP124", "lookback-maxspan", "warning", run, applies=("elastic",))
