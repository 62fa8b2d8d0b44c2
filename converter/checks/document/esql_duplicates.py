"""An ES|QL rule alerts on one event again and again.

What: a query that does not count (`STATS … BY`) and loses `_id` on the way: `KEEP` without it, `DROP`, `RENAME` or
`EVAL` of it. As a note: `FROM` without `METADATA _id`, which Kibana adds only from 9.4 on. In the profile `elastic`
also a query without `KEEP`, or without `_index` and `_version` beside `_id`.
Why: Kibana knows by `_id` that an event has raised its alert already; each run looks back over the one before.
Example: `FROM logs-* METADATA _id | WHERE … | KEEP host.name`.
Instead: `METADATA _id, _index, _version`, and keep them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.checks import Check, Found, Subject
from converter.tree import Token
from converter.tree.pipeline import Command, Drop, Eval, From, Keep, Pipeline, Rename

METADATA = ("_id", "_index", "_version")


def run(subject: Subject) -> Iterator[Found]:
    tree = subject.query.tree if subject.query is not None else None
    if not isinstance(tree, Pipeline) or tree.makes_rows or not isinstance(tree.commands[0], From):
        return
    first = tree.commands[0]
    loses = next((item for item in tree.commands[1:] if _loses(item)), None)
    if loses is not None:
        message = f"`{type(loses).__name__.upper()}` loses `_id`: an event alerts again in each run that sees it"
        yield subject.finding(message, loses.span, "keep `_id`")
    elif "_id" not in first.metadata:
        help_ = "write `METADATA _id, _index, _version` behind the indices"
        message = "without `METADATA _id` Kibana before 9.4 alerts on an event again in each run that sees it"
        yield subject.finding(message, first.span, help_, severity="note")
    if subject.config.profile in ("elastic", "strict"):
        lacking = [name for name in METADATA[1:] if name not in first.metadata]
        if "_id" in first.metadata and lacking:
            yield subject.finding(f"`METADATA` without {' and '.join(lacking)}", first.span, severity="note")
        if not any(isinstance(item, Keep) for item in tree.commands):
            yield subject.finding(
                "the query has no `KEEP`", help="name the fields that an alert shows", severity="note"
            )


def _loses(command: Command) -> bool:
    match command:
        case Keep(patterns=patterns):
            return not any(_fits(pattern) for pattern in patterns)
        case Drop(patterns=patterns):
            return any(_fits(pattern) for pattern in patterns)
        case Rename(pairs=pairs):
            return any("_id" in pair for pair in pairs)
        case Eval(items=items):
            return any(item.column == "_id" for item in items)
    return False


def _fits(pattern: tuple[Token, ...]) -> bool:
    """Whether a pattern of `KEEP` or `DROP` takes `_id`."""
    return re.fullmatch("".join(re.escape(t) if isinstance(t, str) else ".*" for t in pattern), "_id") is not None


CHECK = Check("RP156", "esql-duplicates", "warning", run, applies=("elastic",))
