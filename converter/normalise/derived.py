"""What the pipelines make of other fields: names of files, arguments, the user, registry parts, answers of DNS."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from converter.normalise import facts
from converter.normalise.record import Record

_HIVES = {
    "HKEY_CLASSES_ROOT": "HKCR", "HKEY_CURRENT_CONFIG": "HKCC", "HKEY_CURRENT_USER": "HKCU", "HKEY_DYN_DATA": "HKDD",
    "HKEY_LOCAL_MACHINE": "HKLM", "HKEY_PERFORMANCE_DATA": "HKPD", "HKEY_USERS": "HKU",
}  # fmt: skip
_DWORD = re.compile(r"(?i)DWORD \(0x([0-9A-F]{8})\)")
_QWORD = re.compile(r"(?i)QWORD \(0x([0-9A-F]{8})-0x([0-9A-F]{8})\)")
_PAIR = re.compile(r"^[ \t]*([A-Za-z ]+?)[ \t]*=[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
_MAPPED = re.compile(r"^\[?::ffff:(\d+\.\d+\.\d+\.\d+)(?:\](?::\d+)?)?$")
SYSMON, SECURITY = "Microsoft-Windows-Sysmon", "Microsoft-Windows-Security-Auditing"


def add(flat: dict[str, Any], record: Record, data: Mapping[str, Any]) -> None:
    """Everything that follows from the fields that are there."""
    if record.provider == SYSMON:
        _sysmon(flat, record, data)
    elif record.provider == SECURITY:
        _security(flat, record, data)
    elif "PowerShell" in record.channel:
        _powershell(flat, data)
    for name in ("process", "process.parent"):
        executable, line = flat.get(f"{name}.executable"), flat.get(f"{name}.command_line")
        if isinstance(executable, str) and "\\" in executable and executable[-1] != "\\":
            flat.setdefault(f"{name}.name", executable.rpartition("\\")[2])
        if isinstance(line, str) and line:
            flat[f"{name}.args"] = arguments(line)
            flat[f"{name}.args_count"] = len(flat[f"{name}.args"])
    path = flat.get("file.path")
    if isinstance(path, str) and "\\" in path:
        directory, _, name = path.rpartition("\\")
        flat |= {"file.directory": directory, "file.name": name}
        if "." in path:
            flat["file.extension"] = path.rpartition(".")[2]
    users = [flat[name] for name in ("user.name", "user.target.name", "user.effective.name") if flat.get(name)]
    addresses = [flat[name] for name in ("source.ip", "destination.ip") if flat.get(name)]
    for name, values in (("related.user", users), ("related.ip", addresses)):
        if values:
            flat[name] = list(dict.fromkeys(values))


def _sysmon(flat: dict[str, Any], record: Record, data: Mapping[str, Any]) -> None:
    for place, codes in facts.table()["digests"].items():
        if record.code in map(str, codes):
            for name, digest in digests(str(data.get("Hashes") or data.get("Hash") or "")).items():
                flat[f"{place}.pe.imphash" if name == "IMPHASH" else f"{place}.hash.{name.lower()}"] = digest
    if data.get("SignatureStatus") == "Valid":
        flat["file.code_signature.valid"] = True
    if record.code in ("12", "13", "14") and data.get("TargetObject"):
        _registry(flat, str(data["TargetObject"]), data.get("Details"))
    status = data.get("QueryStatus")
    if status is not None:
        flat["sysmon.dns.status"] = facts.table()["dns_status"].get(number(status), str(status))
    if data.get("QueryResults"):
        _answers(flat, str(data["QueryResults"]))
    for name, place in (("Archived", "archived"), ("IsExecutable", "is_executable")):
        if str(data.get(name)).lower() in ("true", "false"):
            flat[f"sysmon.file.{place}"] = str(data[name]).lower() == "true"
    if record.system.get("Security_UserID"):
        flat["user.id"] = record.system["Security_UserID"]


def _registry(flat: dict[str, Any], path: str, details: Any) -> None:
    parts = path.split("\\")
    hive = _HIVES.get(parts[0], parts[0] if parts[0] in _HIVES.values() else None)
    if hive is not None:
        flat["registry.hive"] = hive
        if len(parts) > 1:
            flat["registry.key"] = "\\".join(parts[1:])
    flat["registry.value"] = parts[-1]
    if details in (None, ""):
        return
    text, kind = str(details), "REG_SZ"
    if found := _QWORD.fullmatch(text):
        text, kind = str((int(found[1], 16) << 8) + int(found[2], 16)), "SZ_QWORD"
    elif found := _DWORD.fullmatch(text):
        text, kind = str(int(found[1], 16)), "SZ_DWORD"
    elif text == "Binary Data":
        kind = "REG_BINARY"
    flat |= {"registry.data.strings": [text], "registry.data.type": kind}


def _answers(flat: dict[str, Any], results: str) -> None:
    """`type:  5 name;::ffff:1.2.3.4;` as answers and addresses."""
    answers, addresses = [], []
    for item in filter(None, results.split(";")):
        if item.startswith("type:"):
            words = item.split()
            answers += [words[2]] if len(words) == 3 else []
        else:
            found = _MAPPED.match(item)
            addresses.append(found[1] if found else item)
    valid = [item for item in addresses if _is_address(item)]
    if answers or valid:
        flat["dns.answers.data"] = [*answers, *valid]
    if valid:
        flat["dns.resolved_ip"] = valid


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _security(flat: dict[str, Any], record: Record, data: Mapping[str, Any]) -> None:
    code = number(record.code)
    for listed, prefix in (("subject_user", "Subject"), ("target_user", "Target")):
        if code in facts.table()[listed]:
            for name, places in (("user.name", ("UserName",)), ("user.domain", ("DomainName",)),
                                 ("user.id", ("UserSid", "Sid"))):  # fmt: skip
                found = next((data[prefix + place] for place in places if data.get(prefix + place)), None)
                if found is not None:
                    flat[name] = str(found).partition("@")[0] if name == "user.name" and prefix == "Target" else found
    logon = facts.table()["logon_types"].get(number(data.get("LogonType")))
    if logon is not None:
        flat["winlog.logon.type"] = logon
    identifier = data.get("SubjectLogonId") if code not in (4634, 4647, 4964) else data.get("TargetLogonId")
    if identifier is not None:
        flat["winlog.logon.id"] = identifier
    if data.get("ServiceName"):
        flat["service.name"] = data["ServiceName"]
    if code in (5140, 5145) and data.get("RelativeTargetName"):
        flat["file.name"] = data["RelativeTargetName"]
        if data.get("ShareLocalPath"):
            flat["file.path"] = f"{data['ShareLocalPath']}\\{data['RelativeTargetName']}"
    if "TargetUserName" in data and code == 4688 and data["TargetUserName"] not in ("", "-"):
        flat["user.effective.name"] = data["TargetUserName"]


def _powershell(flat: dict[str, Any], data: Mapping[str, Any]) -> None:
    texts = [data.get(name) for name in ("ContextInfo", "param2", "param3")]
    pairs = {key.replace(" ", ""): value for text in texts if text for key, value in _PAIR.findall(str(text))}
    for name, place in facts.table()["powershell"].items():
        value = data.get(name, pairs.get(name))
        if value not in (None, ""):
            flat.setdefault(place, value)
    domain, _, user = pairs.get("User", pairs.get("UserId", "")).partition("\\")
    if user:
        flat |= {"user.domain": domain, "user.name": user}


def digests(text: str) -> dict[str, str]:
    """`SHA1=…,MD5=…` as algorithm → digest in lower case; without those that are only zeros."""
    pairs = (part.partition("=") for part in text.split(","))
    return {name.strip().upper(): digest.strip().lower() for name, _, digest in pairs if digest.strip().strip("0")}


def number(value: Any) -> int | None:
    """Decimal or `0x` hexadecimal; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = str(value).strip()
    if re.fullmatch(r"[+-]?\d{1,18}", text):
        return int(text)
    return int(text, 16) if re.fullmatch(r"0x[0-9a-fA-F]{1,15}", text) else None


