"""From a document to its exported forms: port, prove, replay, and only then write.

A form goes out if the proof says equivalent (or broader, where that is accepted) and every fixture decides on it as on
the source. Files are written beside their place and renamed, so that nobody ever reads half a file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from converter import __version__
from converter.diagnostics import UnsupportedError, UsageError
from converter.documents import Document
from converter.fields import FieldsSpec
from converter.languages import get
from converter.matching import EventValues, compile_node
from converter.porting import Port, port
from converter.porting.porter import predicate_of
from converter.proof import Fixture, fixtures
from converter.proof.streams import hits

#: How each language's forms are stored.
SUFFIXES = {
    "sigma": ".yml",
    "eql": ".eql",
    "kuery": ".kuery",
    "lucene": ".lucene",
    "esql": ".esql",
    "dsl": ".dsl.json",
}


@dataclass(frozen=True)
class Form:
    """One form of a rule and whether it goes out; `disagreed` are the reasons of fixtures that decide otherwise."""

    port: Port
    disagreed: tuple[str, ...] = ()
    written: bool = False
    file: str | None = None

    def as_json(self) -> dict[str, Any]:
        digest = hashlib.sha256(self.port.text.encode()).hexdigest() if self.port.text and self.written else None
        return {
            **self.port.as_json(),
            "exported": self.written,
            "file": self.file,
            "sha256": digest,
            "fixtures_that_disagree": list(self.disagreed),
        }


@dataclass(frozen=True)
class Exported:
    """A document's forms and the fixtures they were replayed on."""

    document: Document
    forms: tuple[Form, ...]
    fixtures: tuple[Fixture, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        positive = sum(1 for item in self.fixtures if item.expect)
        return {
            "rule": self.document.name,
            "id": self.document.id,
            "source": self.document.path,
            "language": self.document.language,
            "fixtures": {"positive": positive, "negative": len(self.fixtures) - positive},
            "forms": {form.port.to: form.as_json() for form in self.forms},
        }


def export_document(
    document: Document,
    targets: Sequence[str],
    naming: str = "auto",
    accept: Iterable[str] = ("equivalent",),
    fields: FieldsSpec = None,
) -> Exported:
    """Port the document to each target and replay the source's fixtures on each form; writes nothing."""
    ports = [port(document, target, naming, fields) for target in targets]
    made: dict[int, tuple[Fixture, ...]] = {}
    forms, files = [], {}
    for item in ports:
        cases = _cases(item, made)
        bad = disagreements(item, cases)
        goes = item.text is not None and item.relation in set(accept) and not bad and bool(cases)
        name = f"{item.to}/{slug(document)}{SUFFIXES.get(item.to, '.txt')}" if goes else None
        if name is not None and item.text is not None:
            files[name] = item.text if item.text.endswith("\n") else item.text + "\n"
        forms.append(Form(item, tuple(bad), goes, name))
    cases = max(made.values(), key=len, default=())
    return Exported(document, tuple(forms), cases, files)


def _cases(item: Port, made: dict[int, tuple[Fixture, ...]]) -> tuple[Fixture, ...]:
    """The fixtures of what a port was proven against; made once for each tree (a Sigma rule has one in each naming)."""
    if item.proven is None or item.text is None:
        return ()
    tree = predicate_of(item.proven) or item.proven.tree
    if id(tree) not in made:
        try:
            made[id(tree)] = tuple(fixtures(item.proven))
        except UnsupportedError:  # an aggregation is no correlation, or one of too many events to write down
            made[id(tree)] = ()
    return made[id(tree)]


def disagreements(item: Port, cases: Sequence[Fixture]) -> list[str]:
    """The fixtures on which the form decides otherwise (for a broader form: misses what it must match)."""
    if item.target is None:
        return []
    tree = predicate_of(item.target)
    decide = compile_node(tree) if tree is not None else None
    out = []
    for case in cases:
        if case.events is not None:
            found = bool(hits(item.target, case.events))
        elif case.event is not None and decide is not None:
            found = decide(EventValues(case.event))
        else:
            continue
        if found != case.expect and not (item.relation == "broader" and found):
            out.append(case.reason)
    return out


def slug(document: Document) -> str:
    """A file name from the rule's name; its id where the name has nothing to offer."""
    text = re.sub(r"[^a-z0-9]+", "_", document.name.lower()).strip("_")
    return text[:100] or str(document.id)


@dataclass(frozen=True)
class _Plan:
    """What a folder should hold: `files` by name, the report's content, and files of earlier exports to delete."""

    files: Mapping[str, str]
    content: Mapping[str, Any]
    gone: frozenset[str]
    old: Sequence[Mapping[str, Any]]


def _plan(results: Sequence[Exported], out: Path) -> _Plan:
    files: dict[str, str] = {}
    for result in results:
        for name, text in result.files.items():
            if name in files:
                raise UsageError(f"two rules would be written to `{name}`", help="give the rules different names")
            files[name] = text
    old = _earlier(out / "report.json")
    ids = {str(result.document.id) for result in results}
    kept = [rule for rule in old if str(rule.get("id")) not in ids]
    gone = {form.get("file") for rule in old if str(rule.get("id")) in ids for form in rule["forms"].values()} - {None}
    content = {
        "ruleproof": __version__,
        "rules": sorted([*kept, *(result.as_json() for result in results)], key=lambda rule: str(rule["id"])),
    }
    return _Plan(files, content, frozenset(gone - files.keys()), old)


def write(results: Sequence[Exported], out: Path) -> Path:
    """Write all forms and `report.json`; deletes files of an earlier export of the same rules that are no longer made.

    Returns the report's path. Raises `UsageError` where two rules would get the same file, or the folder cannot be
    written.
    """
    plan = _plan(results, out)
    report = out / "report.json"
    try:
        for name, text in plan.files.items():
            replace_file(out / name, text)
        replace_file(report, json.dumps(plan.content, indent=2, ensure_ascii=False, default=str) + "\n")
        for name in plan.gone:
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write to `{out}`: {error}") from None
    return report


@dataclass(frozen=True)
class Stale:
    """A file of an export that is not what the rules make now: `missing`, `different` or `superfluous`."""

    file: str
    why: str
    rule: str | None = None


def stale(results: Sequence[Exported], out: Path) -> list[Stale]:
    """Where the folder differs from what `write` would leave; writes nothing. [] means that the export is fresh."""
    plan = _plan(results, out)
    owner = {name: str(result.document.id) for result in results for name in result.files}
    found = []
    for name, text in sorted(plan.files.items()):
        try:
            fresh = (out / name).read_text(encoding="utf-8") == text
        except FileNotFoundError:
            found.append(Stale(name, "missing", owner[name]))
        except (OSError, UnicodeDecodeError):
            found.append(Stale(name, "different", owner[name]))
        else:
            found += [] if fresh else [Stale(name, "different", owner[name])]
    found += [Stale(name, "superfluous") for name in sorted(plan.gone) if (out / name).exists()]
    told = {str(rule.get("id")): _compared(rule) for rule in plan.old}
    for rule in (result.as_json() for result in results):
        if told.get(str(rule["id"])) != _compared(json.loads(json.dumps(rule, default=str))):
            why = "missing" if str(rule["id"]) not in told else "different"
            found.append(Stale("report.json", why, str(rule["id"])))
    return found


def _compared(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row of the report without the place of its rule, which may be said in more than one way."""
    return {key: value for key, value in rule.items() if key != "source"}


def _earlier(report: Path) -> list[dict[str, Any]]:
    try:
        rules = json.loads(report.read_text(encoding="utf-8"))["rules"]
        return [rule for rule in rules if isinstance(rule, dict) and isinstance(rule.get("forms"), dict)]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"`{report}` is not a report of ruleproof", help="move it away, or export to another folder"
        ) from None


def replace_file(path: Path, text: str) -> None:
    """Write the whole file under another name and rename it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def default_targets() -> list[str]:
    """Every language."""
    from converter.languages import names

    return [name for name in names() if get(name)]
