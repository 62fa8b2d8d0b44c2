"""A difference in words: for the terminal, and as Markdown for a pull request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

from converter.diffing.changes import Change, RuleDiff
from converter.reports.markdown import LIMIT, code, safe
from converter.reports.text import printable
from converter.reports.words import counted, json_text

SENTENCES = {
    "equivalent": "it matches the same events",
    "broader": "it matches more",
    "narrower": "it matches less",
    "different": "it matches some events more, and others no longer",
    "unknown": "whether it matches the same is not decided",
}
_COLOURS = {"equivalent": "green", "broader": "yellow", "narrower": "yellow", "different": "red", "unknown": "red",
            "added": "cyan", "removed": "cyan", "unreadable": "red"}  # fmt: skip


def headline(diff: RuleDiff) -> tuple[str, str]:
    """The word that counts, and its sentence."""
    if diff.status in ("added", "removed"):
        return diff.status, "a new rule" if diff.status == "added" else "the rule is gone"
    if diff.status == "unreadable":
        return diff.status, "it cannot be read"
    if diff.relation is None:
        return "changed", "nothing that decides what it matches"
    return diff.relation, SENTENCES[diff.relation]


def text(diff: RuleDiff) -> str:
    """Coloured lines for the terminal."""
    word, sentence = headline(diff)
    name = f"  {printable(diff.name)}" if diff.name else ""
    lines = [click.style(printable(diff.path), bold=True) + name]
    lines.append(f"  {click.style(word, fg=_COLOURS.get(word), bold=True)}: {sentence}")
    for title, event in _events(diff):
        lines.append(f"  {title}:")
        lines += [f"    {line}" for line in json_text(event).splitlines()]
    lines += [f"  given: {printable(fact)}" for fact in diff.given]
    lines += [f"  note: {printable(note)}" for note in diff.notes]
    lines += [f"  {printable(change_line(change))}" for change in diff.changes]
    return "\n".join(lines)


def markdown(diffs: Sequence[RuleDiff], old: str, new: str) -> str:
    """A comment for a pull request."""
    parts = [f"### Rules from {safe(old)} to {safe(new)}: {summary(diffs)}\n"]
    size = len(parts[0])
    for number, diff in enumerate(diffs):
        part = _section(diff)
        size += len(part) + 1
        if size > LIMIT:
            parts.append(f"_{counted(len(diffs) - number, 'more rule')} left out: the comment would be too long._")
            break
        parts.append(part)
    return "\n".join(parts)


def _section(diff: RuleDiff) -> str:
    word, sentence = headline(diff)
    out = [f"#### {safe(diff.name or diff.path)}\n\n**{word}**: {sentence} ({safe(diff.path)})\n"]
    for title, event in _events(diff):
        out.append(f"<details><summary>{title}</summary>\n\n{code(json_text(event))}\n\n</details>\n")
    out += [f"- given: {safe(fact)}" for fact in diff.given]
    out += [f"- {safe(note)}" for note in diff.notes]
    out += [f"- {safe(change_line(change))}" for change in diff.changes]
    return "\n".join(out) + "\n"


def summary(diffs: Iterable[RuleDiff]) -> str:
    """How many rules of each kind."""
    counts: dict[str, int] = {}
    for diff in diffs:
        word = headline(diff)[0]
        counts[word] = counts.get(word, 0) + 1
    order = ("broader", "narrower", "different", "unknown", "unreadable", "equivalent", "added", "removed", "changed")
    said = {"changed": "changed in nothing that decides"}
    return ", ".join(f"{counts[word]} {said.get(word, word)}" for word in order if word in counts) or "no rule changed"


def _events(diff: RuleDiff) -> Iterator[tuple[str, Mapping[str, Any]]]:
    many = "events" if diff.more is not None and "events" in diff.more else "event"
    if diff.more is not None:
        yield (
            ("matches, for example" if diff.status == "added" else f"now matches too, for example this {many}"),
            diff.more,
        )
    if diff.less is not None:
        yield ("matched, for example" if diff.status == "removed" else "no longer matches, for example"), diff.less


def change_line(change: Change) -> str:
    """`severity: low → high`; of lists what came and went; of long texts only that they changed."""
    old, new = change.old, change.new
    if isinstance(old, list) and isinstance(new, list):
        gone = [_short(item) for item in old if item not in new]
        came = [_short(item) for item in new if item not in old]
        words = [*(f"+ {item}" for item in came), *(f"- {item}" for item in gone)] or ["another order"]
        return f"{change.key}: " + ", ".join(words)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        inner = [
            change_line(Change(k, old.get(k), new.get(k)))
            for k in dict.fromkeys((*old, *new))
            if old.get(k) != new.get(k)
        ]
        return f"{change.key}: " + "; ".join(inner)
    if any(isinstance(side, str) and len(side) > 80 for side in (old, new)):
        return f"{change.key}: " + ("added" if old is None else "removed" if new is None else "another text")
    return f"{change.key}: {_short(old)} → {_short(new)}"


def _short(value: Any) -> str:
    if value is None:
        return "(none)"
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 80 else shown[:77] + "..."
