"""Risk score and severity tell different stories.

What: the score lies outside of the severity's range: low 0 to 21, medium 22 to 47, high 48 to 73, critical 74 to 100.
Why: alerts are sorted by the one and filtered by the other.
Example: `severity = "low"` with `risk_score = 73`.
Instead: 21, 47, 73 or 99, as the severity says.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject

RANGES = {"low": (0, 21), "medium": (22, 47), "high": (48, 73), "critical": (74, 100)}


def run(subject: Subject) -> Iterator[Found]:
    severity, score = subject.data.get("severity"), subject.data.get("risk_score")
    if severity not in RANGES or not isinstance(score, int | float):
        return
    low, high = RANGES[severity]
    if not low <= score <= high:
        yield subject.at("risk_score", f"severity `{severity}` with a risk score of {score}", f"it is {low} to {high}")


CHECK = Check("RP128", "risk-severity", "warning", run, applies=("elastic",))
