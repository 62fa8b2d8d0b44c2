"""One event in every shape in which event logs come as JSON has the same two views."""

from __future__ import annotations

from typing import Any

import pytest

from converter.diagnostics import UsageError
from converter.languages import parse
from converter.normalise import is_raw, native, read, to_ecs, view_for

PROVIDER = "Microsoft-Windows-Sysmon"
CHANNEL = "Microsoft-Windows-Sysmon/Operational"
DATA = {
    "RuleName": "-",
    "UtcTime": "2026-04-17 05:24:53.079",
    "ProcessGuid": "{0197231e-c424-69e1-c922-000000000800}",
    "ProcessId": "15596",
    "Image": "C:\\Windows\\System32\\cmd.exe",
    "CommandLine": 'cmd.exe /c "echo a b" x\\',
    "User": "CORP\\alice",
    "ParentImage": "C:\\Windows\\explorer.exe",
    "Hashes": "SHA1=" + "A" * 40 + ",IMPHASH=" + "0" * 32,
    "Company": "-",
}
SYSTEM = {
    "Provider": {"#attributes": {"Name": PROVIDER, "Guid": "5770385F"}},
    "EventID": 1,
    "Level": 4,
    "Keywords": "0x8000000000000000",
    "TimeCreated": {"#attributes": {"SystemTime": "2026-04-17T05:24:53.088849Z"}},
    "EventRecordID": 83237,
    "Execution": {"#attributes": {"ProcessID": 3208, "ThreadID": 1724}},
    "Channel": CHANNEL,
    "Computer": "host1",
    "Security": {"#attributes": {"UserID": "S-1-5-18"}},
}


def apart(system: dict[str, Any]) -> dict[str, Any]:
    """Attributes beside the element, as `evtx_dump --separate-json-attributes` writes them."""
    out: dict[str, Any] = {}
    for name, value in system.items():
        if isinstance(value, dict) and "#attributes" in value:
            out[name + "_attributes"] = value["#attributes"]
        else:
            out[name] = value
    return out


