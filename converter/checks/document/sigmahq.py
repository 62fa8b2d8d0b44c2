"""A validator of SigmaHQ has something to say.

What: the conventions of SigmaHQ's repository as its validators hold them (package `pysigma-validators-sigmahq`),
called on the rule; each finding has the validator's name as its code (`sigmahq_title_length`, …). In the profile
`sigmahq`. Those that fetch data from the network are not run; the report says which.
Why: SigmaHQ takes no rule that does not pass them.
Example: a title that ends with a full stop (`sigmahq_title_end`).
Instead: as the validator's description says.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject, called


def run(subject: Subject) -> Iterator[Found]:
    if not called.validators("sigmahq"):
        subject.notes.append("SigmaHQ's validators are not installed: `pip install 'ruleproof[sigmahq]'`")
    yield from called.run(subject, "sigmahq")


def codes() -> dict[str, str]:
    return called.docs("sigmahq")


CHECK = Check("RP151", "sigmahq", "warning", run, applies=("sigma",), profiles=("sigmahq",), codes=codes)
