"""A text that people need is missing or a placeholder.

What: no description, or a description, author, name or title that is empty or says no more than TODO.
Why: who gets the alert at night knows the rule by these texts alone.
Example: `description = "TODO"`.
Instead: say in a sentence or two what is found and why that is suspicious.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject

_PLACEHOLDER = re.compile(
    r"\W*(?:todo|tbd|tba|fixme|xxx+|n/?a|none|description|lorem ipsum.*|placeholder)?\W*", re.I | re.S
)


def run(subject: Subject) -> Iterator[Found]:
    name = "title" if subject.document.kind == "sigma" else "name"
    for key in (name, "description"):
        value = subject.data.get(key)
        if value is None and key == "description":
            yield subject.finding_at_name("the rule has no description", "say what it finds and why that matters")
        elif isinstance(value, str) and _PLACEHOLDER.fullmatch(value):
            yield subject.at(key, f"`{key}` says nothing", "say what it finds and why that matters")
    author = subject.data.get("author")
    for text in author if isinstance(author, list) else [author]:
        if isinstance(text, str) and _PLACEHOLDER.fullmatch(text):
            yield subject.at("author", "`author` names nobody")


CHECK = Check("RP113", "required-text", "warning", run)
