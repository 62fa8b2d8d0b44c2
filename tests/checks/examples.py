"""For each check a rule that earns its finding and one that does not."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

ID, OTHER_ID = "0d2bd7f5-6c1b-4d0c-9e57-1f0b6f1b6aff", "4f6ce6a1-1d6c-4a9f-8d6b-0d3f3f0a9b11"
EQL = 'process where process.name : "a.exe" and process.args : "-x"'
SEQUENCE = "sequence by {key} with maxspan={span} [{one}] [{two}]"
THREAT = {
    "framework": "MITRE ATT&CK",
    "tactic": {"id": "TA0002", "name": "Execution", "reference": "https://attack.mitre.org/tactics/TA0002/"},
    "technique": [
        {
            "id": "T1059",
            "name": "Command and Scripting Interpreter",
            "reference": "https://attack.mitre.org/techniques/T1059/",
        }
    ],
}


@dataclass(frozen=True)
class Files:
    """Files by name; `profile`, `config` and `min_kill` as in a configuration."""

    files: dict[str, str]
    config: dict[str, Any] = field(default_factory=dict)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def elastic(
    file: str = "execution_a.toml", meta: dict[str, Any] | None = None, extra: str = "", top: str = "",
    profile: str | None = None, beside: dict[str, str] | None = None, config: dict[str, Any] | None = None,
    **changes: Any,
) -> Files:  # fmt: skip
    """A sound Elastic rule file with changes; None takes a key away."""
    metadata = {"creation_date": "2026/11/24", "maturity": "production", "updated_date": "2026/11/24", **(meta or {})}
    rule: dict[str, Any] = {
        "author": ["test"], "description": "A rule that finds a.", "from": "now-9m",
        "index": ["logs-endpoint.events.*"], "language": "eql",
        "license": "Elastic License v2", "name": "A rule", "risk_score": 21, "rule_id": ID,
        "severity": "low", "type": "eql", "query": EQL, "tags": ["Data Source: Elastic Defend"],
        "timestamp_override": "event.ingested", **changes,
    }  # fmt: skip
    lines = ["[metadata]", *(f"{k} = {_toml(v)}" for k, v in metadata.items() if v is not None), "", "[rule]"]
    lines += [f"{key} = {_toml(value)}" for key, value in rule.items() if value is not None]
    text = top + "\n".join(lines) + "\n" + extra
    settings = {"profile": profile} if profile else {}
    return Files({file: text, **(beside or {})}, {**settings, **(config or {})})


def sigma(name: str = "rule_a.yml", profile: str | None = None, top: str = "", **changes: Any) -> Files:
    """A sound Sigma rule file with changes; None takes a key away."""
    rule: dict[str, Any] = {
        "title": "A Rule", "id": ID, "status": "test", "description": "Finds a.", "author": "test",
        "date": "2026-11-24", "tags": ["attack.execution", "attack.t1059"],
        "logsource": {"product": "windows", "category": "process_creation"},
        "detection": {"selection": {"Image|endswith": "\\a.exe"}, "condition": "selection"},
        "level": "low", **changes,
    }  # fmt: skip
    lines = [f"{key}: {json.dumps(value)}" for key, value in rule.items() if value is not None]
    return Files({name: top + "\n".join(lines) + "\n"}, {"profile": profile} if profile else {})


def both(one: Files, two: Files) -> Files:
    return Files({**one.files, **two.files}, one.config)


def fixtures(*cases: tuple[str, str]) -> dict[str, str]:
    """`fixtures.yml` of (expect, process name)."""
    rows = [
        {
            "expect": expect,
            "reason": "x",
            "event": {"event.category": "process", "process.name": name, "process.args": "-x"},
        }
        for expect, name in cases
    ]
    return {"fixtures.yml": json.dumps({"fixtures": rows})}


def exported(query: str) -> Files:
    """A rule and an export folder in which its EQL form says `query`."""
    form = {
        "relation": "equivalent", "to": "eql", "naming": "ecs", "losses": [], "given": [], "notes": [],
        "counterexample": None, "reason": None, "exported": True, "file": "eql/a.eql", "sha256": None,
        "fixtures_that_disagree": [],
    }  # fmt: skip
    report = {"ruleproof": "0", "rules": [{"rule": "A rule", "id": ID, "forms": {"eql": form}}]}
    return elastic(beside={"output/report.json": json.dumps(report), "output/eql/a.eql": query})


def query(text: str, language: str = "eql", **more: Any) -> Files:
    kind = {"eql": "eql", "esql": "esql"}.get(language, "query")
    more.setdefault("index", None if language == "esql" else ["logs-*"])
    return elastic(query=text, language=language, type=kind, **more)


def threat(**changes: Any) -> list[dict[str, Any]]:
    return [{**THREAT, **changes}]


def sequence(one: str, two: str, key: str = "host.id", span: str = "5m", **more: Any) -> Files:
    return query(SEQUENCE.format(key=key, span=span, one=one, two=two), **more)


SOUND, SIGMA = elastic(), sigma()
ENDPOINT = ["Data Source: Elastic Defend", "Domain: Endpoint"]
_TERMS = {"type": "new_terms", "language": "kuery", "query": "process.name: a"}
_HISTORY = '[rule.new_terms]\nfield = "new_terms_fields"\nvalue = {0}\n[[rule.new_terms.history_window_start]]\n'
_HISTORY += 'field = "history_window_start"\nvalue = "{1}"\n'
_COUNT = {"type": "threshold", "language": "kuery", "query": "process.name: a"}
_TRANSFORM = '[transform]\n[[transform.osquery]]\nlabel = "x"\nquery = "select 1"\n'


def _new_terms(names: list[str], history: str, **more: Any) -> Files:
    return elastic(extra=_HISTORY.format(json.dumps(names), history), **{**_TERMS, **more})


def _indicators(negate: bool) -> Files:
    entry = {"field": "source.ip", "type": "mapping", "value": "threat.indicator.ip"}
    mapping = [{"entries": [entry, {**entry, "field": "destination.ip", "negate": True}][negate:]}]
    return elastic(
        type="threat_match", language="kuery", query="source.ip: *", threat_index=["logs-ti_*"], threat_query="*:*",
        threat_language="kuery", threat_mapping=mapping,
    )  # fmt: skip


def _guide(note: str, **more: Any) -> Files:
    return elastic(note=note, **more)


_FIELDS = "properties:\n  own:\n    properties:\n      name: {type: keyword, ignore_above: 3}\n"
_TESTS = (
    "fixtures:\n- {expect: match, reason: x, event: {event.category: process, process.name: NAME, process.args: -x}}\n"
)
TWO = both(elastic(), elastic("execution_b.toml", rule_id=OTHER_ID, name="B rule", query="any where process.pid == 4"))
#: code → (a set of files that earns the finding, one that does not)
EXAMPLES: dict[str, tuple[Files, Files]] = {
    "RP100": (Files({"a.toml": "[rule\n"}), SOUND),
    "RP101": (elastic(severity="urgent"), SOUND),
    "RP102": (elastic(rule_id="my-rule"), SOUND),
    "RP103": (sigma(id=None), SIGMA),
    "RP104": (both(elastic(), elastic("execution_b.toml", name="B rule")), TWO),
    "RP105": (both(elastic(), elastic("execution_b.toml", rule_id=OTHER_ID)), TWO),
    "RP106": (
        both(elastic(profile="elastic"), Files({f"x/{k}": v for k, v in elastic(rule_id=OTHER_ID).files.items()})),
        TWO,
    ),
    "RP107": (elastic("MyRule.toml", profile="elastic"), elastic(profile="elastic")),
    "RP108": (
        elastic("discovery_a.toml", profile="elastic", threat=threat()),
        elastic("execution_a.toml", profile="elastic", threat=threat()),
    ),
    "RP109": (elastic(meta={"creation_date": "2026/02/30"}), SOUND),
    "RP110": (sigma(modified="2025-11-30"), sigma(modified="2026-11-30")),
    "RP111": (elastic(meta={"maturity": "deprecated"}), SOUND),
    "RP112": (elastic(meta={"maturity": "prod"}), SOUND),
    "RP113": (elastic(description="TODO"), SOUND),
    "RP114": (elastic(license="Elastic License"), SOUND),
    "RP115": (elastic(references=["the vendor's blog"]), elastic(references=["https://example.org/a"])),
    "RP116": (_guide("See $osquery_3", extra=_TRANSFORM), _guide("See $osquery_0", extra=_TRANSFORM)),
    "RP117": (_guide("### Investigating B", profile="elastic"), _guide("### Investigating A rule", profile="elastic")),
    "RP118": (
        _guide("### Investigating A rule", profile="elastic"),
        _guide("### Investigating A rule", profile="elastic", tags=["Resources: Investigation Guide"]),
    ),
    "RP119": (elastic(profile="elastic", severity="high", risk_score=73), elastic(profile="elastic")),
    "RP120": (_guide("!{osquery{}}", profile="elastic"), _guide("$osquery_0", profile="elastic")),
    "RP121": (elastic(index=None), SOUND),
    "RP122": (elastic(interval="10m"), elastic(interval="9m")),
    "RP123": (elastic(**{"from": "9m"}), SOUND),
    "RP124": (sequence("any where true", "any where true", span="1h"), sequence("any where true", "any where true")),
    "RP125": (
        sequence("any where true", "any where true", span="1h", profile="elastic"),
        sequence("any where true", "any where true", profile="elastic"),
    ),
    "RP126": (elastic(profile="elastic", **{"from": None}), elastic(profile="elastic")),
    "RP127": (elastic(profile="elastic", timestamp_override=None), elastic(profile="elastic")),
    "RP128": (elastic(risk_score=73), SOUND),
    "RP129": (
        elastic(profile="elastic", building_block_type="default"),
        elastic(profile="elastic", building_block_type="default", interval="60m", **{"from": "now-119m"}),
    ),
    "RP130": (elastic(profile="elastic", building_block_type="default"), elastic(profile="elastic")),
    "RP131": (
        elastic(alert_suppression={"group_by": ["host.id", "host.id"], "missing_fields_strategy": "suppress"}),
        elastic(alert_suppression={"group_by": ["host.id"], "missing_fields_strategy": "suppress"}),
    ),
    "RP132": (_new_terms(["host.id"], "now-5m"), _new_terms(["host.id"], "now-7d")),
    "RP133": (
        elastic(
            threshold={"field": ["user.name"], "value": 1, "cardinality": [{"field": "user.name", "value": 5}]},
            **_COUNT,
        ),
        elastic(threshold={"field": ["user.name"], "value": 5}, **_COUNT),
    ),
    "RP134": (elastic(tags=["OS: Linux", "OS: linux"]), elastic(tags=["OS: Linux", "OS: macOS"])),
    "RP135": (sigma(tags=["attack.T1059"]), SIGMA),
    "RP136": (elastic(profile="elastic", tags=["Windows"]), elastic(profile="elastic", tags=["OS: Windows"])),
    "RP137": (
        query('process where host.os.type == "linux"', tags=["OS: Windows"]),
        query('process where host.os.type == "linux"', tags=["OS: Linux"]),
    ),
    "RP138": (
        elastic(profile="elastic", threat=threat()),
        elastic(profile="elastic", threat=threat(), tags=["Tactic: Execution"]),
    ),
    "RP139": (elastic(profile="elastic", tags=["OS: Linux"]), elastic(profile="elastic", tags=ENDPOINT)),
    "RP140": (
        elastic(
            profile="elastic",
            type="machine_learning",
            query=None,
            language=None,
            index=None,
            anomaly_threshold=50,
            machine_learning_job_id="x",
            tags=["Rule Type: ML"],
        ),
        elastic(profile="elastic"),
    ),
    "RP141": (sigma(tags=["attack.t1086"]), sigma(tags=["attack.t9086", "attack.execution"])),
    "RP142": (sigma(tags=["attack.persistence", "attack.t1003"]), SIGMA),
    "RP143": (
        elastic(threat=threat(technique=[{"id": "T1059", "name": "PowerShell", "reference": "https://a.b/T1059/"}])),
        elastic(threat=threat()),
    ),
    "RP144": (elastic(threat=threat() * 2), elastic(threat=threat())),
    "RP145": (sigma(profile="strict", tags=["cve.2024-1234"]), sigma(profile="strict")),
    "RP146": (elastic(max_signals=5000), elastic(max_signals=100)),
    "RP147": (elastic(timeline_title="T"), elastic(timeline_title="T", timeline_id=OTHER_ID)),
    "RP148": (
        elastic(profile="elastic", meta={"min_stack_version": "8.13.0"}),
        elastic(profile="elastic", meta={"min_stack_version": "8.13.0", "min_stack_comments": "why"}),
    ),
    "RP149": (
        elastic(profile="elastic", index=["logs-okta*"]),
        elastic(profile="elastic", index=["logs-okta*"], meta={"integration": ["okta"]}),
    ),
    "RP150": (
        sigma(detection={"selection": {"a": 1}, "unused": {"b": 1}, "condition": "selection"}),
        SIGMA,
    ),
    "RP151": (sigma(profile="sigmahq", title="A Rule."), SOUND),
    "RP152": (sigma(related=[{"id": ID, "type": "similar"}]), sigma(related=[{"id": OTHER_ID, "type": "similar"}])),
    "RP153": (elastic(index=["logs-*", "logs-a*"]), elastic(index=["logs-a*", "logs-b*"])),
    "RP154": (elastic(name="A  rule."), SOUND),
    "RP155": (
        elastic(required_fields=[{"name": "process.nmae", "type": "keyword", "ecs": True}]),
        elastic(required_fields=[{"name": "process.name", "type": "keyword", "ecs": True}]),
    ),
    "RP156": (
        query("FROM logs-* METADATA _id | KEEP host.*", "esql"),
        query("FROM logs-* METADATA _id, _index, _version | KEEP _*, host.*", "esql", profile="elastic"),
    ),
    "RP157": (_indicators(True), _indicators(False)),
    "RP201": (query("process where process.name :"), SOUND),
    "RP202": (query('process where process.nmae == "a"'), SOUND),
    "RP203": (query('process where process.pid == "abc"'), SOUND),
    "RP204": (query("message:*access\\ denied*", "lucene"), query('message: "access denied"', "kuery")),
    "RP205": (
        query('FROM logs-* | WHERE process.args == "-enc"', "esql"),
        query('FROM logs-* | WHERE process.name == "a"', "esql"),
    ),
    "RP206": (
        query('process where host.os.type == "windows" and process.name == "WmiPrvSE.exe"'),
        query('process where host.os.type == "windows" and process.name : "WmiPrvSE.exe"'),
    ),
    "RP207": (query('process where process.name == "cmd*.exe"'), query('process where process.name : "cmd*.exe"')),
    "RP208": (
        query('process where own.name == "abcdef"', beside={"own.yml": _FIELDS}, config={"fields": "own.yml"}),
        query('process where own.name == "abc"', beside={"own.yml": _FIELDS}, config={"fields": "own.yml"}),
    ),
    "RP209": (
        elastic(threshold={"field": ["message"], "value": 5}, **_COUNT),
        elastic(threshold={"field": ["user.name"], "value": 5}, **_COUNT),
    ),
    "RP210": (
        query("okta.outcome.result: FAILURE", "kuery", index=["logs-aws.cloudtrail-*"]),
        query("okta.outcome.result: FAILURE", "kuery", index=["logs-okta*"]),
    ),
    "RP211": (
        sigma(detection={"selection": {"Commandline|contains": "x"}, "condition": "selection"}),
        sigma(detection={"selection": {"CommandLine|contains": "x", "Own": "y"}, "condition": "selection"}),
    ),
    "RP212": (
        sigma(logsource={"product": "windows", "category": "process_creaton"}),
        sigma(logsource={"product": "windows", "category": "own_events"}),
    ),
    "RP213": (
        query('process where process.name regex "^cmd.*"'),
        query(r'process where process.name regex "cmd\\$[^a]+(a|b).\\$"'),
    ),
    "RP301": (query('process where process.name == "a" and process.name == null'), SOUND),
    "RP302": (query('any where process.name == "a" or process.name != "a"'), SOUND),
    "RP303": (query('process where process.name : ("*.exe", "cmd.exe")'), SOUND),
    "RP304": (
        sigma(
            detection={
                "selection": {"Image|endswith": "\\a.exe"},
                "wide": {"CommandLine|contains": "x"},
                "narrow": {"CommandLine|contains": "xy"},
                "condition": "selection and not wide and not narrow",
            }
        ),
        SIGMA,
    ),
    "RP305": (query('process where process.name == "a.exe" and not process.name : "*.exe"'), SOUND),
    "RP306": (
        sequence('any where user.name == "a"', 'any where user.name == "b"', "user.name"),
        sequence('any where user.name == "a"', 'any where user.id == "b"', "user.name"),
    ),
    "RP308": (
        _new_terms(["event.action"], "now-7d", query="event.action: login"),
        _new_terms(["host.id"], "now-7d", query="event.action: login"),
    ),
    "RP310": (
        both(elastic(), elastic("execution_b.toml", rule_id=OTHER_ID, name="B rule")),
        TWO,
    ),
    "RP311": (
        both(
            elastic(),
            elastic("execution_b.toml", rule_id=OTHER_ID, name="B", query='process where process.args : "-x"'),
        ),
        TWO,
    ),
    "RP401": (
        elastic(beside=fixtures(("match", "b.exe"), ("no_match", "c.exe"))),
        elastic(beside=fixtures(("match", "a.exe"), ("no_match", "c.exe"))),
    ),
    "RP402": (
        elastic(beside={"execution_a.test.yml": _TESTS.replace("NAME", "b.exe")}),
        elastic(beside={"execution_a.test.yml": _TESTS.replace("NAME", "a.exe")}),
    ),
    "RP403": (
        elastic(beside=fixtures(("match", "a.exe"))),
        elastic(beside=fixtures(("match", "a.exe"), ("no_match", "b"))),
    ),
    "RP404": (
        elastic(beside=fixtures(("match", "a.exe"), ("no_match", "b")), config={"min_kill": 0.9}),
        elastic(beside=fixtures(("match", "a.exe"), ("no_match", "b")), config={"min_kill": 0.1}),
    ),
    "RP406": (elastic(beside={"fixtures.yml": "fixtures: [{expect: yes}]\n"}), SOUND),
    "RP407": (elastic(profile="strict"), elastic(profile="strict", beside=fixtures(("match", "a.exe")))),
    "RP501": (exported('process where process.name : "a.exe"'), exported(EQL)),
    "RP502": (exported('process where process.args : "-x" and process.name : "a.exe"'), exported(EQL)),
    "RP901": (elastic(top="# ruleproof: off RP303 kept for readers\n"), SOUND),
    "RP902": (elastic(top="# ruleproof: off RP303\n"), SOUND),
}
