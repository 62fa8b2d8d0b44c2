"""Elastic rules as Sigma over a whole folder: valid by the specification, loaded by pySigma, and what validators say.

    python tools/sigma_quality.py RULES SCHEMAS [--step N] [--naming auto|ecs]

SCHEMAS is the folder of the specification's JSON Schemas. Counts rules that a schema rejects or pySigma does not load,
findings of pySigma's and SigmaHQ's validators by kind (PyPI pySigma-validators-sigmahq; without those that need the
network or speak of file names), and lines of more than 200 columns.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from converter.documents import load, loads
from converter.porting import port

#: They ask the network, or need the rule's file name.
LEFT_OUT = {
    "attacktag", "d3_fendtag", "duplicate_filename", "filename_length", "sigmahq_filename_convention",
    "sigmahq_filename_prefix", "sigmahq_correlation_filename_prefix",
}  # fmt: skip


def schema_errors(schemas: Path, text: str) -> Iterator[str]:
    from jsonschema import Draft202012Validator

    for document in loads(text, "sigma"):
        kind = {"correlation": "correlation-rules", "filter": "filters"}.get(document.type, "detection-rule")
        schema = json.loads((schemas / f"sigma-{kind}-schema.json").read_text("utf-8"))
        for error in Draft202012Validator(schema).iter_errors(document.data):
            path = ".".join("[]" if isinstance(part, int) else str(part) for part in error.absolute_path)
            yield f"{path or 'the rule'}: {error.message[:100]}"


def validators() -> dict[str, Any]:
    from sigma.validators import core, sigmahq

    found = {**core.validators, **sigmahq.validators}
    return {name: kind() for name, kind in sorted(found.items()) if name not in LEFT_OUT}


def issues(rule: Any, judges: dict[str, Any], kinds: Counter[str]) -> None:
    """Counts what the validators say of a rule; drops those that turn out to need the network."""
    for name, judge in list(judges.items()):
        try:
            kinds.update(type(issue).__name__ for issue in judge.validate(rule))
        except RuntimeError as error:
            del judges[name]
            print(f"without  {name}: {error}")


def main() -> None:
    from sigma.collection import SigmaCollection

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules")
    parser.add_argument("schemas", type=Path)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--naming", default="auto")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    judges = validators()
    for document in load(options.rules, check=False)[:: options.step]:
        found = port(document, "sigma", options.naming)
        if found.text is None:
            counts[f"refused ({document.type})"] += 1
            continue
        counts[f"written ({document.type}, {found.naming} names)"] += 1
        for line in schema_errors(options.schemas, found.text):
            counts["schema errors"] += 1
            print(f"schema   {document.path}: {line}")
        try:
            collection = SigmaCollection.from_yaml(found.text)
        except Exception as error:  # whatever pySigma raises is what is asked for
            counts["not loaded by pySigma"] += 1
            print(f"pySigma  {document.path}: {error}")
            continue
        for rule in collection:
            issues(rule, judges, kinds)
        head = found.text.partition("\nelastic:")[0].splitlines()
        counts["lines of more than 200 columns before `elastic`"] += sum(len(line) > 200 for line in head)
        counts["lines of more than 200 columns"] += sum(len(line) > 200 for line in found.text.splitlines())
    kinds.update(type(issue).__name__ for judge in judges.values() for issue in judge.finalize())
    for table in (counts, kinds):
        for what, number in sorted(table.items()):
            print(f"{number:6} {what}")


if __name__ == "__main__":
    main()
