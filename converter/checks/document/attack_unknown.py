"""An ATT&CK reference does not exist.

What: a tactic or technique that the table of ATT&CK does not have: misspelt, deprecated or revoked. Ids beyond the last
one of the table are of a newer ATT&CK and pass.
Why: coverage counts lose the rule; links lead nowhere.
Example: `attack.t1086` (PowerShell, revoked for T1059.001).
Instead: look the technique up at attack.mitre.org; a revoked one names its heir.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.attack import is_newer, references, sigma_tags, slug, tactics, techniques, version


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.kind == "sigma":
        for at, word in sigma_tags(subject):
            if re.fullmatch(r"T\d{4}(\.\d{3})?", word):
                if word not in techniques() and not is_newer(word):
                    yield subject.at(at, f"there is no technique `{word}` in {version()}", "misspelt, or revoked")
            elif not re.fullmatch(r"(?:G|S|M|C|DS)\d{4}", word) and slug(word) not in tactics():
                near = difflib.get_close_matches(word, list(tactics()), 1)
                hint = f"did you mean `attack.{near[0]}`?" if near else None
                yield subject.at(at, f"there is no tactic `{word}` in {version()}", hint)
        return
    ids = {item[0] for item in tactics().values()}
    for item in references(subject):
        known = techniques() if item.kind == "technique" else ids
        if item.id and item.id not in known and not is_newer(item.id):
            yield subject.at((*item.pointer, "id"), f"there is no {item.kind} `{item.id}` in {version()}")


CHECK = Check("RP141", "attack-unknown", "warning", run)
