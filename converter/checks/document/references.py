"""A reference is no web address.

What: an entry of `references` that is no http(s) address, holds blanks, or stands there twice. In the profile `strict`
also a rule of level or severity high or critical without any reference.
Why: it cannot be opened from the alert; Kibana shows it as dead text.
Example: `references: [ "see the vendor's blog" ]`.
Instead: the address itself; put other texts into the description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.finding import Fix

_URL = re.compile(
    r"https?://[^\s/?#]+\.[^\s/?#]+(?:[/?#]\S*)?|https?://(?:localhost|\[[0-9a-f:]+\]|\d+(?:\.\d+){3})\S*", re.I
)


def run(subject: Subject) -> Iterator[Found]:
    listed = subject.data.get("references")
    seen: set[str] = set()
    severe = subject.data.get("level", subject.data.get("severity")) in ("high", "critical")
    if severe and not listed and subject.config.profile == "strict":
        yield subject.finding_at_name("a severe rule without a reference")
    for number, item in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(item, str):
            continue
        at = ("references", number)
        bare = item.strip()
        if bare in seen:
            fix = Fix("take the second one away", at)
            yield subject.at(at, f"the reference `{bare}` stands here twice", fix=fix, severity="note")
        elif not _URL.fullmatch(bare) and bare.lower() != "internal research":  # Sigma's word for no source at all
            yield subject.at(at, f"the reference `{bare}` is no web address")
        elif bare != item:
            yield subject.at(at, "the reference has blanks around it", fix=Fix("take the blanks away", at, bare))
        seen.add(bare)


CHECK = Check("RP115", "reference-address", "note", run)