def instant(record: Record) -> str | None:
    """The event's time in ISO 8601, UTC: Sysmon's own, else when it was written."""
    for value in (record.data.get("UtcTime"), record.system.get("TimeCreated")):
        if isinstance(value, str) and (found := re.match(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)", value)):
            return f"{found[1]}T{found[2]}Z"
    return None


def arguments(line: str) -> list[str]:
    """A command line cut as Windows cuts it: blanks part, quotes join, backslashes escape only quotes."""
    out: list[str] = []
    at, size = 0, len(line)
    while at < size:
        if line[at] in " \t":
            at += 1
            continue
        word, at = _argument(line, at)
        out.append(word)
    return out


def _argument(line: str, at: int) -> tuple[str, int]:
    word: list[str] = []
    quoted, slashes, size = False, 0, len(line)
    while at < size:
        char = line[at]
        if char == "\\":
            slashes += 1
        elif char == '"':
            word.append("\\" * (slashes // 2))
            if slashes % 2:
                word.append(char)
            else:
                if quoted and line[at + 1 : at + 2] == '"':
                    word.append(char)
                    at += 1
                quoted = not quoted
            slashes = 0
        else:
            word.append("\\" * slashes)
            slashes = 0
            if char in " \t" and not quoted:
                return "".join(word), at + 1
            word.append(char)
        at += 1
    return "".join([*word, "\\" * slashes]), at
