"""A tag is not written as everybody writes it.

What: a well-known Elastic tag in other case or with blanks around it; an ATT&CK tag of a Sigma rule in upper case or
with blanks or underscores.
Why: filters by tag are exact; the rule is not found.
Example: `OS: windows`, `attack.T1059`.
Instead: `OS: Windows`, `attack.t1059`.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.attack import tactics
from converter.checks.finding import Fix

_KNOWN = (
    "OS: Windows", "OS: Linux", "OS: macOS", "Domain: Endpoint", "Domain: Cloud", "Domain: Container",
    "Domain: Network", "Domain: Identity", "Domain: SaaS", "Domain: LLM", "Data Source: Elastic Defend",
    "Data Source: Elastic Endgame", "Data Source: AWS", "Data Source: Amazon Web Services", "Data Source: Azure",
    "Data Source: GCP", "Data Source: Google Cloud Platform", "Data Source: Google Workspace", "Data Source: Okta",
    "Data Source: Kubernetes", "Data Source: Microsoft 365", "Data Source: Sysmon", "Data Source: APM",
    "Data Source: Github", "Data Source: Auditd Manager", "Data Source: Crowdstrike", "Data Source: SentinelOne",
    "Data Source: PowerShell Logs", "Resources: Investigation Guide", "Rule Type: BBR", "Rule Type: ML",
    "Rule Type: Machine Learning", "Rule Type: Higher-Order Rule", "Use Case: Threat Detection",
    "Use Case: Identity and Access Audit", "Use Case: Vulnerability", "Use Case: Asset Visibility",
    "Use Case: Configuration Audit", "Use Case: Network Security Monitoring", "Use Case: UEBA",
)  # fmt: skip


def run(subject: Subject) -> Iterator[Found]:
    tags = subject.data.get("tags")
    for number, tag in enumerate(tags if isinstance(tags, list) else ()):
        if not isinstance(tag, str):
            continue
        wanted = _sigma(tag) if subject.document.kind == "sigma" else _elastic(tag)
        if wanted != tag:
            fix = Fix(f"write `{wanted}`", ("tags", number), wanted)
            yield subject.at(("tags", number), f"the tag `{tag}` is written `{wanted}` elsewhere", fix=fix)


def _elastic(tag: str) -> str:
    known = {item.casefold(): item for item in (*_KNOWN, *(f"Tactic: {name}" for _, name in tactics().values()))}
    return known.get(" ".join(tag.split()).casefold(), tag.strip())


def _sigma(tag: str) -> str:
    word = tag.strip()
    lower = word.lower()
    return lower.replace("_", "-").replace(" ", "-") if lower.startswith("attack.") else word


CHECK = Check("RP135", "tag-casing", "warning", run)
