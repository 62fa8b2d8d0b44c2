"""`run_checks`: rules and a configuration in, findings out; from the cache where nothing changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from converter.cache import Cache
from converter.checks import checks
from converter.checks.accepted import accept
from converter.checks.finding import CheckedRule, Finding, Result
from converter.checks.inline import Inline
from converter.checks.ruleset import Entry, RuleSet
from converter.checks.single import finding_of
from converter.checks.work import (
    RuleFile,
    Task,
    basis_of,
    collect,
    do,
    do_many,
    entries_at,
    entries_key,
    findings_key,
    inline_of,
    load_fields,
    rule_at,
    with_related,
)
from converter.checks.work import finding_of as from_record
from converter.config import Config
from converter.documents import Document

#: Files that one process takes at a time, and fewer of which are not worth another process.
CHUNK, FEW = 8, 24

Progress = Callable[[int, int], None]


def run_checks(
    inputs: Sequence[str | Document],
    config: Config | None = None,
    progress: Progress | None = None,
    *,
    cache: Cache | None = None,
    jobs: int = 1,
    language: str | None = None,
) -> Result:
    """All findings in the rules of `inputs` (paths of files and folders, or documents that were read already).

    Checks over the set compare them with all rules under the configuration's `paths`. `progress(done, all)` is called
    as files are done. `jobs` processes share the work. Raises `UsageError` for a path where nothing is.
    """
    return _Run(config or Config(), cache or Cache(None), progress, jobs).run(inputs, language)


class _Run:
    def __init__(self, config: Config, cache: Cache, progress: Progress | None, jobs: int) -> None:
        self.config, self.cache, self.progress, self.jobs = config, cache, progress, jobs
        self.findings: list[Finding] = []
        self.rules: list[CheckedRule] = []
        self.inline: dict[str, list[Inline]] = {}
        self.notes: dict[str, None] = {}
        self.cached = 0
        self.basis = basis_of(config)
        self._fresh: dict[str, Any] = {}
        self.over_set = [check for check in checks() if check.run_set is not None and check.active(config)]

    def run(self, inputs: Sequence[str | Document], language: str | None) -> Result:
        files = self._collect(inputs, language)
        others = self._others(files) if self.over_set else []
        tasks = [Task(file, True, bool(self.over_set)) for file in files]
        records = self._records([*tasks, *(Task(file, False, True) for file in others)])
        entries: list[Entry] = []
        for task, record in records:
            path = task.file.path
            if task.findings:
                self.findings += [from_record(row, path) for row in record["findings"]]
                self.rules += [rule_at(row, path) for row in record["rules"]]
                self.inline[path] = inline_of(record["suppressions"])
                self.notes.update(dict.fromkeys(record.get("notes", ())))
            entries += entries_at(record.get("entries", []), task.file, task.findings)
        self._set_checks(entries)
        found = accept(self.findings, self.inline, self.config, {file.path for file in files}, self._whole(files))
        order = sorted(found, key=lambda f: (f.path or "", f.line or 0, f.column or 0, f.code, f.message))
        if self.cache.problem:
            self.notes[self.cache.problem] = None
        return Result(tuple(order), tuple(self.rules), tuple(self.notes), self.cached)

    def _collect(self, inputs: Sequence[str | Document], language: str | None) -> list[RuleFile]:
        files: dict[str, RuleFile] = {}
        for item in inputs:
            if isinstance(item, Document):
                path = item.path or "<rule>"
                files.setdefault(path, RuleFile(path, item.source.text, True, language=language))
                continue
            found, problems = collect(item, language)
            self.findings += [p for p in problems if not self._is_exported(p.path or "", item)]
            for file in found:
                if not self._is_exported(file.path, item):
                    files.setdefault(file.path, file)
        return with_related(list(files.values()))

    def _is_exported(self, path: str, given: str) -> bool:
        """A form in an export folder below the folder that was given: made from a rule, no rule of its own."""
        real, start = os.path.realpath(path), os.path.realpath(given)
        for name in self.config.exported:
            folder = os.path.realpath(self.config.at(name))
            if real.startswith(folder + os.sep) and not (start + os.sep).startswith(folder + os.sep):
                return True
        return False

    def _others(self, files: Iterable[RuleFile]) -> list[RuleFile]:
        """The repository's rules that were not given: only their signatures are needed."""
        given = {os.path.realpath(file.path) for file in files}
        out: dict[str, RuleFile] = {}
        for path in self.config.paths:
            if not self.config.at(path).exists():
                continue
            found, _ = collect(str(self.config.at(path)), None)
            found = [file for file in found if not self._is_exported(file.path, str(self.config.at(path)))]
            out.update((real, file) for file in found if (real := os.path.realpath(file.path)) not in given)
        return list(out.values())

    def _whole(self, files: Iterable[RuleFile]) -> bool:
        """Every rule of the repository was given."""
        return bool(self.config.paths) and not self._others(files)

    def _records(self, tasks: list[Task]) -> list[tuple[Task, dict[str, Any]]]:
        """Each task's record, from the cache or made now, in order."""
        keys = [self._keys(task) for task in tasks]
        known = self.cache.get_many(key for pair in keys for key in pair if key)
        records: list[dict[str, Any] | None] = []
        missing: list[int] = []
        for number, (first, second) in enumerate(keys):
            parts = [key for key in (first, second) if key]
            if all(key in known for key in parts):
                records.append({name: value for key in parts for name, value in known[key].items()})
                self.cached += tasks[number].findings
            else:
                records.append(None)
                missing.append(number)
        for number, record in self._made(missing, tasks):
            records[number] = record
            self._keep(keys[number], record)
        self._flush()
        return [(task, record) for task, record in zip(tasks, records, strict=True) if record is not None]

    def _keys(self, task: Task) -> tuple[str | None, str | None]:
        return (
            findings_key(task.file, self.config, self.basis) if task.findings else None,
            entries_key(task.file, self.basis) if task.entries else None,
        )

    def _made(self, missing: list[int], tasks: list[Task]) -> Iterator[tuple[int, dict[str, Any]]]:
        done = 0
        if self.jobs <= 1 or len(missing) < FEW:
            for number in missing:
                yield number, do(tasks[number], self.config, self.basis)
                done += 1
                self._report(done, len(missing))
            return
        chunks = [missing[start : start + CHUNK] for start in range(0, len(missing), CHUNK)]
        with ProcessPoolExecutor(max_workers=self.jobs) as pool:
            futures = [pool.submit(do_many, [tasks[n] for n in chunk], self.config, self.basis) for chunk in chunks]
            for chunk, future in zip(chunks, futures, strict=True):
                yield from zip(chunk, future.result(), strict=True)
                done += len(chunk)
                self._report(done, len(missing))

    def _report(self, done: int, size: int) -> None:
        if self.progress is not None:
            self.progress(done, size)

    def _keep(self, keys: tuple[str | None, str | None], record: dict[str, Any]) -> None:
        first, second = keys
        if first:
            self._fresh[first] = {name: value for name, value in record.items() if name != "entries"}
        if second:
            self._fresh[second] = {"entries": record.get("entries", [])}
        if len(self._fresh) > 200:
            self._flush()

    def _flush(self) -> None:
        self.cache.put_many(self._fresh)
        self._fresh = {}

    def _set_checks(self, entries: list[Entry]) -> None:
        if not self.over_set:
            return
        fields = load_fields(self.config, self.basis)
        rules = RuleSet(entries, self.config, fields, self.basis, self.cache)
        for check in self.over_set:
            assert check.run_set is not None
            for entry, found in check.run_set(rules):
                if entry.kind not in check.applies:
                    continue
                place = dict(entry.place) if found.span is None else {}
                if found.span is not None:
                    made = finding_of(found, rules.subject(entry).document, check.code, check.name, check.severity)
                else:
                    made = Finding(
                        found.code or check.code, check.name, found.severity or check.severity, found.message,
                        found.help, rule_id=entry.id or None, rule_name=entry.name or None, related=found.related,
                        counterexample=found.counterexample, **{**place, "path": entry.path},
                    )  # fmt: skip
                self.findings.append(replace(made, path=entry.path))


def default_jobs() -> int:
    """As many processes as this machine gives us."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def cache_for(config: Config, use: bool = True) -> Cache:
    """The cache in the configuration's folder, else the user's."""
    from converter.cache import default_folder

    if not use:
        return Cache(None)
    return Cache(Path(config.at(config.cache)) if config.cache else default_folder())
