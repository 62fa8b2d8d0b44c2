"""Write the page of all checks, `docs/checks.md`, from their docstrings.

python tools/build_checks_page.py
"""

from __future__ import annotations

import re
from pathlib import Path

from converter.checks import FAMILIES, Check, checks

OUT = Path(__file__).resolve().parents[1] / "docs" / "checks.md"
_HEAD = """\
# Checks

What `ruleproof check` looks at. `ruleproof explain CODE` shows the same in the terminal; which tests of others these
stand for is told in [checks_of_others.md](checks_of_others.md). Made by `tools/build_checks_page.py`.

A check with a profile runs only in that profile and in `strict`, or where its code is asked for (`--on`, or `on` in
`ruleproof.toml`).
"""
_TITLES = {
    "document": "The document", "fields": "The fields of the query", "meaning": "What it means, by proof",
    "evidence": "The evidence: fixtures and tests", "drift": "Exported forms", "suppressions": "Suppressions",
}  # fmt: skip


def page() -> str:
    found = checks()
    parts = [_HEAD, "| code | name | severity | profile | finds |", "|---|---|---|---|---|"]
    parts += [_row(check) for check in found]
    for family in FAMILIES:
        parts.append(f"\n## {_TITLES[family]}")
        parts += [_section(check) for check in found if check.family == family]
    return "\n".join(parts) + "\n"


def _row(check: Check) -> str:
    profiles = ", ".join(check.profiles)
    link = f"[{check.code}](#{check.code.lower()}-{check.name})"
    return f"| {link} | {check.name} | {check.severity} | {profiles} | {_cell(check.doc.splitlines()[0])} |"


def _section(check: Check) -> str:
    kinds = "" if len(check.applies) > 1 else f", {check.applies[0].capitalize()} rules"
    profiles = f", in the profile {' and '.join(f'`{name}`' for name in check.profiles)}" if check.profiles else ""
    title, _, rest = check.doc.partition("\n\n")
    body = re.sub(r"^(What|Why|Example|Instead):", r"**\1:**", rest, flags=re.M)
    paragraphs = re.sub(r"\n(?=\*\*)", "\n\n", body)
    return f"\n### {check.code} {check.name}\n\n*{check.severity}{kinds}{profiles}* — {title}\n\n{paragraphs}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    OUT.write_text(page(), encoding="utf-8")
    print(f"{OUT}: {len(checks())} checks")
