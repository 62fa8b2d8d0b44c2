"""A tag stands there twice.

What: two equal tags, whatever their case.
Why: lists and counts by tag show the rule twice or under two names.
Example: `tags = ["OS: Linux", "OS: linux"]`.
Instead: keep one of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.finding import Fix


def run(subject: Subject) -> Iterator[Found]:
    tags = subject.data.get("tags")
    seen: set[str] = set()
    for number, tag in enumerate(tags if isinstance(tags, list) else ()):
        word = " ".join(str(tag).casefold().split())
        if word in seen:
            fix = Fix("take the second one away", ("tags", number))
            yield subject.at(("tags", number), f"the tag `{tag}` stands there twice", fix=fix)
        seen.add(word)


CHECK = Check("RP134", "tag-duplicate", "warning", run)
