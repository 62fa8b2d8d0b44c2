"""An index pattern adds nothing.

What: a pattern of `index` that another one covers, or that stands there twice.
Why: readers think that the rule asks for more than it does; Elasticsearch resolves both.
Example: `index = ["logs-*", "logs-endpoint.events.*"]`.
Instead: keep the wide one, or the narrow ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    listed = subject.texts("index")
    for number, item in enumerate(listed):
        if item.startswith("-"):
            continue
        for other_number, other in enumerate(listed):
            same = item == other and other_number < number
            wider = item != other and "*" in other and fnmatchcase(item, other)
            if (same or wider) and not other.startswith("-"):
                message = f"`{item}` stands there twice" if same else f"`{other}` covers `{item}`"
                yield subject.at(("index", number), message)
                break


CHECK = Check("RP153", "index-covered", "note", run, applies=("elastic",))
