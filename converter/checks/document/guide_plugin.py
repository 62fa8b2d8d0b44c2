"""A plugin's own syntax stands in the guide of a rule file.

What: `!{osquery…}` or `!{investigate…}` in the `note` of a TOML file. In the profile `elastic`.
Why: the repository's tools write it from `[transform]`; by hand it is neither checked nor kept up to date.
Example: `!{osquery{"query":"SELECT * FROM users"}}` in `note`.
Instead: a `[[transform.osquery]]` entry and `$osquery_0` in the guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.format == "toml" and re.search(r"!\{(?:osquery|investigate)", subject.text("note") or "", re.I):
        yield subject.at("note", "the guide holds a plugin's own syntax", "use `[transform]` and a placeholder")


CHECK = Check("RP120", "guide-plugin", "warning", run, applies=("elastic",), profiles=("elastic",))
