"""The built-in schemas with all strings indexed in one way: what a user's cluster may look like.

`keyword`: every string is a keyword without a normaliser. `caseless`: the same, but names that end in `.caseless` have
a lowercase normaliser, as Elastic's own mappings do. `lowercase`: every keyword has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache

from converter.diagnostics import UsageError
from converter.fields.builtin import BuiltinTable, load
from converter.fields.schema import Fields
from converter.tree import Field

KINDS = ("keyword", "caseless", "lowercase")


@cache
def of_kind(kind: str) -> Fields:
    """The open schema of that kind; numbers, addresses, dates and objects stay as the built-in tables have them.

    Raises `UsageError` for an unknown kind."""
    if kind not in KINDS:
        raise UsageError(f"there is no kind of fields `{kind}`", help="use one of " + ", ".join(KINDS))
    return _changed(lambda field: _retyped(field, kind))


@cache
def single_valued() -> Fields:
    """The open schema under a declaration that many users can make: no field holds several values but those that the
    built-in tables call arrays."""
    return _changed(lambda field: field if field.array else replace(field, single=True))


def _changed(change: Callable[[Field], Field]) -> Fields:
    return Fields(_Table(load()[0], change), closed=False, retype=change)


class _Table(Mapping[str, Field]):
    def __init__(self, held: BuiltinTable, change: Callable[[Field], Field]) -> None:
        self.held, self.change = held, change

    def __getitem__(self, name: str) -> Field:
        return self.change(self.held[name])

    def __contains__(self, name: object) -> bool:
        return name in self.held

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)


def _retyped(field: Field, kind: str) -> Field:
    if field.flattened is not None or field.type == "flattened" or field.sort not in ("string", "text"):
        return field
    lowered = kind == "lowercase" or (kind == "caseless" and field.name.endswith(".caseless"))
    return replace(field, type="keyword_lowercase" if lowered else "keyword")
