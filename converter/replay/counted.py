"""A regression test on every form: how many of its events each matches, against the number that is expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.replay import regression
from converter.replay.cases import Case
from converter.replay.forms import Forms, Run, run
from converter.replay.table import Matcher


@dataclass(frozen=True)
class Counted:
    """`matched` is for each form the number of events that it matches, None where it has no verdict."""

    case: regression.Case
    run: Run
    matched: Mapping[str, int | None]

    @property
    def holds(self) -> bool:
        """Every form matches as many as expected, and all of them the same events."""
        counts = self.matched.values()
        return self.run.table.agrees and all(n is not None and self.case.holds(n) for n in counts)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.case.name, "path": self.case.path, "expected": self.case.count, "matched": dict(self.matched),
            "holds": self.holds, "views": dict(self.run.views), **self.run.table.as_json(),
        }  # fmt: skip

    def text(self, everything: bool = False) -> str:
        found = ", ".join(f"{name} {'no verdict' if n is None else n}" for name, n in self.matched.items())
        events = f"{len(self.case.events)} event" + ("s" if len(self.case.events) != 1 else "")
        verdict = "holds" if self.holds else "does not hold"
        head = f"regression test `{self.case.name}` ({Path(self.case.path).name}, {events}) {verdict}"
        lines = [head, f"  expected {self.case.expectation}; matched: {found}"]
        if self.run.said:
            lines.append(f"  {self.run.said}")
        if everything or not self.run.table.agrees:
            lines += ["  " + line for line in self.run.table.text(everything).splitlines()]
        return "\n".join(lines)


def count(forms: Forms, case: regression.Case, match: Matcher, now: int | None = None) -> Counted:
    """The case on every form."""
    result = run(forms, [Case((event,)) for event in case.events], match, now)
    matched = {form.name: None if form.picked is None else len(form.picked) for form in result.table.forms}
    return Counted(case, result, matched)
