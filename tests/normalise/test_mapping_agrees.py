"""The normaliser and the mapping that ports rules never disagree about where a field is.

For each log source and entry: a raw event with a value, in both views. Whatever Sigma condition is true of the native
view, its mapped form is true of the ECS view; and a value that fails it fails both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from converter.fields import Fields
from converter.mapping import Entry, LogSource, platforms, to_ecs
from converter.mapping.apply import condition
from converter.matching import matches
from converter.normalise import belongs, completed, native
from converter.normalise import to_ecs as as_ecs
from converter.normalise.facts import categories, table
from converter.normalise.record import read
from converter.tree import ANY, Field, Glob, literal

SOURCES = [source for platform in platforms() if platform.name == "windows" for source in platform.log_sources]

#: Log sources whose events come from elsewhere than an event log (the kernel's file trace, Elastic Defend).
NOT_IN_EVENT_LOGS = {"windows/file_access", "windows/file_rename"}
DIGESTS = {"MD5": "a" * 32, "SHA1": "B" * 40, "SHA256": "c" * 64, "IMPHASH": "d" * 32}

#: Kinds of events that a log source's ECS conditions hold for although Sigma counts them elsewhere: `category: process`
#: and `type: start` is what the pipelines write for these too. None of them has the fields of a new process.
OTHER_STARTS = {
    ("windows/process_creation", "PowerShell", "400"),
    ("windows/process_creation", "Microsoft-Windows-PowerShell", "4105"),
    ("windows/process_creation", "Microsoft-Windows-Security-Auditing", "5024"),
    ("windows/process_termination", "PowerShell", "403"),
    ("windows/process_termination", "Microsoft-Windows-PowerShell", "4106"),
    ("windows/process_termination", "Microsoft-Windows-Security-Auditing", "4689"),
    ("windows/process_termination", "Microsoft-Windows-Security-Auditing", "5025"),
    ("windows/process_termination", "Microsoft-Windows-Eventlog", "1100"),
    ("windows/driver_load", "Microsoft-Windows-Security-Auditing", "5033"),
}


#: Fields of `System`, where an event log holds them.
SYSTEM = {"Level": "Level", "Keywords": "Keywords", "Computer": "Computer", "ComputerName": "Computer"}
#: They say what the log source is: the value is the event's own.
SCOPE = ("EventID", "Channel", "Provider_Name")


def raw(source: LogSource, data: dict[str, Any]) -> dict[str, Any]:
    """A raw event of the log source with that data, as EVTX has it."""
    code = {} if "category" in source.when else {"EventID": 7}
    made = completed(code, source.when) or {"EventID": 7, "Channel": "Application", "Provider_Name": "X"}
    system: dict[str, Any] = {
        "Provider": {"#attributes": {"Name": made["Provider_Name"]}}, "EventID": made["EventID"],
        "Channel": made["Channel"], **{SYSTEM[name]: value for name, value in data.items() if name in SYSTEM},
    }  # fmt: skip
    own = {name: value for name, value in data.items() if name not in SYSTEM and name not in SCOPE}
    if "Data" in own:
        own = {"Data": {"#text": ["first", own["Data"]]}}
    return {"Event": {"System": system, "EventData": own}}


def examples(entry: Entry) -> Iterator[str]:
    """Values that the entry can say."""
    if entry.values:
        yield from entry.values
    elif entry.hashes:
        yield from (f"{name}={digest}" for name, digest in DIGESTS.items() if name in entry.hashes)
    elif entry.separator is not None:
        yield "NT AUTHORITY\\SYSTEM"
    else:
        yield {"integer": "4711", "ip": "10.1.2.3", "boolean": "true", "date": "2026-01-02T03:04:05Z"}.get(
            Fields.of(None).field(entry.to[0]).sort, "C:\\Some\\Value.exe"
        )


def pairs() -> list[Any]:
    return [
        pytest.param(source, entry, id=f"{source.title}-{entry.sigma}")
        for source in SOURCES
        for entry in source.entries.values()
        if not entry.approximate and source.title not in NOT_IN_EVENT_LOGS
    ]


@pytest.mark.parametrize(("source", "entry"), pairs())
def test_an_entry_is_where_the_normaliser_writes_its_value(source: LogSource, entry: Entry) -> None:
    if entry.sigma in SCOPE:
        event = raw(source, {})
        decide(source, entry.sigma, str(native(event)[entry.sigma]), event, True)
        decide(source, entry.sigma, "99", event, False)
        return
    for value in examples(entry):
        part = bool(entry.hashes)
        decide(source, entry.sigma, value, raw(source, {entry.sigma: value}), True, part)
        if not entry.values:
            other = "10.9.9.9" if value[:3] == "10." else value[:-1] + "0" if part else "9" + value
            decide(source, entry.sigma, value, raw(source, {entry.sigma: other}), False, part)


@pytest.mark.parametrize("source", [s for s in SOURCES if s.title not in NOT_IN_EVENT_LOGS], ids=lambda s: s.title)
def test_a_field_without_an_entry_keeps_the_native_name_that_ports_use(source: LogSource) -> None:
    event = raw(source, {"SomeOtherField": "A value"})
    if "user_data" in source.native:
        inner = event["Event"]
        inner["UserData"] = {"Some": inner.pop("EventData")}
    decide(source, "SomeOtherField", "A value", event, True)
    decide(source, "SomeOtherField", "B value", event, False)


def decide(source: LogSource, name: str, value: str, event: dict[str, Any], expected: bool, part: bool = False) -> None:
    """The condition and its mapped form come out as expected, the log source's conditions among the latter. `part`:
    the value is looked for within the field's."""
    tokens = (ANY, value, ANY) if part else literal(value)
    atom = Glob(Field(name, known=False), tokens, "ascii")
    mapped = to_ecs(atom, source.when, Fields.of(None)).tree
    assert belongs(event, source.when)
    assert matches(atom, native(event, source.when)) is expected, "on the native view"
    assert matches(mapped, as_ecs(event)) is expected, "on the ECS view"


