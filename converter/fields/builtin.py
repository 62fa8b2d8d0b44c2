"""The built-in table, `data/builtin.json` (made by `tools/build_fields.py`); fields are made on demand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from converter.tree import Field


class BuiltinTable(Mapping[str, Field]):
    """Name → `Field` over the compact entries `type[ array| ?][ <n][ of:PARENT]` (`?`: array or not is not said).

    `ignore_above` (`<n`) stays in the table and is not set on the fields: deployments differ in it, and the values
    that it drops (most often over 1,024 characters) would make a rule's meaning depend on the index.
    """

    def __init__(self, entries: Mapping[str, str]) -> None:
        self._entries = entries
        self._made: dict[str, Field] = {}

    def __getitem__(self, name: str) -> Field:
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = self._make(name, self._entries[name])
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def twins(self) -> Iterator[tuple[str, str]]:
        """Each multi-field's name with its parent's, without making the fields."""
        for name, entry in self._entries.items():
            if " of:" in entry:
                yield name, entry.partition(" of:")[2]

    def ignore_above(self, name: str) -> int | None:
        """The longest value in characters that the published mapping indexes; None without a bound."""
        flags = self._entries[name].split()
        return next((int(flag[1:]) for flag in flags if flag[0] == "<"), None)

    def _make(self, name: str, entry: str) -> Field:
        type_, *flags = entry.split()
        path = next((flag[3:] for flag in flags if flag.startswith("of:")), name)
        return Field(name, type_, path, nested=self._nested(name), array=None if "?" in flags else "array" in flags)

    def _nested(self, name: str) -> str | None:
        """The innermost nested object above the name."""
        parent = name.rpartition(".")[0]
        while parent:
            if self._entries.get(parent, "").startswith("nested"):
                return parent
            parent = parent.rpartition(".")[0]
        return None


@cache
def load() -> tuple[BuiltinTable, dict[str, Any]]:
    """The table, and its header (`source`, `version`, `built_by`)."""
    data = json.loads((Path(__file__).parent / "data/builtin.json").read_text("utf-8"))
    return BuiltinTable(data["fields"]), data["header"]
