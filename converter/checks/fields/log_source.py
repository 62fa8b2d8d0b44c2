"""A Sigma rule's log source is no known one.

What: a `product`, `category` or `service` that differs from a known one by the case of letters, or by a slip of the
fingers. In the profile `strict` any that no mapping file knows.
Why: no back end knows which data is meant: the rule is searched in all of it, or in none.
Example: `category: process_creaton`.
Instead: the word of the Sigma specification's taxonomy.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from converter.checks import Check, Found, Subject
from converter.checks.fields.unknown_field import is_slip
from converter.mapping import platforms

KEYS = ("product", "category", "service")


def run(subject: Subject) -> Iterator[Found]:
    source = subject.data.get("logsource")
    said = source if isinstance(source, dict) else {}
    for key in KEYS:
        value = said.get(key)
        if not isinstance(value, str) or value in _known(key):
            continue
        same = [word for word in _known(key) if word.casefold() == value.casefold()]
        near = same or [word for word in _known(key) if len(word) > 4 and is_slip(value, word)]
        if near:
            yield subject.at(("logsource", key), f"there is no {key} `{value}`", f"did you mean `{near[0]}`?")
        elif subject.config.profile == "strict":
            yield subject.at(("logsource", key), f"no mapping knows the {key} `{value}`", severity="note")


@cache
def _known(key: str) -> tuple[str, ...]:
    found = {item.when[key] for platform in platforms() for item in platform.log_sources if key in item.when}
    return tuple(sorted(found))


CHECK = Check("RP212", "unknown-log-source", "warning", run, applies=("sigma",))
