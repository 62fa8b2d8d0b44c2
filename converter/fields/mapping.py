"""Reading `{name: type}` and Elasticsearch mappings into a table of fields.

Source of the parameters: Elasticsearch's reference, "Mapping parameters" (8.19). A parameter that changes what a query
finds is carried in `Field`, one that does not is accepted, one that would and is not modelled is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from converter.diagnostics import ConverterError, Diagnostic
from converter.fields.settings import Settings, read_settings
from converter.tree import Field


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Types whose values a query can test, as `converter.tree.field` sorts them.
PLAIN = words(
    "keyword keyword_lowercase wildcard constant_keyword text match_only_text long integer short byte unsigned_long "
    "double float half_float scaled_float boolean ip date date_nanos version flattened"
)

#: Types that exist but whose values no rule tests; their parameters are not looked at.
OPAQUE = words(
    "aggregate_metric_double annotated_text binary completion counted_keyword date_range dense_vector double_range "
    "exponential_histogram float_range geo_point geo_shape histogram integer_range ip_range join long_range murmur3 "
    "passthrough pattern_text percolator point rank_feature rank_features rank_vectors search_as_you_type "
    "semantic_text shape sparse_vector token_count unmapped"
)

#: Parameters without influence on which documents a query finds, once the documents are in the index.
HARMLESS = words(
    "boost coerce date_detection depth_limit dynamic dynamic_templates eager_global_ordinals fielddata "
    "fielddata_frequency_filter ignore_malformed index_options index_phrases index_prefixes locale meta norms "
    "numeric_detection on_script_error similarity store subobjects synthetic_source_keep term_vector "
    "time_series_dimension time_series_metric"
)
READ = words(
    "type properties fields path enabled copy_to format normalizer null_value ignore_above index doc_values "
    "scaling_factor value array single present analyzer search_analyzer search_quote_analyzer"
)
#: Parameters that change the meaning unless they have this value.
ONLY = {
    "include_in_parent": False,
    "include_in_root": False,
    "split_queries_on_whitespace": False,
    "position_increment_gap": 100,
}
TWINS = {"text", "caseless"}
FLAGS = {"true": True, "false": False}


def read(spec: Mapping[str, Any]) -> dict[str, Field]:
    """The table of a `{name: type}` dict or a mapping `{"properties": …, "settings": …}`; `mappings` around it and the
    index name around that (as `GET index` answers) are taken too.

    Raises `ConverterError` (code `fields`) with a diagnostic for each entry that cannot be read."""
    spec = _unwrapped(spec)
    settings, problems = (
        read_settings(spec["settings"]) if _is_mapping(spec) and "settings" in spec else (Settings(), [])
    )
    reader = _Reader(settings, [Diagnostic("fields", message, help=help_) for message, help_ in problems])
    if _is_mapping(spec):
        reader.top(spec)
    else:
        reader.properties(spec, "")
    table = reader.finish()
    if reader.problems:
        raise ConverterError.of(reader.problems)
    return table


def _is_mapping(spec: Mapping[str, Any]) -> bool:
    return isinstance(spec.get("properties"), Mapping)


def _unwrapped(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = spec.get("mappings")
    if isinstance(inner, Mapping) and (not inner or "type" not in inner):
        return {"properties": {}, **inner, **({"settings": spec["settings"]} if "settings" in spec else {})}
    if len(spec) == 1:
        (only,) = spec.values()
        if isinstance(only, Mapping) and isinstance(only.get("mappings"), Mapping):
            return _unwrapped(only)
    return spec


@dataclass
class _Reader:
    settings: Settings
    problems: list[Diagnostic] = field(default_factory=list)
    table: dict[str, Field] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    copies: list[tuple[str, str]] = field(default_factory=list)

    def problem(self, message: str, help_: str | None = None) -> None:
        self.problems.append(Diagnostic("fields", message, help=help_))

    def top(self, spec: Mapping[str, Any]) -> None:
        self.properties(spec["properties"], "")
        runtime = spec.get("runtime") or {}
        for name, entry in list(runtime.items()) if isinstance(runtime, Mapping) else ():
            if isinstance(entry, Mapping) and "script" in entry:
                self.problem(f"runtime field `{name}` is computed by a script", "leave it out of the mapping")
            else:
                self.properties({name: entry}, "")

    def properties(self, entries: Any, prefix: str) -> None:
        if not isinstance(entries, Mapping):
            self.problem(f"`{prefix or 'properties'}` holds no names with types but `{entries!r}`")
            return
        for key, entry in entries.items():
            if not isinstance(key, str) or not all(key.split(".")):
                self.problem(f"field name `{prefix}{key}` is no name", "quote it, and leave no part of it empty")
            elif isinstance(entry, str):
                self.one(prefix + key, {"type": entry})
            elif isinstance(entry, Mapping):
                self.one(prefix + key, entry)
            else:
                self.problem(
                    f"field `{prefix}{key}` has no type but `{entry!r}`", 'write "keyword" or {"type": "keyword"}'
                )

    def one(self, name: str, entry: Mapping[str, Any]) -> None:
        type_ = self.type_of(name, entry)
        if type_ is None:
            return
        if type_ not in OPAQUE:
            self.check(name, entry)
        match type_:
            case "alias":
                target = entry.get("path")
                if isinstance(target, str):
                    self.aliases[name] = target
                else:
                    self.problem(f"alias `{name}` names no `path`")
            case "object" | "nested":
                self.container(name, type_, entry)
            case _:
                self.leaf(name, type_, name, entry)

    def type_of(self, name: str, entry: Mapping[str, Any]) -> str | None:
        type_ = entry.get(
            "type", "object" if entry.keys() & {"properties", "enabled", "dynamic", "subobjects"} else None
        )
        if isinstance(type_, str) and type_.startswith("[") and type_.endswith("]"):
            return "keyword"  # a placeholder for a keyword type drawn at random, in Elasticsearch's own test data
        if isinstance(type_, str) and (type_ in PLAIN or type_ in OPAQUE or type_ in ("object", "nested", "alias")):
            return type_
        what = f"unknown type `{type_}`" if type_ is not None else "no type"
        self.problem(f"field `{name}` has {what}", "types are Elasticsearch's, or `keyword_lowercase`")
        return None

    def container(self, name: str, type_: str, entry: Mapping[str, Any]) -> None:
        if self.flag(name, entry, "enabled", True):
            self.add(Field(name, type_))
            self.properties(entry.get("properties") or {}, name + ".")
        else:
            self.add(Field(name, "unmapped", known=False))

    def leaf(self, name: str, type_: str, path: str, entry: Mapping[str, Any]) -> None:
        if type_ == "keyword" and entry.get("normalizer") is not None:
            type_ = self.normalized(name, entry["normalizer"])
        text = type_ in ("text", "match_only_text")
        if text:
            self.analyzers(name, entry)
        self.add(
            Field(
                name,
                type_,
                path,
                ignore_above=self.ignore_above(name, type_, entry),
                null_value=_scalar(entry.get("null_value")),
                array=_flag(entry.get("array")),
                indexed=self.flag(name, entry, "index", True),
                doc_values=self.flag(name, entry, "doc_values", not text),
                format=self.text(name, entry, "format"),
                scaling=self.scaling(name, type_, entry),
                constant=self.text(name, entry, "value") if type_ == "constant_keyword" else None,
                single=self.flag(name, entry, "single", False),
                present=self.flag(name, entry, "present", False),
            )
        )
        if path != name:
            return
        self.copies += [(name, target) for target in _names(entry.get("copy_to"))]
        subs = entry.get("fields") or {}
        if not isinstance(subs, Mapping):
            self.problem(f"`fields` of `{name}` holds no names with types but `{subs!r}`")
            return
        for key, sub in subs.items():
            self.multi(name, key, sub)

    def multi(self, name: str, key: Any, entry: Any) -> None:
        sub = {"type": entry} if isinstance(entry, str) else entry
        if not isinstance(sub, Mapping):
            self.problem(f"multi-field `{name}.{key}` has no type but `{entry!r}`")
            return
        type_ = self.type_of(f"{name}.{key}", sub)
        if type_ in ("alias", "object", "nested", "flattened"):
            self.problem(f"multi-field `{name}.{key}` cannot be of type `{type_}`")
        elif type_ is not None:
            if type_ not in OPAQUE:
                self.check(f"{name}.{key}", sub)
            self.leaf(f"{name}.{key}", type_, name, sub)

    def check(self, name: str, entry: Mapping[str, Any]) -> None:
        for key, value in entry.items():
            if key in ("script", *ONLY) and (key == "script" or value != ONLY[key]):
                self.problem(f"field `{name}`: `{key}: {value}` is not modelled", "leave the field out of the mapping")
            elif key not in READ and key not in HARMLESS and key not in ONLY:
                self.problem(f"field `{name}` has an unknown parameter `{key}`")

    def normalized(self, name: str, normalizer: Any) -> str:
        lowered = self.settings.normalizer(normalizer)
        if lowered is None:
            self.problem(
                f"field `{name}`: normalizer `{normalizer}` is not modelled or not defined",
                'define it in settings.analysis.normalizer, with the filter "lowercase" alone',
            )
        return "keyword_lowercase" if lowered else "keyword"

    def analyzers(self, name: str, entry: Mapping[str, Any]) -> None:
        for key in ("analyzer", "search_analyzer", "search_quote_analyzer"):
            if entry.get(key) not in (None, "standard", "default"):
                self.problem(f"field `{name}`: {key} `{entry[key]}` is not modelled", "only `standard` is")

    def ignore_above(self, name: str, type_: str, entry: Mapping[str, Any]) -> int | None:
        default = (
            self.settings.ignore_above if type_ in ("keyword", "keyword_lowercase", "wildcard", "flattened") else None
        )
        value = entry.get("ignore_above", default)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
        self.problem(f"field `{name}`: `ignore_above` is a number of characters, not `{value}`")
        return None

    def scaling(self, name: str, type_: str, entry: Mapping[str, Any]) -> float | None:
        factor = entry.get("scaling_factor")
        if type_ != "scaled_float" or factor is None:
            return None
        if isinstance(factor, int | float) and not isinstance(factor, bool) and factor > 0:
            return float(factor)
        self.problem(f"field `{name}`: `scaling_factor` is a number above 0, not `{factor}`")
        return None

    def text(self, name: str, entry: Mapping[str, Any], key: str) -> str | None:
        value = entry.get(key)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float):
            return str(value).lower()
        self.problem(f"field `{name}`: `{key}` is a text, not `{value!r}`")
        return None

    def flag(self, name: str, entry: Mapping[str, Any], key: str, default: bool) -> bool:
        found = _flag(entry.get(key, default))
        if found is None:
            self.problem(f"field `{name}`: `{key}` is true or false, not `{entry[key]!r}`")
            return default
        return found

    def add(self, new: Field) -> None:
        held = self.table.get(new.name)
        if held is not None and held != new and not (held.type == new.type == "object"):
            self.problem(f"field `{new.name}` is mapped twice, as `{held.type}` and as `{new.type}`")
        self.table[new.name] = new

    def finish(self) -> dict[str, Field]:
        """The table, after what needs all of it: twins beside their field, nested objects, keys, copies, aliases."""
        for name, item in list(self.table.items()):
            self.table[name] = replace(self.placed(item), nested=self.above(name, "nested"))
        for source, target in self.copies:
            for name, item in list(self.table.items()):
                if item.path == target and item.type not in ("object", "nested"):
                    self.table[name] = replace(item, copies=(*item.copies, source))
        for name, target in self.aliases.items():
            held = self.table.get(target)
            if held is None or held.type in ("object", "nested", "unmapped"):
                self.problem(f"alias `{name}` leads to `{target}`, which is no field of the mapping")
            elif name in self.table:
                self.problem(f"field `{name}` is mapped twice, as an alias and as `{self.table[name].type}`")
            else:
                self.table[name] = replace(held, name=name, path=held.path)
        return self.table

    def placed(self, item: Field) -> Field:
        """A name beside its field (`x.text` beside `x`) reads that one's values; one below a flattened is a key."""
        root = self.above(item.name, "flattened")
        if root is not None:
            return replace(self.table[root], name=item.name, path=item.name, flattened=root)
        parent, _, last = item.name.rpartition(".")
        held = self.table.get(parent)
        if item.path != item.name or item.type not in PLAIN or held is None or held.sort not in ("string", "text"):
            return item
        return replace(item, path=held.path) if last in TWINS or (last == "keyword" and held.sort == "text") else item

    def above(self, name: str, type_: str) -> str | None:
        for parent in _parents(name):
            held = self.table.get(parent)
            if held is not None and held.type == type_:
                return parent
        return None


def _parents(name: str) -> Iterator[str]:
    parent = name.rpartition(".")[0]
    while parent:
        yield parent
        parent = parent.rpartition(".")[0]


def _names(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else FLAGS.get(value) if isinstance(value, str) else None


def _scalar(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else None
