"""Small rules of our own that the tests damage, convert and edit."""

from __future__ import annotations

import json
from typing import Any

TOML = """\
# reviewed by hand
[metadata]
creation_date = "2024/05/31"
integration = ["endpoint"]
maturity = "production"
updated_date = "2024/06/01"

[rule]
author = ["Jo"]
description = \"\"\"
Finds `tool.exe` run by a service.
\"\"\"
from = "now-9m"
index = ["logs-endpoint.events.process-*"]
interval = "5m"
language = "eql"  # the only one that has sequences
license = "MIT"
name = "Tool run by a service"
note = \"\"\"## Triage

Look at the parent.
\"\"\"
risk_score = 47
rule_id = "0f6a6a3e-91a5-4b4c-9c8b-3f4a5a2b7c11"
severity = "medium"
tags = ["OS: Windows", "Tactic: Execution"]
type = "eql"

query = '''
process where process.name : "tool.exe" and
  process.parent.name == "services.exe"
'''

[[rule.threat]]
framework = "MITRE ATT&CK"

[[rule.threat.technique]]
id = "T1569"
name = "System Services"
reference = "https://attack.mitre.org/techniques/T1569/"

[[rule.threat.technique.subtechnique]]
id = "T1569.002"
name = "Service Execution"
reference = "https://attack.mitre.org/techniques/T1569/002/"

[rule.threat.tactic]
id = "TA0002"
name = "Execution"
reference = "https://attack.mitre.org/tactics/TA0002/"
"""

SIGMA = """\
title: Tool Run By A Service
id: 3a0cf6ac-1c5f-4a8b-9d4e-0d1f0a5f7c22
status: test
description: Finds tool.exe run by a service
references:
    - https://example.org/tool  # the first report
author: Jo
date: 2024-05-31
tags:
    - attack.execution
    - attack.t1569.002
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith: '\\tool.exe'  # not the updater
        ParentImage|endswith: '\\services.exe'
    condition: selection
falsepositives:
    - Unknown
level: medium
"""

PAGE = """\
---
applies_to:
  stack: all
mapped_pages:
  - https://www.elastic.co/guide/en/security/current/tool-run-by-a-service.html
---

# Tool run by a service [tool-run-by-a-service]

Finds `tool.exe` run by a service.

**Rule type**: eql

**Rule indices**:

* logs-endpoint.events.*

**Severity**: medium

**Risk score**: 47

**Runs every**: 5m

**Searches indices from**: now-9m ({{ref}}/common-options.html#date-math[Date Math format])

**Maximum alerts per execution**: 100

**References**: None

**Tags**:

* Host
* Execution

**version**: 3

**Rule authors**:

* Jo

**Rule license**: MIT

## Investigation guide [_investigation_guide_7]

# Triage

Look at the parent.

**Setup**: none of our labels

## Setup [_setup_9]

Install it.

```
not the query
```

## Rule query [_rule_query_12]

```js
process where process.name : "tool.exe"
```

**Framework**: MITRE ATT&CKTM

* Tactic:

    * Name: Execution
    * ID: TA0002
    * Reference URL: [https://attack.mitre.org/tactics/TA0002/](https://attack.mitre.org/tactics/TA0002/)

* Technique:

    * Name: System Services
    * ID: T1569
    * Reference URL: [https://attack.mitre.org/techniques/T1569/](https://attack.mitre.org/techniques/T1569/)

* Technique:

    * Name: Command and Scripting Interpreter
    * ID: T1059
    * Reference URL: [https://attack.mitre.org/techniques/T1059/](https://attack.mitre.org/techniques/T1059/)

* Sub-technique:

    * Name: Service Execution
    * ID: T1569.002
    * Reference URL: [https://attack.mitre.org/techniques/T1569/002/](https://attack.mitre.org/techniques/T1569/002/)
"""

#: One API rule of each type, small but whole.
BASE: dict[str, Any] = {
    "rule_id": "0f6a6a3e-91a5-4b4c-9c8b-3f4a5a2b7c11",
    "name": "Tool",
    "description": "Finds a tool.",
    "risk_score": 47,
    "severity": "medium",
}
_SUPPRESSION = {"group_by": ["host.id"], "duration": {"value": 5, "unit": "m"}, "missing_fields_strategy": "suppress"}
API: dict[str, dict[str, Any]] = {
    "query": {**BASE, "type": "query", "query": "a:b", "language": "lucene", "alert_suppression": _SUPPRESSION},
    "eql": {**BASE, "type": "eql", "query": "any where true", "language": "eql", "tiebreaker_field": "event.sequence"},
    "esql": {**BASE, "type": "esql", "query": "FROM logs-*", "language": "esql"},
    "threshold": {
        **BASE,
        "type": "threshold",
        "query": "a:b",
        "threshold": {"field": ["host.id"], "value": 10, "cardinality": [{"field": "user.id", "value": 2}]},
        "alert_suppression": {"duration": {"value": 1, "unit": "h"}},
    },
    "new_terms": {
        **BASE,
        "type": "new_terms",
        "query": "a:b",
        "new_terms_fields": ["host.id", "user.id"],
        "history_window_start": "now-14d",
    },
    "threat_match": {
        **BASE,
        "type": "threat_match",
        "query": "a:*",
        "threat_query": "*:*",
        "threat_index": ["ti-*"],
        "threat_language": "kuery",
        "threat_mapping": [{"entries": [{"field": "a", "type": "mapping", "value": "threat.a"}]}],
    },
    "machine_learning": {
        **BASE,
        "type": "machine_learning",
        "anomaly_threshold": 75,
        "machine_learning_job_id": ["job_a", "job_b"],
    },
}


def api(kind: str, **changes: Any) -> str:
    """The API rule of a type as JSON; a value of None takes the key away."""
    rule = {**API[kind], **changes}
    return json.dumps({k: v for k, v in rule.items() if v is not None})


def toml(old: str = "", new: str = "") -> str:
    """The TOML sample with one passage replaced."""
    assert old in TOML
    return TOML.replace(old, new, 1)
