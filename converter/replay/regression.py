"""SigmaHQ's regression tests: a rule names its `info.yml`, which names event logs and how many events must match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from converter.diagnostics import ConverterError, Diagnostic, DocumentError, Source, UsageError
from converter.documents import Document, load_events
from converter.documents.text import normalise, read_text

#: The key of a rule that names its `info.yml`, relative to the root of the rule repository.
KEY = "regression_tests_path"


@dataclass(frozen=True)
class Case:
    """A file of events and how many of them the rule must match; `count` None: at least one."""

    name: str
    path: str
    count: int | None
    provider: str | None = None
    events: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    def holds(self, matched: int) -> bool:
        return matched == self.count if self.count is not None else matched > 0

    @property
    def expectation(self) -> str:
        return "at least 1" if self.count is None else str(self.count)


def cases_of(document: Document, folder: str | Path | None = None) -> list[Case]:
    """The regression cases of a rule, their events loaded; [] for a rule that names none, or whose file is not there.

    `folder` is the repository's root, or a folder that holds regression data; without it the root is looked for above
    the rule's file. Raises `UsageError` where a folder is given and holds no data of this rule, `DocumentError` for an
    `info.yml` that is none, and what reading the events raises.
    """
    info = info_of(document, folder)
    if info is None:
        if folder is not None:
            raise UsageError(
                f"there is no regression data of `{document.name}` in `{folder}`",
                help=f"the rule names it with `{KEY}`, or an `info.yml` there names the rule's id",
            )
        return []
    return [_with_events(case, info, _root_of(document, info)) for case in read_info(info)]


def info_of(document: Document, folder: str | Path | None = None) -> Path | None:
    """The `info.yml` of a rule: as the rule names it, below `folder` or a folder above the rule's file."""
    named = document.data.get(KEY)
    if isinstance(named, str) and named:
        bases = [Path(folder)] if folder is not None else _above(document)
        for base in bases:
            for relative in _tails(named) if folder is not None else [named]:
                if (found := base / relative).is_file():
                    return found
    if folder is None:
        return None
    return next((path for path in sorted(Path(folder).rglob("info.yml")) if _is_of(path, document.id)), None)


def _above(document: Document) -> list[Path]:
    return list(Path(document.path).resolve().parents) if document.path else []


def _tails(path: str) -> list[str]:
    """The path, then without its first folder, and so on: the folder given may lie below the root."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    return ["/".join(parts[at:]) for at in range(len(parts))]


def _is_of(path: Path, rule_id: str) -> bool:
    try:
        raw = _yaml(path)
    except ConverterError:
        return False
    listed = raw.get("rule_metadata") if isinstance(raw, Mapping) else None
    return bool(rule_id) and any(isinstance(item, Mapping) and item.get("id") == rule_id for item in _list(listed))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _yaml(path: Path) -> Any:
    from converter.documents.yaml_read import parse_yaml

    source = Source(normalise(read_text(path)), str(path))
    parts = parse_yaml(source)
    return parts[0][0] if len(parts) == 1 else None


def read_info(path: Path) -> list[Case]:
    """The cases of an `info.yml`, without their events. Raises `DocumentError` with all that is wrong in it."""
    raw = _yaml(path)
    source = Source(normalise(read_text(path)), str(path))
    tests = raw.get("regression_tests_info") if isinstance(raw, Mapping) else None
    if not isinstance(tests, list) or not tests:
        raise DocumentError("the file has no list `regression_tests_info`", source=source)
    cases: list[Case] = []
    problems: list[Diagnostic] = []
    for number, item in enumerate(tests, 1):
        wrong = _wrong(item)
        if wrong is not None:
            problems.append(Diagnostic("document", f"regression test {number} {wrong}", "error", None, source))
            continue
        name = str(item.get("name") or f"test {number}")
        provider = item.get("provider")
        cases.append(Case(name, item["path"], item.get("match_count"), str(provider) if provider else None))
    if problems:
        raise DocumentError.of(problems)
    return cases


def _wrong(item: Any) -> str | None:
    if not isinstance(item, Mapping) or not isinstance(item.get("path"), str):
        return "names no `path`"
    count = item.get("match_count")
    if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 0):
        return f"has the match count `{count}`, expected a number"
    kind = str(item.get("type", "evtx")).lower()
    return None if kind in ("evtx", "json") else f"is of type `{kind}`, expected evtx or json"


def _root_of(document: Document, info: Path) -> Path:
    """The folder that paths in the `info.yml` are relative to."""
    named = document.data.get(KEY)
    depth = len(PurePosixPath(named).parts) if isinstance(named, str) else 1
    return info.parents[min(depth, len(info.parents)) - 1] if depth else info.parent


def files_of(document: Document) -> list[Path]:
    """The `info.yml` that a rule names and the event files that this names, with the JSON beside an EVTX file."""
    info = info_of(document)
    if info is None:
        return []
    try:
        cases = read_info(info)
    except ConverterError:
        return [info]
    places = [_place(case, info, _root_of(document, info)) for case in cases]
    found = [place for place in places if place is not None]
    return [
        info,
        *found,
        *(json for place in found if (json := place.with_suffix(".json")) != place and json.is_file()),
    ]


def _place(case: Case, info: Path, root: Path) -> Path | None:
    places = (root / case.path, info.parent / PurePosixPath(case.path.replace("\\", "/")).name)
    return next((place for place in places if place.is_file()), None)


def _with_events(case: Case, info: Path, root: Path) -> Case:
    """The events of the file that the case names; beside the `info.yml` too, and of the JSON of the same name where
    EVTX cannot be read."""
    found = _place(case, info, root)
    if found is None:
        raise UsageError(f"there is no file `{case.path}`", help=f"it is named in `{info}`")
    try:
        events = load_events(found)
    except UsageError:
        other = found.with_suffix(".json")
        if found.suffix.lower() != ".evtx" or not other.is_file():
            raise
        events = load_events(other)
    return Case(case.name, str(found), case.count, case.provider, tuple(events))
