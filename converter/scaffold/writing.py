"""Writing files that were not there before; what is there stays."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from converter.diagnostics import UsageError


@dataclass(frozen=True)
class Written:
    """`made` were written, `kept` were there already and are as they were."""

    made: tuple[Path, ...]
    kept: tuple[Path, ...]


def write_new(folder: Path, files: Mapping[str, str]) -> Written:
    """Write each file below the folder unless something of that name is there; raises `UsageError`."""
    made, kept = [], []
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            kept.append(path)
            continue
        except OSError as error:
            raise UsageError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from None
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        made.append(path)
    return Written(tuple(made), tuple(kept))
