"""ATT&CK tags of a Sigma rule as a `threat` block, offline: names, pairing and addresses from a generated table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

#: Tactics of ATT&CK 19, which the table (18.1) and Elastic's own rules have under one older name.
_RENAMED = {"stealth": "defense-evasion", "defense-impairment": "defense-evasion"}

_SITE = "https://attack.mitre.org"


@cache
def table() -> dict[str, Any]:
    """`tactics`: slug → [id, name]; `techniques`: id → [name, slug of a tactic, …]; `version` of ATT&CK."""
    text = files("converter.porting").joinpath("data", "attack.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def threat(tags: Iterable[Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """The `threat` block for a rule's tags, and the `attack.` tags that have no place in it: groups, software, and what
    the table does not know.

    A technique stands under each tagged tactic that it belongs to; under its first own tactic where none is tagged.
    Tactics keep the order of the tags.
    """
    tactics, techniques = table()["tactics"], table()["techniques"]
    wanted: dict[str, list[str]] = {}
    loose: list[str] = []
    unknown: list[str] = []
    for tag in tags:
        word = str(tag).lower()
        if not word.startswith("attack."):
            continue
        word = word.removeprefix("attack.").replace("_", "-")
        slug = _RENAMED.get(word, word)
        if slug in tactics:
            wanted.setdefault(slug, [])
        elif word.upper() in techniques:
            loose.append(word.upper())
        else:
            unknown.append(str(tag))
    for item in dict.fromkeys(loose):
        homes = techniques[item][1:]
        tagged = [slug for slug in wanted if slug in homes]
        for slug in tagged or homes[:1]:
            wanted.setdefault(slug, []).append(item)
    return [_entry(slug, items) for slug, items in wanted.items()], unknown


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
