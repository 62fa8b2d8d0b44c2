"""A new-terms rule looks for new values in a way that cannot work.

What: no field, more than three, one twice; or a history that is not longer than one run looks back.
Why: with a history as short as the look-back every value is new each time.
Example: `history_window_start = "now-5m"` with `from = "now-9m"`.
Instead: one to three fields and a history of some days.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.times import back, look_back, shown


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.type != "new_terms":
        return
    names = subject.data.get("new_terms_fields")
    if isinstance(names, list):
        if not 1 <= len(names) <= 3:
            yield subject.at("new_terms_fields", f"{len(names)} fields of new terms", "Kibana takes one to three")
        if len({str(name) for name in names}) < len(names):
            yield subject.at("new_terms_fields", "a field of new terms stands there twice")
    history, seen = back(subject.data.get("history_window_start")), look_back(subject.data)
    if history is not None and seen is not None and history <= seen:
        message = f"the history of {shown(history)} is no longer than the look-back of {shown(seen)}"
        yield subject.at("history_window_start", message)


CHECK = Check("RP132", "new-terms", "error", run, applies=("elastic",))
