"""A Sigma rule is related to itself, or in a way that there is none.

What: an entry of `related` with the rule's own id, without an id, twice, or of an unknown type.
Why: tools that follow the chain of a rule's versions run in a circle.
Example: `related: [{id: …the rule's own…, type: renamed}]`.
Instead: the other rule's id, and one of correlation, derived, obsolete, merged, renamed, similar.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject

TYPES = ("correlation", "derived", "obsolete", "merged", "renamed", "similar")


def run(subject: Subject) -> Iterator[Found]:
    listed = subject.data.get("related")
    seen: set[tuple[str, str]] = set()
    for number, item in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(item, dict):
            continue
        at, id_, kind = ("related", number), str(item.get("id", "")).lower(), str(item.get("type", ""))
        if id_ == subject.document.id.lower():
            yield subject.at(at, "the rule is related to itself" if id_ else "a related rule without an id")
        if kind not in TYPES:
            yield subject.at(at, f"there is no relation `{kind}`", "known: " + ", ".join(TYPES))
        if (id_, kind) in seen:
            yield subject.at(at, f"`{id_}` is related twice in the same way")
        seen.add((id_, kind))


CHECK = Check("RP152", "related", "warning", run, applies=("sigma",))
