"""A summary for a pull request: what counts at the top, details folded. Fits into one comment of GitHub or GitLab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from converter.reports import Format
from converter.reports.model import FormRow, Report, RuleRow
from converter.reports.words import MEANING, SIGNS, counted, json_text, summary

#: GitHub takes 65,536 characters in a comment.
LIMIT = 60_000
_SIGNS = {"error": "❌", "warning": "⚠️", "note": "ℹ️"}
#: Beyond letters, digits and a few signs, everything is written as a character reference, so that nothing of a
#: rule's text is Markdown, HTML, a mention of a user or a reference to an issue.
_PLAIN = re.compile(r"[^\w \-./,;'+=%()?]|_", re.ASCII)


def write(report: Report, stream: TextIO) -> None:
    parts = list(_parts(report))
    size = 0
    for number, part in enumerate(parts):
        size += len(part) + 1
        if size > LIMIT:
            stream.write(f"\n_{counted(len(parts) - number, 'more part')} left out: the comment would be too long._\n")
            return
        stream.write(part + "\n")


def safe(text: str) -> str:
    """A text of a rule inside Markdown, as it stands. GitHub looks for mentions and issues in what it has rendered: an
    invisible break keeps them apart."""
    return _PLAIN.sub(_reference, re.sub(r"\s+", " ", text))


def _reference(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};" + ("&#8203;" if found[0] in "@#" else "")


def code(text: str) -> str:
    """A block of code that its text cannot end."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{fence}json\n{text}\n{fence}"


def _parts(report: Report) -> Iterator[str]:
    worst = next((s for s in ("error", "warning", "note") if report.count(s)), None)
    yield f"### {_SIGNS.get(worst or '', '✅')} ruleproof: {summary(report)}\n"
    yield from _findings(report)
    if report.languages:
        yield from _matrix(report)
    for note in report.notes:
        yield f"> {safe(note)}\n"


def _findings(report: Report) -> Iterator[str]:
    if not report.open:
        return
    yield "| | where | what |\n|---|---|---|"
    for finding in sorted(report.open, key=lambda f: ("error", "warning", "note").index(f.severity)):
        place = safe(finding.path or "") + (f":{finding.line}" if finding.line else "")
        what = safe(finding.message) + (f" <br> {safe(finding.help)}" if finding.help else "")
        yield f"| {_SIGNS[finding.severity]} {safe(finding.code)} | {place} | {what} |"
    yield ""


def _matrix(report: Report) -> Iterator[str]:
    counts = report.relations()
    yield ", ".join(f"{counts[key]} {key}" for key in SIGNS if key in counts) + "\n"
    heads = report.languages
    yield "<details><summary>Rules and forms</summary>\n"
    yield "| rule | " + " | ".join(heads) + " |\n|---|" + "---|" * len(heads)
    for rule in report.rules:
        signs = {form.to: SIGNS.get(form.relation, "?") for form in rule.forms}
        yield f"| {safe(rule.name)} | " + " | ".join(signs.get(head, " ") for head in heads) + " |"
    shown = "; ".join(f"{sign} {MEANING[key]}" for key, sign in SIGNS.items() if key in counts)
    yield f"\n{shown}\n\n</details>\n"
    for rule in report.rules:
        for form in rule.forms:
            if form.counterexample is not None and form.relation != "equivalent":
                yield _counterexample(rule, form)


def _counterexample(rule: RuleRow, form: FormRow) -> str:
    losses = "".join(f"- {safe(message)}\n" for message in dict.fromkeys(message for _, message in form.losses))
    event = code(json_text(form.counterexample))
    return (
        f"<details><summary>{SIGNS.get(form.relation, '?')} {safe(rule.name)}: the {safe(form.to)} form is "
        f"{form.relation}</summary>\n\n{losses}\nAn event on which they differ:\n\n{event}\n\n</details>\n"
    )


FORMAT = Format("markdown", "a summary for a pull request", (".md",), write)
