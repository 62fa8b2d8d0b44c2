"""An ATT&CK reference does not exist.

What: a tactic or technique that the table of ATT&CK does not have: misspelt, deprecated or revoked. Ids beyond the last
one of the table are of a newer ATT&CK and pass.
Why: coverage counts lose the rule; links lead nowhere.
Example: `attack.t1086` (PowerShell, revoked for T1059.001).
Instead: the heir of a revoked technique, which is named (`--fix` writes it into a Sigma rule); of others look at
attack.mitre.org.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.attack import is_newer, references, revoked, sigma_tags, slug, tactics, techniques, version
from converter.checks.finding import Fix


def run(subject: Subject) -> Iterator[Found]:
    if subject.document.kind == "sigma":
        for at, word in sigma_tags(subject):
            if re.fullmatch(r"T\d{4}(\.\d{3})?", word):
                if word not in techniques() and not is_newer(word):
                    yield _gone(subject, at, word)
            elif not re.fullmatch(r"(?:G|S|M|C|DS)\d{4}", word) and slug(word) not in tactics():
                near = difflib.get_close_matches(word, list(tactics()), 1)
                hint = f"did you mean `attack.{near[0]}`?" if near else None
                yield subject.at(at, f"there is no tactic `{word}` in {version()}", hint)
        return
    ids = {item[0] for item in tactics().values()}
    for item in references(subject):
        known = techniques() if item.kind == "technique" else ids
        if item.id and item.id not in known and not is_newer(item.id):
            at = (*item.pointer, "id")
            if item.kind == "technique":
                yield _gone(subject, at, item.id)
            else:
                yield subject.at(at, f"there is no tactic `{item.id}` in {version()}")


def _gone(subject: Subject, at: tuple[str | int, ...], id_: str) -> Found:
    heir = revoked().get(id_)
    if heir is None:
        return subject.at(at, f"there is no technique `{id_}` in {version()}", "misspelt, or deprecated")
    # in a `threat` block name, address and tactic would have to change too
    tag = f"attack.{heir.lower()}"
    fix = Fix(f"write `{tag}`", at, tag) if subject.document.kind == "sigma" else None
    return subject.at(at, f"the technique `{id_}` was revoked: it is `{heir}` now", techniques()[heir][0], fix=fix)


CHECK = Check("RP141", "attack-unknown", "warning", run)
