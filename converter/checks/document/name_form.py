"""The rule's name is badly written.

What: blanks around the name or two in a row, a full stop at its end, or more than 200 characters.
Why: names are sorted, cut and shown in tables; such names look like others or are not found.
Example: `title: 'Suspicious Child .'`.
Instead: a short name without a full stop; `--fix` mends blanks and full stop.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.finding import Fix


def run(subject: Subject) -> Iterator[Found]:
    key = "title" if subject.document.kind == "sigma" else "name"
    value = subject.text(key)
    if not value or not value.strip():
        return
    wanted = " ".join(value.split())
    if wanted.endswith(".") and not wanted.endswith(("..", "etc.", "Inc.")):
        wanted = wanted[:-1].rstrip()
    if wanted != value:
        yield subject.at(key, "blanks or a full stop in the rule's name", fix=Fix(f"write `{wanted}`", (key,), wanted))
    if len(value) > 200:
        yield subject.at(key, f"the rule's name has {len(value)} characters", "say it in fewer")


CHECK = Check("RP154", "name-form", "note", run)
