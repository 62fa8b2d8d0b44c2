"""A severe rule has no investigation guide.

What: a rule of severity high or critical whose `note` has no part `## Triage and analysis`. In the profile `elastic`.
Why: its alerts are looked at first, by people who did not write it.
Example: a critical rule without `note`.
Instead: write what to look at, what is harmless, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    severe = subject.data.get("severity") in ("high", "critical") and not subject.data.get("building_block_type")
    if severe and "## triage and analysis" not in (subject.text("note") or "").casefold():
        yield subject.at("severity", f"a {subject.data['severity']} rule without an investigation guide")


CHECK = Check("RP119", "guide-missing", "note", run, applies=("elastic",), profiles=("elastic",))
