"""ATT&CK tags of a Sigma rule as a `threat` block, offline: names, pairing and addresses from a generated table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

_SITE = "https://attack.mitre.org"


@cache
def table() -> dict[str, Any]:
    """`tactics`: slug → [id, name]; `techniques`: id → [name, slug of a tactic, …]; `version` of ATT&CK; `revoked`: id
    → the one in its place; `later` and `later_tactics`: what a later version calls them → the table's own."""
    text = files("converter.porting").joinpath("data", "attack.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@dataclass(frozen=True)
class Threat:
    """The `threat` blocks of a rule's tags.

    `apart` are the `attack.` tags that have no place in them (groups, software, what the table does not know), `moved`
    those whose id is another in the table's version of ATT&CK: tag → id.
    """

    blocks: list[dict[str, Any]]
    apart: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)

    @property
    def unknown(self) -> list[str]:
        return [tag for tag in self.apart if not re.fullmatch(r"attack\.[gs]\d{4}", tag.lower())]


def threat(tags: Iterable[Any]) -> Threat:
    """A technique stands under each tagged tactic that it belongs to; under its first own tactic where none is tagged.
    Tactics keep the order of the tags. Revoked ids and those of later versions become the table's."""
    techniques = table()["techniques"]
    wanted: dict[str, list[str]] = {}
    loose: list[str] = []
    found = Threat([])
    for tag in tags:
        word = str(tag).lower()
        if not word.startswith("attack."):
            continue
        word = word.removeprefix("attack.").replace("_", "-")
        slug, id_ = known_tactic(word), known_technique(word.upper())
        if slug is not None:
            wanted.setdefault(slug, [])
            if slug != word:
                found.moved[str(tag)] = slug
        elif id_ is not None:
            loose.append(id_)
            if id_ != word.upper():
                found.moved[str(tag)] = id_
        else:
            found.apart.append(str(tag))
    for item in dict.fromkeys(loose):
        homes = techniques[item][1:]
        tagged = [slug for slug in wanted if slug in homes]
        for slug in tagged or homes[:1]:
            wanted.setdefault(slug, []).append(item)
    found.blocks.extend(_entry(slug, items) for slug, items in wanted.items())
    return found


def known_tactic(slug: str) -> str | None:
    """The table's slug for a tactic, None where it has none."""
    slug = table()["later_tactics"].get(slug, slug)
    return slug if slug in table()["tactics"] else None


def known_technique(id_: str) -> str | None:
    """The table's id for a technique (`T1059.003`): itself, what took its place, or what it was before its new id."""
    found: str | None = table()["revoked"].get(id_) or table()["later"].get(id_)
    return id_ if id_ in table()["techniques"] else found


def _entry(slug: str, items: list[str]) -> dict[str, Any]:
    id_, name = table()["tactics"][slug]
    tactic = {"id": id_, "name": name, "reference": f"{_SITE}/tactics/{id_}/"}
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        parent, _, child = item.partition(".")
        technique = found.setdefault(parent, _technique(parent))
        if child:
            technique.setdefault("subtechnique", []).append(_technique(item))
    entry: dict[str, Any] = {"framework": "MITRE ATT&CK", "tactic": tactic}
    if found:
        entry["technique"] = list(found.values())
    return entry


def _technique(id_: str) -> dict[str, Any]:
    path = id_.replace(".", "/")
    return {"id": id_, "name": table()["techniques"][id_][0], "reference": f"{_SITE}/techniques/{path}/"}


def attack_tags(threat: Any) -> list[str]:
    """`attack.` tags of a `threat` block: tactics by name, techniques and sub-techniques by id, in order, once each."""
    tags: list[str] = []
    for entry in threat if isinstance(threat, list) else ():
        if not isinstance(entry, dict) or "att&ck" not in str(entry.get("framework", "")).lower():
            continue
        tactic = (entry.get("tactic") or {}).get("name", "")
        slug = re.sub(r"[^a-z0-9]+", "-", str(tactic).lower()).strip("-")
        if slug:
            tags.append(f"attack.{slug}")
        for technique in entry.get("technique") or ():
            for item in (technique, *(technique.get("subtechnique") or ())):
                if re.fullmatch(r"T\d{4}(\.\d{3})?", str(item.get("id", ""))):
                    tags.append(f"attack.{item['id'].lower()}")
    return list(dict.fromkeys(tags))
