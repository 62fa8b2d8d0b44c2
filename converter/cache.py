"""Results kept by content: an entry's key is a digest of all that its value was made from, so no entry is ever stale.

One SQLite file; two processes may read and write it at once. Values are JSON: reading a foreign cache runs nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

_SCHEMA = "CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL, used INTEGER NOT NULL)"
#: Entries kept at most, the least recently written go first; a rule has about three.
MAX_ENTRIES = 60_000


def default_folder() -> Path:
    """The user's cache folder for ruleproof."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home())
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "ruleproof"


@cache
def program() -> str:
    """A digest of the program that makes the values: its own files (size and time of change) and what it builds on."""
    import converter

    digest = hashlib.sha256(converter.__version__.encode())
    package = Path(__file__).resolve().parent
    roots = [package, *(p for p in (package.parent / "schemas",) if p.is_dir())]
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            for name in sorted(names):
                state = os.stat(os.path.join(folder, name))
                digest.update(f"{folder}/{name}:{state.st_size}:{state.st_mtime_ns}\n".encode())
    for name in ("pySigma", "pySigma-validators-sigmahq", "python-sat", "jsonschema"):
        try:
            digest.update(f"{name}={metadata.version(name)}\n".encode())
        except metadata.PackageNotFoundError:
            digest.update(f"{name}=none\n".encode())
    digest.update(sys.version.encode())
    return digest.hexdigest()


def key_of(*parts: Any) -> str:
    """A key from texts, bytes and plain JSON values, and from the program itself."""
    digest = hashlib.sha256(program().encode())
    for part in parts:
        raw = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True, default=str).encode()
        digest.update(b"%d:" % len(raw) + raw)
    return digest.hexdigest()


class Cache:
    """`get` and `put` JSON values by key. A folder of None, or one that cannot be used, keeps nothing (`problem`)."""

    def __init__(self, folder: Path | None) -> None:
        self.problem: str | None = None
        self._file: sqlite3.Connection | None = None
        if folder is not None:
            self._open(folder / "results.sqlite")

    def _open(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._file = _connect(path)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):  # locked, or a folder that cannot be written
                    raise
                path.unlink(missing_ok=True)  # not a database any more: nothing in it can be trusted
                self._file = _connect(path)
        except (OSError, sqlite3.Error) as error:
            self.problem = f"the cache `{path.parent}` cannot be used: {str(error).lower()}"

    def get_many(self, keys: Iterable[str]) -> dict[str, Any]:
        """The values that are there."""
        out: dict[str, Any] = {}
        if self._file is None:
            return out
        wanted = list(dict.fromkeys(keys))
        try:
            for start in range(0, len(wanted), 500):
                part = wanted[start : start + 500]
                marks = ",".join("?" * len(part))
                rows = self._file.execute(f"SELECT key, value FROM entries WHERE key IN ({marks})", part)
                out.update((key, json.loads(value)) for key, value in rows)
        except (sqlite3.Error, ValueError) as error:
            self._fail(error)
        return out

    def put_many(self, values: Mapping[str, Any]) -> None:
        """Keep the values, all in one transaction."""
        if self._file is None or not values:
            return
        now = int(time.time())
        rows = [(key, json.dumps(value, default=str), now) for key, value in values.items()]
        try:
            with self._file:
                self._file.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            self._fail(error)

    def close(self) -> None:
        """Drop what is too much, and let the file go."""
        if self._file is None:
            return
        try:
            count = self._file.execute("SELECT count(*) FROM entries").fetchone()[0]
            if count > MAX_ENTRIES:
                with self._file:
                    self._file.execute(
                        "DELETE FROM entries WHERE key IN (SELECT key FROM entries ORDER BY used LIMIT ?)",
                        (count - MAX_ENTRIES * 3 // 4,),
                    )
            self._file.close()
        except sqlite3.Error as error:
            self._fail(error)
        self._file = None

    def _fail(self, error: Exception) -> None:
        """A cache that fails is no cache; the results do not depend on it."""
        self.problem = f"the cache is not used: {str(error).lower()}"
        self._file = None


def _connect(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=10)
    file.execute("PRAGMA journal_mode=WAL")
    file.execute("PRAGMA synchronous=NORMAL")
    file.execute(_SCHEMA)
    file.execute("SELECT key FROM entries LIMIT 1").fetchone()
    return file
