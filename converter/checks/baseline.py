"""A baseline: the findings that an old repository has today, so that only new ones count."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from converter.checks.finding import Finding
from converter.diagnostics import UsageError
from converter.export.export import replace_file

REASON = "in the baseline"


def mark(findings: Sequence[Finding], path: Path, root: Path) -> tuple[list[Finding], int]:
    """The findings with those of the baseline suppressed, and how many entries of these files are no longer found.

    Raises `UsageError` for a file that is no baseline."""
    left = _read(path)
    out = []
    for finding in findings:
        print_ = fingerprint(finding, root)
        if finding.counts and left[print_] > 0:
            left[print_] -= 1
            finding = replace(finding, suppressed=REASON)
        out.append(finding)
    paths = {_relative(finding.path, root) for finding in findings}
    gone = sum(count for print_, count in left.items() if print_.split(" ", 2)[1] in paths)
    return out, gone


def write(findings: Iterable[Finding], path: Path, root: Path) -> int:
    """Write the findings that count as the new baseline; returns how many."""
    counts = Counter(
        fingerprint(finding, root) for finding in findings if finding.counts or finding.suppressed == REASON
    )
    content = {"ruleproof-baseline": 1, "findings": dict(sorted(counts.items()))}
    try:
        replace_file(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {error.strerror}") from None
    return sum(counts.values())


def fingerprint(finding: Finding, root: Path) -> str:
    """Code, file, and a digest of what is said: a finding that only moves to another line stays the same one."""
    said = hashlib.sha256(f"{finding.rule_id}\0{finding.message}".encode()).hexdigest()[:12]
    return f"{finding.code} {_relative(finding.path, root)} {said}"


def _relative(path: str | None, root: Path) -> str:
    if path is None:
        return "-"
    try:
        return Path(path).absolute().relative_to(root.absolute()).as_posix().replace(" ", "%20")
    except ValueError:
        return Path(path).as_posix().replace(" ", "%20")


def _read(path: Path) -> Counter[str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["ruleproof-baseline"] != 1:
            raise ValueError
        return Counter({str(key): int(value) for key, value in content["findings"].items()})
    except FileNotFoundError:
        raise UsageError(f"there is no baseline `{path}`", help="write one with `--write-baseline`") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(
            f"`{path}` is not a baseline of ruleproof", help="write it anew with `--write-baseline`"
        ) from None
