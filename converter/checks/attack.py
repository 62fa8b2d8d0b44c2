"""The ATT&CK references of a rule, wherever they stand, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from converter.checks.subject import Subject
from converter.porting.attack import table

#: Tactics of ATT&CK 19, which the table has under one older name.
NEWER_TACTICS = {"stealth": "defense-evasion", "defense-impairment": "defense-evasion"}


@dataclass(frozen=True)
class Reference:
    """A tactic or technique that an Elastic rule names, with all that it says of it."""

    kind: str
    pointer: tuple[str | int, ...]
    id: str
    name: str
    url: str
    tactic: str
    tactic_pointer: tuple[str | int, ...]


def references(subject: Subject) -> Iterator[Reference]:
    """Every tactic, technique and sub-technique of the `threat` block that is of ATT&CK."""
    threat = subject.data.get("threat")
    for number, entry in enumerate(threat if isinstance(threat, list) else ()):
        if not isinstance(entry, dict) or entry.get("framework", "MITRE ATT&CK") != "MITRE ATT&CK":
            continue
        tactic = entry.get("tactic")
        if not isinstance(tactic, dict):
            continue
        at: tuple[str | int, ...] = ("threat", number, "tactic")
        name = str(tactic.get("name", ""))
        yield _reference("tactic", at, tactic, name, at)
        for i, technique in _dicts(entry.get("technique")):
            place = ("threat", number, "technique", i)
            yield _reference("technique", place, technique, name, at)
            for j, child in _dicts(technique.get("subtechnique")):
                yield _reference("technique", (*place, "subtechnique", j), child, name, at)


def _dicts(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, dict):
            yield number, item


def _reference(
    kind: str, at: tuple[str | int, ...], item: dict[str, Any], tactic: str, tactic_at: tuple[str | int, ...]
) -> Reference:
    texts = [str(item.get(key, "")) for key in ("id", "name", "reference")]
    return Reference(kind, at, texts[0], texts[1], texts[2], tactic, tactic_at)


def slug(tactic: str) -> str:
    """`Defense Evasion` as the table's key."""
    word = tactic.strip().lower().replace(" ", "-").replace("_", "-")
    return NEWER_TACTICS.get(word, word)


def techniques() -> dict[str, list[str]]:
    """Id → [name, slugs of its tactics …]."""
    found: dict[str, list[str]] = table()["techniques"]
    return found


def revoked() -> dict[str, str]:
    """Revoked technique → the one in its place, as far as the table has that one."""
    return {old: new for old, new in table()["revoked"].items() if new in techniques()}


def is_newer(id_: str) -> bool:
    """A technique with a number beyond the table's: of a later ATT&CK, so nothing is said about it."""
    found = re.fullmatch(r"T(\d{4})(?:\.\d{3})?", id_)
    return found is not None and int(found[1]) > max(int(key[1:5]) for key in techniques())


def version() -> str:
    return f"ATT&CK {table()['version']}"


def tactics() -> dict[str, list[str]]:
    """Slug → [id, name]."""
    found: dict[str, list[str]] = table()["tactics"]
    return found


def sigma_tags(subject: Subject) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The words behind `attack.` in a Sigma rule's tags: ids in upper case, tactics as slugs."""
    tags = subject.data.get("tags")
    for number, tag in enumerate(tags if isinstance(tags, list) else ()):
        word = str(tag).lower()
        if word.startswith("attack."):
            word = word.removeprefix("attack.")
            is_id = re.fullmatch(r"(?:t|s|g|m|c|ds)\d{4}(?:\.\d{3})?", word) is not None
            yield ("tags", number), word.upper() if is_id else word.replace("_", "-")
