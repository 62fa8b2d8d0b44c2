"""Two rule files have one name.

What: two files of the set, in different folders, have the same name. In the profile `elastic`.
Why: detection-rules packages rules by file name; the second one replaces the first.
Example: `windows/execution_script.toml` and `linux/execution_script.toml`.
Instead: rename one of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePath

from converter.checks import Check, Found
from converter.checks.ruleset import Entry, RuleSet


def run_set(rules: RuleSet) -> Iterator[tuple[Entry, Found]]:
    by_name: dict[str, dict[str, Entry]] = defaultdict(dict)
    for entry in sorted(rules.entries, key=lambda entry: entry.order):
        by_name[PurePath(entry.path).name].setdefault(entry.path, entry)
    for name, entries in by_name.items():
        for path, entry in entries.items():
            others = tuple(other for other in entries if other != path)
            if others and entry.given:
                yield entry, Found(f"another file is also named `{name}`", help=others[0], related=others)


CHECK = Check("RP106", "duplicate-file-name", "warning", run_set=run_set, profiles=("elastic",), applies=("elastic",))