SHAPES: dict[str, dict[str, Any]] = {
    "evtx": {"Event": {"#attributes": {"xmlns": "x"}, "System": SYSTEM, "EventData": DATA}},
    "evtx without the outer element": {"System": SYSTEM, "EventData": DATA},
    "evtx, attributes apart": {"Event": {"System": apart(SYSTEM), "EventData": DATA}},
    "evtx, event id with qualifiers": {
        "Event": {"System": {**SYSTEM, "EventID": {"#attributes": {"Qualifiers": 0}, "#text": 1}}, "EventData": DATA}
    },
    "evtx, a list of data": {
        "Event": {
            "System": SYSTEM,
            "EventData": {"Data": [{"#attributes": {"Name": k}, "#text": v} for k, v in DATA.items()]},
        }
    },
    "xml to json, at signs": {
        "Event": {
            "System": {
                "Provider": {"@Name": PROVIDER, "@Guid": "5770385F"}, "EventID": "1", "Level": "4",
                "Keywords": "0x8000000000000000", "TimeCreated": {"@SystemTime": "2026-04-17T05:24:53.088849Z"},
                "EventRecordID": "83237", "Execution": {"@ProcessID": "3208", "@ThreadID": "1724"},
                "Channel": CHANNEL, "Computer": "host1", "Security": {"@UserID": "S-1-5-18"},
            },
            "EventData": {"Data": [{"@Name": k, "#text": v} for k, v in DATA.items()]},
        }
    },
    "flat": {
        "Provider_Name": PROVIDER, "EventID": 1, "Channel": CHANNEL, "Computer": "host1", "Level": 4,
        "EventRecordID": 83237, "TimeCreated": "2026-04-17T05:24:53.088849Z", **DATA,
    },
    "nxlog": {
        "SourceName": PROVIDER, "EventID": 1, "Channel": CHANNEL, "Hostname": "host1", "RecordNumber": 83237,
        "Keywords": -9223372036854775808, "SourceModuleType": "im_msvistalog", "EventType": "INFO", "Severity": "INFO",
        "EventTime": "2026-04-17 05:24:53", "@version": "1", "host": "wec", "tags": ["x"], **DATA,
    },
    "log analytics": {
        "Source": "x", "Provider": PROVIDER, "EventID": 1, "Channel": CHANNEL, "Computer": "host1",
        "TimeGenerated": "2026-04-17T05:24:53Z", "TenantId": "x",
        "EventData": "<DataItem>" + "".join(
            f'<Data Name="{k}">{v.replace("&", "&amp;")}</Data>' for k, v in DATA.items()
        ) + "</DataItem>",
    },
    "winlogbeat before its pipeline": {
        "@timestamp": "2026-04-17T05:24:53.088Z",
        "winlog": {
            "provider_name": PROVIDER, "event_id": "1", "channel": CHANNEL, "computer_name": "host1",
            "event_data": DATA,
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_shape_has_the_same_native_view(shape: str) -> None:
    found = native(SHAPES[shape])
    wanted = {**DATA, "EventID": 1, "Channel": CHANNEL, "Provider_Name": PROVIDER, "Computer": "host1"}
    assert {name: found.get(name) for name in wanted} == wanted
    assert "EventType" not in found and "host" not in found


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_shape_has_the_same_ecs_view(shape: str) -> None:
    found = to_ecs(SHAPES[shape])
    assert found["event"]["code"] == "1"
    assert (found["event"]["category"], found["event"]["type"]) == (["process"], ["start"])
    assert found["host"]["os"]["type"] == "windows"
    assert found["@timestamp"].startswith("2026-04-17T05:24:53")
    process = found["process"]
    assert process["executable"] == DATA["Image"] and process["name"] == "cmd.exe"
    assert process["pid"] == 15596
    assert process["args"] == ["cmd.exe", "/c", "echo a b", "x\\"] and process["args_count"] == 4
    assert process["hash"] == {"sha1": "a" * 40}
    assert process["parent"] == {"executable": "C:\\Windows\\explorer.exe", "name": "explorer.exe"}
    assert found["user"]["domain"] == "CORP" and found["user"]["name"] == "alice"
    assert "rule" not in found and "company" not in process.get("pe", {}), "a dash is taken for nothing"
    assert "event_data" not in found["winlog"] or "Image" not in found["winlog"]["event_data"]


def test_guids_have_braces_and_booleans_are_words() -> None:
    event = {"Event": {"System": {**SYSTEM, "EventID": 3}, "EventData": {
        "ProcessGuid": "0197231E-C424-69E1-C922-000000000800", "Initiated": True}}}  # fmt: skip
    assert native(event)["ProcessGuid"] == "{0197231e-c424-69e1-c922-000000000800}"
    assert native(event)["Initiated"] == "true"
    assert to_ecs(event)["network"]["direction"] == "egress"


def test_unnamed_data_is_a_list_and_numbered_fields() -> None:
    event = {"Event": {"System": {**SYSTEM, "Provider": {"#attributes": {"Name": "MSSQLSERVER"}}, "EventID": 18456,
                                  "Channel": "Application"},
                       "EventData": {"Data": {"#text": ["sa", "reason"]}, "Binary": "00"}}}  # fmt: skip
    assert native(event)["Data"] == ["sa", "reason"]
    assert to_ecs(event)["winlog"]["event_data"]["param2"] == "reason"


def test_user_data_is_found_under_its_own_name() -> None:
    event = {"Event": {"System": {**SYSTEM, "Provider": {"#attributes": {"Name": "Microsoft-Windows-WMI-Activity"}},
                                  "EventID": 5861, "Channel": "Microsoft-Windows-WMI-Activity/Operational"},
                       "UserData": {"Operation_ESStoConsumerBinding": {"Namespace": "//./root"}}}}  # fmt: skip
    assert native(event)["Namespace"] == "//./root"
    assert to_ecs(event)["winlog"]["user_data"]["Namespace"] == "//./root"


def test_what_a_new_process_is_called_depends_on_the_rules_log_source() -> None:
    event = {"Provider_Name": "Microsoft-Windows-Security-Auditing", "Channel": "Security", "EventID": 4688,
             "NewProcessName": "C:\\a\\b.exe", "NewProcessId": "0x1a4", "ProcessId": "0x4", "SubjectUserName": "bob",
             "SubjectDomainName": "CORP", "CommandLine": "b.exe x"}  # fmt: skip
    created = native(event, {"product": "windows", "category": "process_creation"})
    assert (created["Image"], created["ProcessId"], created["User"]) == ("C:\\a\\b.exe", "0x1a4", "CORP\\bob")
    assert native(event, {"product": "windows", "service": "security"})["ProcessId"] == "0x4"
    ecs = to_ecs(event)
    assert ecs["process"]["pid"] == 420 and ecs["process"]["parent"]["pid"] == 4
    assert ecs["user"] == {"domain": "CORP", "name": "bob"}


@pytest.mark.parametrize(
    ("event", "raw"),
    [
        ({"event": {"category": ["process"], "code": "1"}, "winlog": {"event_id": 1, "channel": CHANNEL}}, False),
        ({"event.code": "1", "winlog.channel": CHANNEL}, False),
        ({"EventID": 1}, False),
        ({"process": {"name": "a"}}, False),
        ({"EventID": "4104", "Channel": "x"}, True),
    ],
)
def test_only_events_that_no_pipeline_has_seen_are_raw(event: dict[str, Any], raw: bool) -> None:
    assert is_raw(event) is raw
    if not raw:
        with pytest.raises(UsageError, match="no raw Windows event"):
            read(event)


RULE = """
title: A rule
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: '\\cmd.exe'}
  condition: selection
"""


def test_a_query_gets_the_view_that_it_reads() -> None:
    event = SHAPES["evtx"]
    other = {"Event": {**event["Event"], "System": {**SYSTEM, "EventID": 5}}}
    sigma = view_for(parse("sigma", RULE), [event, other, {"a": 1}])
    assert (sigma.name, sigma.outside, sigma.events[2]) == ("native", frozenset({1}), {"a": 1})
    in_ecs = parse("sigma", RULE.replace("title", "taxonomy: ecs\ntitle").replace("Image", "process.executable"))
    assert view_for(in_ecs, [event]).name == "ecs"
    assert view_for(parse("kuery", "process.name: cmd.exe"), [event]).events[0]["process"]["name"] == "cmd.exe"
    assert view_for(parse("kuery", "a: 1"), [{"a": 1}]).name == "given"
