"""The mapping files, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from converter.diagnostics import ConverterError


@dataclass(frozen=True)
class Entry:
    """What one Sigma field is in ECS.

    `to`: the same values under another name. `values`: each Sigma value is a condition (ECS field → value or list).
    `hashes`: the field holds `ALG=hex,…`, each algorithm has a field of its own. `separator`: the value is
    `to[0] + separator + to[1]`. `approximate` says why the entry is no exact one; then it is used only on request.
    """

    sigma: str
    to: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    separator: str | None = None
    approximate: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Stated:
    """Other words in which Elastic rules state a log source: `all` (field → value) stand in the rule; of `by` (field →
    values) one field at least, if there are any, each with some of these values. `index`: the rule searches nothing
    but these patterns, the first among them.
    """

    all: Mapping[str, str]
    by: Mapping[str, tuple[str, ...]]
    index: tuple[str, ...] = ()


@dataclass(frozen=True)
class LogSource:
    """A Sigma log source: `when` (its keys) holds, `conditions` are what it means in ECS (None: no condition).

    `index` are the patterns to search, `entries` the fields, `native` the name of a field without an entry. `left_out`:
    values that no event holds, since the pipeline takes them out. A rule that came from Elastic may say itself what its
    log source means there: `stated` are the words that are taken for it.
    """

    platform: str
    when: Mapping[str, str]
    conditions: Any
    index: tuple[str, ...]
    entries: Mapping[str, Entry]
    native: str
    integrations: tuple[str, ...] = ()
    note: str | None = None
    stated: Stated | None = None
    left_out: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return "/".join(self.when[key] for key in ("product", "category", "service") if key in self.when)


@dataclass(frozen=True)
class Platform:
    name: str
    about: str
    log_sources: tuple[LogSource, ...]


def _entry(name: str, raw: Any, where: str) -> Entry:
    if isinstance(raw, str):
        return Entry(name, (raw,))
    if not isinstance(raw, Mapping):
        raise ConverterError(f"the entry `{name}` in {where} is neither a name nor a map", code="mapping")
    unknown = raw.keys() - {"to", "values", "hashes", "separator", "approximate", "note"}
    if unknown:
        raise ConverterError(f"unknown key `{sorted(unknown)[0]}` of `{name}` in {where}", code="mapping")
    to = raw.get("to", ())
    return Entry(
        name, (to,) if isinstance(to, str) else tuple(to), raw.get("values", {}), raw.get("hashes", {}),
        raw.get("separator"), raw.get("approximate"), raw.get("note"),
    )  # fmt: skip


def _stated(raw: Mapping[str, Any] | None, conditions: Any) -> Stated | None:
    """What a mapping file says; of a log source that is a data set, the data set under either name."""
    if raw is None:
        if not isinstance(conditions, Mapping) or conditions.keys() != {"data_stream.dataset"}:
            return None
        named = (str(conditions["data_stream.dataset"]),)
        return Stated({}, {"data_stream.dataset": named, "event.dataset": named})
    by = {name: tuple(values) for name, values in raw.get("by", {}).items()}
    return Stated(raw.get("all", {}), by, tuple(raw.get("index", ())))


def _left_out(raw: Mapping[str, Any], item: Mapping[str, Any]) -> tuple[str, ...]:
    """Of the log source itself, else of all of the platform that have that key."""
    if "left_out" in item:
        return tuple(item["left_out"])
    return tuple(value for key, values in raw.get("left_out", {}).items() if key in item["when"] for value in values)


def _platform(raw: Any, where: str) -> Platform:
    groups: Mapping[str, Mapping[str, Any]] = raw.get("field_groups", {})
    sources = []
    for item in raw["log_sources"]:
        named: dict[str, Any] = {}
        for group in item.get("uses", ()):
            if group not in groups:
                raise ConverterError(f"there is no field group `{group}` in {where}", code="mapping")
            named.update(groups[group])
        named.update(item.get("fields", {}))
        sources.append(
            LogSource(
                raw["platform"], item["when"], item.get("conditions"), tuple(item.get("index", raw.get("index", ()))),
                {name: _entry(name, value, where) for name, value in named.items()},
                item.get("native", raw.get("native", "{}")), tuple(item.get("integrations", ())), item.get("note"),
                _stated(item.get("stated"), item.get("conditions")), _left_out(raw, item),
            )
        )  # fmt: skip
    return Platform(raw["platform"], raw["about"], tuple(sources))


@cache
def platforms() -> tuple[Platform, ...]:
    """All mapping files, by name."""
    import yaml

    found = []
    for item in sorted(files("converter.mapping").joinpath("data").iterdir(), key=lambda path: path.name):
        if item.name.endswith(".yml"):
            text = item.read_text(encoding="utf-8")
            found.append(_platform(yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), item.name))
    return tuple(found)


def find_log_source(log_source: Mapping[str, Any]) -> LogSource | None:
    """The most specific entry all of whose keys the rule's log source has; None where there is none."""
    found: LogSource | None = None
    for platform in platforms():
        for item in platform.log_sources:
            if all(str(log_source.get(key, "")).lower() == value for key, value in item.when.items()) and (
                found is None or len(item.when) > len(found.when)
            ):
                found = item
    return found
