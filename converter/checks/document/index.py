"""The rule does not say which data it reads.

What: neither `index` nor `data_view_id`, in a rule type that needs one of them; or both; or `index` in an ES|QL rule.
Why: Kibana then takes the default of the space that the rule is imported to, which may be anything; of both it takes
the data view and ignores the index patterns.
Example: a `query` rule with no `index`.
Instead: name the index patterns that hold the events.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.type == "machine_learning" or subject.document.format == "docs":
        return
    if subject.document.type == "esql":
        if subject.data.get("index"):
            yield subject.at("index", "`index` of an ES|QL rule is not read: its query names the indices")
        return
    index, view = subject.data.get("index"), subject.data.get("data_view_id")
    if not index and not view:
        yield subject.finding_at_name("the rule names neither `index` nor `data_view_id`")
    elif index and view:
        yield subject.at(
            "data_view_id", "the rule names both `index` and `data_view_id`", "Kibana ignores `index` here"
        )


CHECK = Check("RP121", "index-or-data-view", "warning", run, applies=("elastic",))
