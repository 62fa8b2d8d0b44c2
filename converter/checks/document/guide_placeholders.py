"""The investigation guide's placeholders do not fit its plugins.

What: `$osquery_0` or `$investigate_0` in `note` without an entry of that number in `[transform]`, or an entry that the
guide never shows.
Why: the analyst reads `$osquery_3` where a query should be.
Example: three `[[transform.osquery]]` and a guide with `$osquery_0` and `$osquery_3`.
Instead: one placeholder for each entry, counted from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject

_PLACEHOLDER = re.compile(r"\$\{?(osquery|investigate|insight)_(\d+)\}?")


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.format != "toml":
        return
    transform = subject.document.metadata.get("transform")
    entries = transform if isinstance(transform, dict) else {}
    note = subject.text("note") or ""
    used = {(plugin, int(number)) for plugin, number in _PLACEHOLDER.findall(note)}
    there = {
        (plugin, number)
        for plugin, items in entries.items()
        for number in range(len(items) if isinstance(items, list) else 0)
    }
    for plugin, number in sorted(used - there):
        yield subject.at("note", f"the guide shows `${plugin}_{number}`, which `[transform]` does not have")
    for plugin, number in sorted(there - used):
        yield subject.at("note", f"`[transform]` has `{plugin}` number {number}, which the guide never shows")


CHECK = Check("RP116", "guide-placeholders", "error", run, applies=("elastic",))
