"""A report of rule files, from the beginning: the checks, every form with its proof, the fixtures. Kept by content."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

from converter.cache import Cache, key_of
from converter.checks.runner import run_checks
from converter.config import Config
from converter.diagnostics import Diagnostic
from converter.documents import link, load
from converter.documents.references import related, texts_for
from converter.export.export import default_targets, export_document
from converter.fields import Fields
from converter.reports.collect import rows_of
from converter.reports.model import Report, RuleRow

#: Files that one process takes at a time.
CHUNK = 4


@dataclass(frozen=True)
class Wanted:
    """What is made of each rule: forms in these languages, Sigma's in this naming, under this file of fields."""

    targets: tuple[str, ...] = ()
    naming: str = "auto"
    fields: str | None = None
    language: str | None = None


def gather(
    paths: Sequence[str],
    config: Config | None = None,
    wanted: Wanted | None = None,
    *,
    cache: Cache | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """The report of the rules at `paths`: findings, and each rule's forms.

    `progress(done, all)` is called as files are done. Raises `UsageError` for a path where nothing is.
    """
    config, cache = config or Config(), cache or Cache(None)
    wanted = wanted or Wanted(tuple(default_targets()))
    result = run_checks(list(paths), config, cache=cache, jobs=jobs, language=wanted.language)
    files = sorted({rule.path for rule in result.rules if rule.path is not None})
    rows: list[RuleRow] = []
    for found in _rows(files, wanted, cache, jobs, progress):
        rows += map(RuleRow.of, found)
    return Report.of_checks(result, rows)


def _rows(
    files: Sequence[str], wanted: Wanted, cache: Cache, jobs: int, progress: Callable[[int, int], None] | None
) -> Iterator[list[dict[str, Any]]]:
    others = _others(files)
    keys = [_key(path, wanted, others.get(path, ())) for path in files]
    known = cache.get_many(keys)
    missing = [path for path, key in zip(files, keys, strict=True) if key not in known]
    made = dict(_made(missing, wanted, jobs, progress, others))
    cache.put_many({key: made[path] for path, key in zip(files, keys, strict=True) if path in made})
    for path, key in zip(files, keys, strict=True):
        yield made[path] if path in made else known[key]


#: Path and text of other files that a file's correlations build on.
Texts: TypeAlias = "tuple[tuple[str, str], ...]"


def _others(files: Sequence[str]) -> dict[str, Texts]:
    read = [(path, _content(path).decode("utf-8", "replace")) for path in files]
    texts = texts_for(read)
    return {path: found for path, text in texts if (found := related(path, text, texts))}


def _key(path: str, wanted: Wanted, others: Texts) -> str:
    return key_of(
        "rows", path, _content(path), wanted.targets, wanted.naming, _content(wanted.fields), wanted.language, others
    )


def _content(path: str | None) -> bytes:
    if path is None:
        return b""
    with open(path, "rb") as stream:
        return stream.read()


def _made(
    files: Sequence[str], wanted: Wanted, jobs: int, progress: Callable[[int, int], None] | None,
    others: Mapping[str, Texts],
) -> Iterator[tuple[str, list[dict[str, Any]]]]:  # fmt: skip
    chunks = [files[start : start + CHUNK] for start in range(0, len(files), CHUNK)]
    done = 0
    if jobs <= 1 or len(chunks) < 2:
        found = (make(chunk, wanted, _texts(chunk, others)) for chunk in chunks)
    else:
        pool = ProcessPoolExecutor(max_workers=jobs)
        found = (
            future.result() for future in [pool.submit(make, chunk, wanted, _texts(chunk, others)) for chunk in chunks]
        )
    for chunk, rows in zip(chunks, found, strict=True):
        done += len(chunk)
        if progress is not None:
            progress(done, len(files))
        yield from zip(chunk, rows, strict=True)
    if jobs > 1 and len(chunks) > 1:
        pool.shutdown()


def _texts(chunk: Sequence[str], others: Mapping[str, Texts]) -> Texts:
    return tuple(dict.fromkeys(text for path in chunk for text in others.get(path, ())))


def make(files: Sequence[str], wanted: Wanted, texts: Texts = ()) -> list[list[dict[str, Any]]]:
    """For each file the rows of its rules, as JSON; a rule that does not fit its schema is one too."""
    fields = Fields.load(wanted.fields) if wanted.fields else None
    out = []
    for path in files:
        problems: list[Diagnostic] = []
        documents = load(path, wanted.language, check=False, problems=problems)
        link(documents, texts)
        results = [export_document(d, wanted.targets, wanted.naming, fields=fields) for d in documents]
        out.append([row.as_json() for row in rows_of(results)])
    return out
