"""The query asks for a field that the rule's data do not have.

What: a field of an integration's own (`okta.…`, `aws.…`, `winlog.…`) in a rule whose index patterns take none of its
data.
Why: the field is never there: a condition on it never holds, an exclusion on it never excludes.
Example: `okta.outcome.result: FAILURE` with `index = ["logs-aws.cloudtrail-*"]`.
Instead: add the integration's index pattern, or use the field of the data that you have.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from converter.checks import Check, Found, Subject
from converter.tree import fields_of

#: The first part of an integration's field names, and data streams that hold them.
SOURCES = {
    "aws": ("logs-aws.x-default", "filebeat-8"), "azure": ("logs-azure.x-default", "filebeat-8"),
    "okta": ("logs-okta.system-default", "filebeat-8"), "o365": ("logs-o365.audit-default", "filebeat-8"),
    "gcp": ("logs-gcp.audit-default", "filebeat-8"), "github": ("logs-github.audit-default", "filebeat-8"),
    "google_workspace": ("logs-google_workspace.x-default", "filebeat-8"),
    "winlog": ("logs-windows.x-default", "logs-system.x-default", "winlogbeat-8", "logs-winlog.x-default",
               "logs-endpoint.events.security-default"),
    "powershell": ("logs-windows.powershell-default", "winlogbeat-8"),
    "auditd": ("logs-auditd_manager.auditd-default", "auditbeat-8", "logs-auditd.log-default", "filebeat-8"),
    "endgame": ("endgame-1",),
}  # fmt: skip


def run(subject: Subject) -> Iterator[Found]:
    patterns = [item for item in subject.texts("index") if not item.startswith("-")]
    if not patterns or any(item.startswith(".") for item in patterns):
        return
    for query in subject.conditions:
        said: set[str] = set()
        for field in fields_of(query.tree if query.is_event else query.extra["predicate"]):
            root = field.name.partition(".")[0]
            streams = SOURCES.get(root)
            if streams is None or root in said:
                continue
            if not any(fnmatchcase(name, item) or root in item for name in streams for item in patterns):
                said.add(root)
                yield subject.finding(
                    f"the rule's index patterns take no data with `{root}` fields", help=", ".join(patterns)
                )


CHECK = Check("RP210", "field-of-another-source", "warning", run, applies=("elastic",))
