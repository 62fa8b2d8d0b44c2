"""The document does not fit its schema.

What: a required key is missing, a value has the wrong type or is none of those allowed.
Why: the rule cannot be imported, or runs otherwise than it was meant.
Example: `severity = "urgent"`.
Instead: the message says what was expected at that place.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.documents import validate


def run(subject: Subject) -> Iterator[Found]:
    for item in validate(subject.document):
        yield Found.of(item, item.severity)


CHECK = Check("RP101", "document-schema", "error", run)
