"""A rule is only half deprecated.

What: `maturity = "deprecated"` without `deprecation_date` or outside of a folder `_deprecated`; or a rule in such a
folder that is not marked.
Why: it is then still packaged, or dropped without anybody knowing since when.
Example: a rule moved to `_deprecated` with `maturity = "production"`.
Instead: mark it, date it (`updated_date` is the same day) and move it, all three.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    maturity = subject.metadata.get("maturity")
    inside = subject.file is not None and subject.file.parent.name == "_deprecated"
    if maturity != "deprecated":
        if inside and maturity is not None:
            yield subject.in_metadata("maturity", f"the rule lies in `_deprecated`, but its maturity is `{maturity}`")
        return
    dated = subject.metadata.get("deprecation_date")
    if dated is None:
        yield subject.in_metadata("maturity", "a deprecated rule without `deprecation_date`")
    elif dated != subject.metadata.get("updated_date"):
        yield subject.in_metadata("deprecation_date", "`deprecation_date` and `updated_date` are not the same day")
    if subject.file is not None and not inside:
        yield subject.in_metadata("maturity", "a deprecated rule outside of a folder `_deprecated`")


CHECK = Check("RP111", "half-deprecated", "warning", run, applies=("elastic",))
