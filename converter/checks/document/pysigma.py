"""A validator of pySigma has something to say.

What: pySigma's own validators, called on the rule; each finding has the validator's name as its code
(`dangling_detection`, `all_of_them_condition`, …), which `--off` and suppressions take too. Those that fetch data
from the network are not run; the report says which.
Why: they are what the Sigma community agreed on.
Example: a detection that no condition uses (`dangling_detection`).
Instead: as the validator's description says.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject, called


def run(subject: Subject) -> Iterator[Found]:
    yield from called.run(subject, "core")


def codes() -> dict[str, str]:
    return called.docs("core")


CHECK = Check("RP150", "pysigma", "warning", run, applies=("sigma",), codes=codes)
