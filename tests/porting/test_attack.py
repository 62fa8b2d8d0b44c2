"""ATT&CK tags and threat blocks, offline: pairing, names, addresses, ids that moved."""

from __future__ import annotations

import json
from pathlib import Path

from converter.documents import load
from converter.porting.attack import attack_tags, known_technique, table, threat


def test_a_technique_stands_under_the_tagged_tactic_that_it_belongs_to() -> None:
    found = threat(["attack.initial-access", "attack.execution", "attack.t1059.003", "attack.t1566.001"])
    pairs = {b["tactic"]["name"]: [t["id"] for t in b["technique"]] for b in found.blocks}
    assert pairs == {"Initial Access": ["T1566"], "Execution": ["T1059"]}
    assert found.blocks[1]["technique"][0]["subtechnique"][0]["name"] == "Windows Command Shell"
    assert found.blocks[0]["tactic"]["reference"] == "https://attack.mitre.org/tactics/TA0001/"
    assert (found.apart, found.moved) == ([], {})


def test_a_technique_without_its_tactic_brings_the_tactic_along() -> None:
    assert [block["tactic"]["id"] for block in threat(["attack.t1003"]).blocks] == ["TA0006"]


def test_what_has_no_place_in_the_block_is_said() -> None:
    found = threat(["attack.t9999", "attack.g0016", "cve.2020-1"])
    assert (found.blocks, found.apart, found.unknown) == ([], ["attack.t9999", "attack.g0016"], ["attack.t9999"])


def test_a_revoked_id_becomes_the_one_in_its_place() -> None:
    found = threat(["attack.t1086", "attack.t1547.011"])
    ids = [item["id"] for block in found.blocks for item in block["technique"]]
    assert ids == ["T1059", "T1647"]
    assert found.moved == {"attack.t1086": "T1059.001", "attack.t1547.011": "T1647"}


def test_ids_and_tactics_of_a_later_version_become_those_that_kibana_knows() -> None:
    found = threat(["attack.defense-impairment", "attack.stealth", "attack.t1685.001"])
    assert [block["tactic"]["name"] for block in found.blocks] == ["Defense Evasion"]
    assert found.blocks[0]["technique"][0]["subtechnique"][0]["id"] == "T1562.002"
    assert found.moved["attack.t1685.001"] == "T1562.002"


def test_every_id_that_the_table_names_leads_to_a_live_one() -> None:
    live = table()["techniques"]
    for moved in (table()["revoked"], table()["later"]):
        assert set(moved.values()) <= live.keys() and not moved.keys() & live.keys()
    assert all(set(homes[1:]) <= table()["tactics"].keys() and len(homes) > 1 for homes in live.values())
    assert all(item.partition(".")[0] in live for item in live)


def test_the_redirects_are_those_of_the_reference(shared: Path) -> None:
    other = json.loads((shared / "reference" / "attack-technique-redirects.json").read_text("utf-8"))["mapping"]
    differing = {old for old, new in other.items() if known_technique(old) != known_technique(new)}
    assert differing == set()


def test_the_table_has_every_id_of_real_rules(shared: Path) -> None:
    """T1547.011 is revoked and stands in two rules all the same."""
    unknown: set[str] = set()
    for document in load(shared / "corpora" / "elastic", check=False):
        tags = attack_tags(document.data.get("threat"))
        unknown |= {tag for tag in tags if tag not in attack_tags(threat(tags).blocks)}
    assert unknown == {"attack.t1547.011"}
    for document in load(shared / "corpora" / "sigma", check=False):
        unknown |= set(threat(document.data.get("tags") or ()).unknown)
    assert unknown == {"attack.t1547.011"}