def test_conditions_of_a_log_source_hold_for_its_events_and_for_no_others() -> None:
    wrong = set()
    for provider, code in kinds():
        event = {"Provider_Name": provider, "Channel": channel_of(provider), "EventID": code}
        ecs, own = as_ecs(event), categories(read(event))
        for source in SOURCES:
            tree = condition(source.conditions, Fields.of(None))
            if tree is None or "category" not in source.when or source.title in NOT_IN_EVENT_LOGS:
                continue
            if matches(tree, ecs) is not (source.when["category"] in own):
                wrong.add((source.title, provider, str(code)))
    assert wrong == OTHER_STARTS


def kinds() -> list[tuple[str, int]]:
    """Every kind of event that the pipelines' table or Sigma's categories know."""
    named = {(provider, code) for provider, groups in table()["events"].items() for g in groups for code in g["events"]}
    return sorted(named)


def channel_of(provider: str) -> str:
    return {
        "Microsoft-Windows-Sysmon": "Microsoft-Windows-Sysmon/Operational",
        "PowerShell": "Windows PowerShell",
        "Microsoft-Windows-PowerShell": "Microsoft-Windows-PowerShell/Operational",
    }.get(provider, "Security")


def test_categories_and_channels_are_those_of_the_specification(shared: Path) -> None:
    text = next(shared.glob("conformance/sigma-specification/**/sigma-appendix-taxonomy.md")).read_text()
    rows = re.findall(r"^\| windows \| product: windows<br>(category|service): (\S+)\s*\|(.*)\|$", text, re.MULTILINE)
    assert len(rows) > 70
    missing = []
    for key, name, what in rows:
        if f"windows/{name}" in NOT_IN_EVENT_LOGS:
            continue
        codes = [int(code) for code in re.findall(r"(?:EventIDs?:|-) *(?:<br> - )?(\d+)\b", what)]
        channels = re.findall(r"(?:Channel:|-)\s*(?:<br> - )?([A-Z][^<|]*?)\s*(?=<br>|$)", what.strip())
        for channel in channels:
            channel = channel.removeprefix("WinEventLog:")
            provider = {"Windows PowerShell": "PowerShell"}.get(channel, channel.partition("/")[0])
            for code in codes or [1]:
                event = {"Provider_Name": provider, "Channel": channel, "EventID": code}
                if not belongs(event, {"product": "windows", key: name}):
                    missing.append((name, channel, code))
    assert missing == []
