"""The tag of a data source or its domain is missing.

What: an index pattern of a well-known source without that source's tags. In the profile `elastic`.
Why: users choose rules by the data that they have.
Example: `index = ["logs-okta*"]` without `Data Source: Okta`.
Instead: add the tag.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.checks.finding import Fix

#: The beginning of an index pattern → what is asked of the tags beside `Data Source:`.
DOMAINS = {
    "logs-endpoint.events.": "Domain: Endpoint", "logs-aws": "Domain: Cloud", "logs-azure": "Domain: Cloud",
    "logs-o365": "Domain: Cloud", "logs-gcp": "Domain: Cloud", "logs-google_workspace": "Domain: Cloud",
    "logs-cloud_defend": "Domain: Container",
}  # fmt: skip
SOURCES = {
    "logs-endpoint.": "Data Source: Elastic Defend", "endgame-": "Data Source: Elastic Endgame",
    "logs-aws": "Data Source: AWS", "logs-azure": "Data Source: Azure", "logs-o365": "Data Source: Microsoft 365",
    "logs-okta": "Data Source: Okta", "logs-gcp": "Data Source: GCP",
    "logs-google_workspace": "Data Source: Google Workspace",
    "logs-cloud_defend": "Data Source: Elastic Defend for Containers", "logs-kubernetes.": "Data Source: Kubernetes",
    "apm-": "Data Source: APM", "traces-apm": "Data Source: APM", ".alerts-security.": "Rule Type: Higher-Order Rule",
    "logs-cyberarkpas.audit": "Data Source: CyberArk PAS", "logs-windows.sysmon_operational-": "Data Source: Sysmon",
    "logs-windows.powershell": "Data Source: PowerShell Logs",
    "logs-system.security": "Data Source: Windows Security Event Logs",
    "logs-system.forwarded": "Data Source: Windows Security Event Logs",
    "logs-system.system": "Data Source: Windows System Event Logs",
    "logs-sentinel_one_cloud_funnel.": "Data Source: SentinelOne",
    "logs-fim.event-": "Data Source: File Integrity Monitoring",
    "logs-m365_defender.event-": "Data Source: Microsoft Defender XDR",
    "logs-crowdstrike.fdr": "Data Source: Crowdstrike",
}  # fmt: skip

#: A tag that stands for a newer one.
RENAMED = {"Data Source: Microsoft Defender for Endpoint": "Data Source: Microsoft Defender XDR"}


def run(subject: Subject) -> Iterator[Found]:
    tags = subject.texts("tags")
    if subject.document.type == "machine_learning":
        return
    known = [*SOURCES.items(), *DOMAINS.items()]
    wanted = {tag for item in subject.texts("index") for start, tag in known if item.startswith(start)}
    for tag in sorted(wanted - set(tags) - {new for old, new in RENAMED.items() if old in tags}):
        fix = Fix("add the tag", ("tags", len(tags)), tag) if "tags" in subject.data else None
        yield subject.at("tags", f"the tag `{tag}` is missing", fix=fix)


CHECK = Check("RP139", "tag-source", "note", run, applies=("elastic",), profiles=("elastic",))
