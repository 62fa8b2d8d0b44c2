"""What a TOML rule file keeps beside the rule, carried in Kibana's `meta`, and the plugins of investigation guides.

A guide names a plugin of the `[transform]` table as `$osquery_0` or `$investigate_1`; Kibana reads the plugin itself,
`!{osquery{…}}`, with its keys in order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

#: The key of Kibana's free-form `meta` object under which the rest of a TOML file travels.
META_KEY = "ruleproof"

_NAMED = re.compile(r"\$(osquery|investigate)_(\d+)(?!\d)")
_TEXTS = ("note", "setup")


def _plugins(transform: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    if not isinstance(transform, Mapping):
        return found
    for name in ("osquery", "investigate"):
        entries = transform.get(name)
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            found[f"${name}_{index}"] = f"!{{{name}{text}}}"
    return found


def expand(text: str, transform: Any) -> str:
    """The guide as Kibana takes it: each named plugin written out; names without an entry stay."""
    plugins = _plugins(transform)
    return _NAMED.sub(lambda m: plugins.get(f"${m[1]}_{int(m[2])}", m[0]), text)


def collapse(text: str, transform: Any) -> str:
    """The way back: each plugin of `transform` in the text becomes its name."""
    plugins = _plugins(transform)
    for name in sorted(plugins, key=lambda n: -len(plugins[n])):
        text = text.replace(plugins[name], name)
    return text


def pack_meta(data: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The rule as Kibana takes it; `metadata` travels in `meta` so that `unpack_meta` gives both back."""
    packed = dict(data)
    kept = dict(metadata)
    if not kept:
        return packed
    transform = kept.get("transform")
    own: dict[str, Any] = {"tables": kept}
    for key in _TEXTS:
        text = data.get(key)
        if isinstance(text, str) and transform:
            packed[key] = expand(text, transform)
            if collapse(packed[key], transform) != text:
                own[key] = text
    meta = data.get("meta")
    if isinstance(meta, Mapping):
        own["meta"] = True
    packed["meta"] = {**(meta if isinstance(meta, Mapping) else {}), META_KEY: own}
    return packed


def unpack_meta(rule: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rule without our part of its `meta`, and that part."""
    meta = rule.get("meta")
    if not isinstance(meta, dict) or not isinstance(meta.get(META_KEY), dict):
        return rule, {}
    own = meta[META_KEY]
    tables = own.get("tables")
    if not isinstance(tables, dict):
        return rule, {}
    data = dict(rule)
    rest = {k: v for k, v in meta.items() if k != META_KEY}
    if rest or own.get("meta"):
        data["meta"] = rest
    else:
        del data["meta"]
    for key in _TEXTS:
        if isinstance(own.get(key), str):
            data[key] = own[key]
        elif isinstance(data.get(key), str):
            data[key] = collapse(data[key], tables.get("transform"))
    return data, tables
