"""A new rule with generated fixtures: valid, proven to match something, ready to be changed."""

from __future__ import annotations

import datetime
import re
import uuid
from typing import Any

from converter.diagnostics import UsageError
from converter.documents import Document, dump
from converter.documents.loading import loads
from converter.formatting import format_text
from converter.porting import rule_query
from converter.proof import dump_fixtures, fixtures

#: A condition to begin with, for each language.
LANGUAGES = {
    "eql": 'process where event.type == "start" and process.name : "example.exe" and process.args : "--run"',
    "kuery": 'event.category:process and event.type:start and process.name:"example.exe" and process.args:"--run"',
    "lucene": 'event.category:process AND event.type:start AND process.name:"example.exe" AND process.args:"--run"',
    "esql": "FROM logs-endpoint.events.process-* METADATA _id, _index, _version\n"
    '| WHERE process.name == "example.exe" AND process.command_line LIKE "*--run*"',
    "sigma": "",
}
_INDEX = ["logs-endpoint.events.process-*", "logs-windows.sysmon_operational-*"]


def title_of(name: str) -> str:
    """A rule's name from the name of its folder: `odd_child_process` is `Odd Child Process`."""
    words = re.split(r"[\W_]+", name)
    return " ".join(word if word.isupper() else word.capitalize() for word in words if word)


def rule_files(title: str, language: str = "eql", query: str | None = None, author: str = "me") -> dict[str, str]:
    """The rule's file and `fixtures.yml`, by name. Raises `UsageError`, or what the query's parser raises."""
    if language not in LANGUAGES:
        raise UsageError(f"no rule is written in `{language}`", help="one of " + ", ".join(LANGUAGES))
    if not title.strip():
        raise UsageError("a rule needs a name", help="give one with `--name`")
    if language == "sigma":
        if query is not None:
            raise UsageError("a Sigma rule is no query", help="write its detection into the file")
        name, text = f"{re.sub('[^a-z0-9]+', '_', title.lower()).strip('_')}.yml", _sigma(title, author)
    else:
        name, text = "rule.toml", dump(_elastic(title, language, query or LANGUAGES[language], author))
    text = format_text(text, name).text
    document = loads(text, "sigma" if language == "sigma" else "toml", name)[0]
    return {name: text, "fixtures.yml": dump_fixtures(fixtures(rule_query(document)))}


def _elastic(title: str, language: str, query: str, author: str) -> Document:
    from converter.diagnostics import Source

    today = datetime.date.today().strftime("%Y/%m/%d")
    data: dict[str, Any] = {
        "author": [author], "description": f"Finds: {title}. Say what is found and why it matters.",
        "false_positives": ["Say what else looks like this."], "from": "now-9m", "interval": "5m",
        "language": language, "license": "MIT", "name": title, "query": query, "risk_score": 47,
        "rule_id": str(uuid.uuid4()), "severity": "medium", "references": ["https://attack.mitre.org/techniques/T1059/"],
        "tags": ["Domain: Endpoint", "Use Case: Threat Detection", "Tactic: Execution"],
        "type": language if language in ("eql", "esql") else "query",
        "threat": [
            {
                "framework": "MITRE ATT&CK",
                "tactic": {
                    "id": "TA0002", "name": "Execution", "reference": "https://attack.mitre.org/tactics/TA0002/",
                },
                "technique": [
                    {
                        "id": "T1059", "name": "Command and Scripting Interpreter",
                        "reference": "https://attack.mitre.org/techniques/T1059/",
                    }
                ],
            }
        ],
    }  # fmt: skip
    if language != "esql":
        data["index"] = _INDEX
    metadata = {"metadata": {"creation_date": today, "updated_date": today, "maturity": "development"}}
    return Document("elastic", "toml", data, None, Source(""), metadata)


def _sigma(title: str, author: str) -> str:
    from converter.languages.sigma.yaml_writer import document as write_yaml

    today = datetime.date.today().isoformat()
    return write_yaml(
        {
            "title": title, "id": str(uuid.uuid4()), "status": "experimental",
            "description": f"Detects {title}. Say what is found and why it matters.",
            "references": ["https://attack.mitre.org/techniques/T1059/"], "author": author, "date": today,
            "tags": ["attack.execution", "attack.t1059"],
            "logsource": {"category": "process_creation", "product": "windows"},
            "detection": {
                "selection": {"Image|endswith": "\\example.exe", "CommandLine|contains": " --run"},
                "condition": "selection",
            },
            "falsepositives": ["Unknown"], "level": "medium",
        }
    )  # fmt: skip
