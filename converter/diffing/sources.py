"""The two states of rules that are compared: files, folders, or revisions of a Git repository."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from converter.diagnostics import Diagnostic, UsageError
from converter.documents import Document, load

#: Endings of files that may hold rules.
_ENDINGS = (".toml", ".ndjson", ".jsonl", ".json", ".md", ".markdown", ".yml", ".yaml")


@dataclass(frozen=True)
class Pair:
    """A rule before and after; None: it was not there. `path` is the newer one's, else the older one's."""

    old: Document | None
    new: Document | None
    path: str


@dataclass(frozen=True)
class Pairs:
    """`unreadable` are findings about files that hold no rule that can be read, by path."""

    pairs: tuple[Pair, ...]
    unreadable: tuple[tuple[str, str], ...] = ()


def pairs_of_paths(old: str, new: str, language: str | None = None) -> Pairs:
    """Rules of two files or two folders. Raises `UsageError` for a path where nothing is."""
    if Path(old).is_dir() != Path(new).is_dir():
        raise UsageError("a folder can only be compared with a folder")
    before, after = _Side.of(old, language), _Side.of(new, language)
    if Path(old).is_file():
        return _of_files(before, after, new)
    return _paired(before, after)


def pairs_of_revisions(
    old: str, new: str | None, paths: Sequence[str] = (), language: str | None = None, folder: str = "."
) -> Pairs:
    """Rules in files that differ between two revisions, or a revision and the working tree (`new` None)."""
    git = _Git(folder)
    start = git.commit(old)
    end = git.commit(new) if new is not None else None
    changed = [name for name in git.changed(start, end, paths) if name.lower().endswith(_ENDINGS)]
    with tempfile.TemporaryDirectory(prefix="ruleproof-diff-") as room:
        sides = []
        for label, commit in (("old", start), ("new", end)):
            base = Path(room, label)
            base.mkdir()
            contents = git.contents(commit, changed) if commit is not None else git.present(changed)
            for name, content in contents:
                target = base / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            sides.append(_Side.of(str(base), language, below=str(base), empty=True))
        return _paired(*sides)


@dataclass(frozen=True)
class _Side:
    documents: tuple[Document, ...]
    unreadable: tuple[tuple[str, str], ...]
    root: str | None = None

    def lost(self, path: str) -> bool:
        """A file is there still, but no rule is in it."""
        return self.root is not None and Path(self.root, path).is_file() and all(d.path != path for d in self.documents)

    @classmethod
    def of(cls, path: str, language: str | None, below: str | None = None, empty: bool = False) -> _Side:
        """The rules at a path; their paths relative to `below` (for a folder: to itself)."""
        root = below or (path if Path(path).is_dir() else None)
        problems: list[Diagnostic] = []
        try:
            found = load(path, language, check=False, problems=problems)
        except UsageError:
            if not empty and not Path(path).is_dir():
                raise
            found = []
        documents = tuple(replace(d, path=_relative(d.path, root)) for d in found)
        bad = tuple((_relative(p.source.path if p.source else None, root) or path, p.message) for p in problems)
        return cls(documents, bad, root)


def _relative(path: str | None, root: str | None) -> str | None:
    if path is None or root is None:
        return path
    try:
        return Path(path).relative_to(root).as_posix()
    except ValueError:
        return path


def _of_files(before: _Side, after: _Side, path: str) -> Pairs:
    """Two files with a rule each are a pair, whatever their names and ids; several are paired as in one file."""
    bad = (*before.unreadable, *after.unreadable)
    if len(before.documents) == 1 and len(after.documents) == 1:
        return Pairs((Pair(before.documents[0], after.documents[0], path),), bad)
    moved = replace(before, documents=tuple(replace(d, path=path) for d in before.documents))
    return _paired(moved, replace(after, documents=tuple(replace(d, path=path) for d in after.documents)))


def _paired(before: _Side, after: _Side) -> Pairs:
    """By rule id where that is one rule's alone, else by path and place in the file."""
    old, new = _by_id(before.documents), _by_id(after.documents)
    common = [key for key in new if key in old]
    matched = {id(old[key]): new[key] for key in common}
    taken = {id(new[key]) for key in common}
    left = {_place(d, before.documents): d for d in before.documents if id(d) not in matched}
    right = {_place(d, after.documents): d for d in after.documents if id(d) not in taken}
    bad = dict((*before.unreadable, *after.unreadable))
    found = [Pair(d, matched[id(d)], _path(matched[id(d)])) for d in before.documents if id(d) in matched]
    for place in dict.fromkeys((*left, *right)):
        one, other = left.get(place), right.get(place)
        if other is None and after.lost(_path(one)):
            bad.setdefault(_path(one), "it holds no rule any more")
        else:
            found.append(Pair(one, other, _path(other or one)))
    return Pairs(tuple(sorted(found, key=lambda pair: pair.path)), tuple(bad.items()))


