"""A tag has no known prefix.

What: an Elastic tag that does not begin with one of `Data Source:`, `Domain:`, `OS:`, `Resources:`, `Rule Type:`,
`Tactic:`, `Threat:`, `Use Case:`, `Mitre Atlas:`, `Noisy:`. In the profile `elastic`.
Why: tags are grouped by what stands before the colon.
Example: `Windows`.
Instead: `OS: Windows`.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject

PREFIXES = (
    "Data Source", "Domain", "OS", "Resources", "Rule Type", "Tactic", "Threat", "Use Case", "Mitre Atlas", "Promotion",
    "Noisy", "Type", "Vendor",
)  # fmt: skip


def run(subject: Subject) -> Iterator[Found]:
    tags = subject.data.get("tags")
    for number, tag in enumerate(tags if isinstance(tags, list) else ()):
        if isinstance(tag, str) and not any(tag.startswith(f"{prefix}:") for prefix in PREFIXES):
            yield subject.at(("tags", number), f"the tag `{tag}` has no known prefix", "known: " + ", ".join(PREFIXES))


CHECK = Check("RP136", "tag-prefix", "note", run, applies=("elastic",), profiles=("elastic",))
