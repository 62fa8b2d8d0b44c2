"""`naming auto` over a folder of Elastic rules: how many get Sigma's own names, by log source, and what blocks others.

    python tools/naming.py FOLDER [--step N] [--write FOLDER]

Prints, by operating system and event category as the query states them: rules with standard names (of them those that
rest on a declared relation between fields), with ECS names, and without a Sigma form. Then what stood in the way,
ranked: single fields, and the other reasons. `--write` also writes every Sigma text.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path

from converter.documents import Document, load
from converter.porting import Port, port
from converter.porting.porter import predicate_of
from converter.tree import And, Category, Glob, Node, text_of

_FIELD = re.compile(r"`([^`]+)`(?: \(([^)]*)\))?")


def group(document: Document, found: Port) -> str:
    """`windows process`, by what the query states."""
    tree = predicate_of(found.source) if found.source is not None else None
    said: dict[str, str] = {}
    for item in tree.items if isinstance(tree, And) else (tree,):
        match item:
            case Category(value=value):
                said["event.category"] = value
            case Glob(field=field, tokens=tokens) if text_of(tokens) is not None:
                said.setdefault(field.name, str(text_of(tokens)))
    kind = "stream" if found.source is not None and not isinstance(tree, Node) else said.get("event.category", "-")
    tags = [str(tag)[4:].lower() for tag in document.data.get("tags") or () if str(tag).startswith("OS: ")]
    system = said.get("host.os.type") or (tags[0] if len(tags) == 1 else "several" if tags else "-")
    return f"{system} {kind}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    groups: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    fields: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for document in load(options.folder)[:: options.step]:
        found = port(document, "sigma", "auto")
        where = groups.setdefault(group(document, found), Counter())
        relational = any(" is what stands " in fact or " together or " in fact for fact in found.given)
        what = "refused" if found.text is None else "ecs" if found.naming != "sigma" else "standard"
        for counter in (where, total):
            counter[what] += 1
            counter["by relation"] += what == "standard" and relational
        if found.text is not None and options.write:
            options.write.mkdir(parents=True, exist_ok=True)
            (options.write / f"{Path(str(document.path)).stem}.yml").write_text(found.text, encoding="utf-8")
        if what == "refused":
            reasons[f"refused: {(found.reason or found.relation)[:90]}"] += 1
        if what != "ecs":
            continue
        said = [note.message for note in found.notes if note.code == "naming"]
        if not said:
            reasons["ECS names without a reason"] += 1
        for message in said:
            head, _, rest = message.partition("no exact Sigma name for ")
            names = _FIELD.findall(rest)
            fields.update(f"{name} ({why})" if why else name for name, why in names)
            if len(names) == 1:
                alone[names[0][0]] += 1
            if not rest:
                reasons[head] += 1
    print(f"{'':28}{'standard':>10}{'relation':>10}{'ecs':>8}{'refused':>9}")
    for name, counter in [*sorted(groups.items(), key=lambda pair: -sum(pair[1].values())), ("all", total)]:
        print(f"{name:28}{counter['standard']:10}{counter['by relation']:10}{counter['ecs']:8}{counter['refused']:9}")
    for title, table in (("reason", reasons), ("field that has no exact name", fields), ("the only such field", alone)):
        print(f"\n{title}")
        for name, number in table.most_common(60):
            print(f"{number:6} {name}")


if __name__ == "__main__":
    main()
