"""Sigma rules as Kibana rules over a whole folder: produced, valid, imported again, and back to the same Sigma rule.

    python tools/kibana_documents.py FOLDER [--step N] [--schemas FOLDER --stack 9.5]

Counts the ports by relation and rule language, documents that our own schemas reject, Sigma → Elastic → Sigma that is
not the same rule, and, with `--schemas` (detection-rules' JSON Schemas of its own rule form), the deviations by cause.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from converter.documents import Document, dump, load, loads, rules_of, validate
from converter.porting import port
from converter.porting.kept import main_document
from converter.porting.to_elastic import INVERSE, port_document


def deviations(schemas: Path, stack: str, rule: dict[str, Any]) -> Iterator[str]:
    """Each way in which a rule is not of detection-rules' form: the kind of error and the path without indices."""
    from jsonschema import Draft4Validator

    schema = json.loads((schemas / f"{stack}.{rule['type']}.json").read_text("utf-8"))
    for error in Draft4Validator(schema).iter_errors(rule):
        path = ".".join("[]" if isinstance(part, int) else str(part) for part in error.absolute_path)
        if error.validator == "additionalProperties":
            known = error.schema.get("properties", {})
            yield from (f"unknown key: {path}.{key}".replace(": .", ": ") for key in error.instance if key not in known)
        elif error.validator == "required":
            yield from (f"missing key: {path}.{key}" for key in error.validator_value if key not in error.instance)
        else:
            yield f"{error.validator}: {path}"


def same_rule(rule: Document, made: Document, relation: str) -> str | None:
    """What is not the same after the way back to Sigma, which should have this relation; None if nothing is."""
    back = port(made, "sigma")
    if back.text is None:
        return f"back is {back.relation}: {back.reason}"
    again = main_document(back.text).data
    keys = [key for key in rule.data.keys() | again.keys() if rule.data.get(key) != again.get(key)]
    return ", ".join(sorted(keys)) or (None if back.relation == relation else f"back is {back.relation}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--schemas", type=Path)
    parser.add_argument("--stack", default="9.5")
    parser.add_argument("--no-back", action="store_true", help="leave the way back to Sigma out")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    found: Counter[str] = Counter()
    documents, start = [], time.process_time()
    for rule in rules_of(load(options.folder))[:: options.step]:
        result = port_document(rule, "ndjson")
        counts[f"{result.relation} {result.extra.get('language', '')}".strip()] += 1
        if result.text is None:
            print(f"{result.relation:<11} {rule.path}: {result.reason}")
            continue
        (made,) = loads(result.text, "ndjson")
        (toml,) = loads(dump(made, "toml"), "toml")
        documents.append(made)
        for item in [*validate(made), *validate(toml)]:
            counts["findings of our schemas"] += 1
            print(f"schema      {rule.path}: {item.message}")
        counts["TOML differs from NDJSON"] += toml.data != made.data
        if options.schemas:
            found.update(set(deviations(options.schemas, options.stack, made.data)))
        wrong = None if options.no_back else same_rule(rule, made, INVERSE.get(result.relation, result.relation))
        if wrong:
            counts["other rule after the way back"] += 1
            print(f"back        {rule.path}: {wrong}")
    again = loads(dump(documents, "ndjson"), "ndjson")
    print(f"{len(documents)} documents, one import file of {len(again)}, CPU {time.process_time() - start:.0f} s")
    for table in (counts, found):
        for what, number in table.most_common():
            print(f"{number:6} {what}")


if __name__ == "__main__":
    main()