def _by_id(documents: Iterable[Document]) -> dict[str, Document]:
    out: dict[str, Document] = {}
    doubled = set()
    for document in documents:
        key = document.id.lower()
        if key in out:
            doubled.add(key)
        out[key] = document
    return {key: document for key, document in out.items() if key and key not in doubled}


def _place(document: Document, among: Sequence[Document]) -> tuple[str, int]:
    same = [d for d in among if d.path == document.path]
    return _path(document), next(i for i, d in enumerate(same) if d is document)


def _path(document: Document | None) -> str:
    return (document.path if document is not None else None) or "<rule>"


class _Git:
    """What is asked of `git`; every failure is a `UsageError` with git's own words."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.top = self._run("rev-parse", "--show-toplevel").decode().strip()

    def _run(self, *args: str, stdin: bytes | None = None, folder: str | None = None) -> bytes:
        try:
            done = subprocess.run(
                ["git", *args], cwd=folder or self.folder, input=stdin, capture_output=True, check=False
            )
        except OSError as error:
            raise UsageError(f"git cannot be run: {error}") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise UsageError(f"git: {said[0].removeprefix('fatal: ') if said else 'failed'}")
        return done.stdout

    def commit(self, revision: str) -> str:
        """The commit's full name; raises `UsageError` for what is neither a file nor a revision."""
        try:
            found = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except UsageError:
            raise UsageError(
                f"`{revision}` is neither a file or folder nor a revision of this Git repository",
                help="for example `ruleproof diff main HEAD -- rules/`",
            ) from None
        return found.decode().strip()

    def changed(self, old: str, new: str | None, paths: Sequence[str]) -> list[str]:
        """Files that differ, below the top of the repository; without `new` those of the working tree."""
        ends = [old] if new is None else [old, new]
        found = self._run("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", *ends, "--", *paths)
        if new is None:
            found += self._run("ls-files", "-z", "--full-name", "--others", "--exclude-standard", "--", *paths)
        names = [name.decode("utf-8", "surrogateescape") for name in found.split(b"\0") if name]
        return sorted({name for name in names if ".." not in PurePosixPath(name).parts})

    def contents(self, commit: str, names: Sequence[str]) -> Iterable[tuple[str, bytes]]:
        """The files of a commit that are in it, read by one call of git."""
        asked = "".join(f"{commit}:{name}\n" for name in names if "\n" not in name)
        data = self._run("cat-file", "--batch", stdin=asked.encode("utf-8", "surrogateescape"), folder=self.top)
        at = 0
        for name in (name for name in names if "\n" not in name):
            end = data.index(b"\n", at)
            head = data[at:end]
            at = end + 1
            if head.endswith(b" missing"):
                continue
            _, kind, size = head.rsplit(b" ", 2)
            if kind == b"blob":
                yield name, data[at : at + int(size)]
            at += int(size) + 1

    def present(self, names: Sequence[str]) -> Iterable[tuple[str, bytes]]:
        """The files of the working tree."""
        for name in names:
            path = Path(self.top, name)
            if path.is_file() and not path.is_symlink():
                yield name, path.read_bytes()
