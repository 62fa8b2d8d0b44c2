"""A building block is not marked as one, or a rule that is none is.

What: `building_block_type` without the tag `Rule Type: BBR` or outside of a folder `rules_building_block`, and the
other way round. In the profile `elastic`.
Why: building blocks are packaged from that folder and found by that tag.
Example: a building block under `rules/windows`.
Instead: set type, tag and folder together.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.finding import Fix

TAG, FOLDER = "Rule Type: BBR", "rules_building_block"


def run(subject: Subject) -> Iterator[Found]:
    block = bool(subject.data.get("building_block_type"))
    tags = subject.data.get("tags")
    if block and TAG not in (tags or []):
        fix = Fix(f"add the tag `{TAG}`", ("tags", len(tags)), TAG) if isinstance(tags, list) else None
        yield subject.at("building_block_type", f"a building block without the tag `{TAG}`", fix=fix)
    if subject.file is None or subject.document.format != "toml":
        return
    inside = FOLDER in subject.file.parts[:-1]
    if block and not inside:
        yield subject.at("building_block_type", f"a building block outside of the folder `{FOLDER}`")
    if inside and not block:
        yield subject.finding_at_name(f"a rule in `{FOLDER}` without `building_block_type`")


CHECK = Check("RP130", "building-block-place", "note", run, applies=("elastic",), profiles=("elastic",))
