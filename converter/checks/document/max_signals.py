"""The rule asks for more alerts a run than Kibana makes.

What: `max_signals` above 1000, the limit that Kibana has unless its administrator raised it.
Why: the rule seems to promise what is cut off.
Example: `max_signals = 5000`.
Instead: 1000 at most, or a threshold or suppression so that fewer alerts say the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    value = subject.data.get("max_signals")
    if isinstance(value, int) and value > 1000:
        yield subject.at("max_signals", f"`max_signals` is {value}, Kibana's limit is 1000")


CHECK = Check("RP146", "max-signals", "warning", run, applies=("elastic",))
