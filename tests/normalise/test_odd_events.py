"""Whatever stands in an event's places, both views are made or the event is said to be none."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from converter.normalise import belongs, completed, is_raw, native, read, to_ecs

NAMES = st.sampled_from(
    [
        "Data",
        "#text",
        "#attributes",
        "Name",
        "@Name",
        "Image",
        "User",
        "Hashes",
        "CommandLine",
        "ProcessId",
        "TargetObject",
        "Details",
        "QueryResults",
        "QueryStatus",
        "Initiated",
        "IpAddress",
        "IpPort",
        "LogonType",
        "Level",
        "ProcessGuid",
        "Signed",
        "ContextInfo",
        "param1",
        "x.y",
        "",
        "Process Name",
    ]
)
TEXTS = st.sampled_from(["", "-", "a\\b", "\\", "A\\B\\C", "SHA1=0,MD5", "type:", "type: 5 x;::ffff:1.2.3.4;", "0x1f",
                         "9" * 30, "HKLM", "DWORD (0x00000001)", '"a b" c\\"', "=", " = x", "{", "é"])  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(NAMES, v, max_size=4), max_leaves=12)
SYSTEM = st.fixed_dictionaries(
    {"EventID": st.sampled_from([1, 3, 7, 11, 13, 22, 400, 4103, 4624, 4688, 5145, "4104", None]) | VALUES},
    optional={
        "Provider": st.sampled_from(["PowerShell", {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}}]) | VALUES,
        "Channel": st.sampled_from(["Security", "Windows PowerShell"]) | VALUES,
        "Keywords": VALUES, "Level": VALUES, "TimeCreated": VALUES, "Security": VALUES, "Computer": VALUES,
    },
)  # fmt: skip
PROVIDERS = st.sampled_from(["Microsoft-Windows-Sysmon", "Microsoft-Windows-Security-Auditing", "PowerShell"])
NESTED = st.fixed_dictionaries({"System": SYSTEM, "EventData": VALUES, "UserData": VALUES})
CODES = st.sampled_from([1, 3, 7, 13, 22, 4624, 4688, 400])
WINLOG = st.fixed_dictionaries({"event_id": VALUES, "event_data": VALUES, "user_data": VALUES})
EVENTS = st.one_of(
    st.fixed_dictionaries({"Event": NESTED}),
    st.fixed_dictionaries({"Event": VALUES}),
    st.builds(
        lambda data, code, provider: {**data, "EventID": code, "Provider_Name": provider},
        st.dictionaries(NAMES, VALUES), CODES | VALUES, PROVIDERS | VALUES,
    ),
    st.fixed_dictionaries({"winlog": WINLOG}),
    st.dictionaries(st.sampled_from(["EventID", "Channel", "System", "event", "EventData", "Event"]), VALUES),
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(EVENTS)
def test_any_json_has_both_views_or_is_no_raw_event(event: dict[str, Any]) -> None:
    if not is_raw(event):
        completed(event, {"product": "windows", "category": "process_creation"})
        return
    record = read(event)
    flat, ecs = native(record), to_ecs(record)
    native(record, {"product": "windows", "category": "process_creation"})
    belongs(record, {"product": "windows", "category": "process_creation"})
    belongs(record, {"service": "security"})
    assert isinstance(flat, dict)
    assert ecs["event"]["kind"] == "event"
