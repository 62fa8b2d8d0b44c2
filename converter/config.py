"""`ruleproof.toml`: what a repository of rules asks of its checks.

Found in the folder of what is checked, or in one above it. Every mistake in the file is shown with its place.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from converter.diagnostics import ConverterError, Diagnostic, Severity, Source, Span, UsageError
from converter.documents.positions import Pointer, nearest, toml_spots
from converter.documents.text import read_text
from converter.documents.toml_read import parse_toml

NAME = "ruleproof.toml"
PROFILES = ("elastic", "sigmahq", "strict")
_SEVERITIES = ("error", "warning", "note")


class ConfigError(UsageError):
    """The configuration file is wrong at the places shown."""

    code = "config"


@dataclass(frozen=True)
class Suppression:
    """A finding accepted by the configuration: these codes, in files that fit one of the globs, for this reason."""

    codes: tuple[str, ...]
    paths: tuple[str, ...]
    reason: str
    rule: str | None = None
    line: int = 1


@dataclass(frozen=True)
class Config:
    """`root` is the folder of the file (or of the call, without one); relative paths of the file are below it.

    `paths` are the repository's rules: checks over the set compare with all of them. `on` and `off` are codes beside
    what the profile says, `select` runs these codes alone. `min_kill` is the share (0 to 1) of mutants that a rule's
    fixtures must tell from the rule. `exported` are folders of exported forms.
    """

    root: Path = field(default_factory=Path)
    path: Path | None = None
    paths: tuple[str, ...] = ()
    profile: str | None = None
    on: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    select: frozenset[str] = frozenset()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    fields: str | None = None
    min_kill: float | None = None
    baseline: str | None = None
    cache: str | None = None
    exported: tuple[str, ...] = ("output",)
    suppress: tuple[Suppression, ...] = ()

    def at(self, path: str) -> Path:
        """A path of the file, from where the call stands."""
        return self.root / path

    def over(self, **changes: Any) -> Config:
        """The configuration with what a command line says put over it; `more_on` and `more_off` add to the lists."""
        on, off = changes.pop("more_on", frozenset()), changes.pop("more_off", frozenset())
        return replace(self, **{"on": (self.on - off) | on, "off": (self.off - on) | off, **changes})


def find(start: str | os.PathLike[str]) -> Path | None:
    """The configuration that holds for a path: beside it or in the nearest folder above."""
    here = Path(start).absolute()
    for folder in (here, *here.parents):
        candidate = folder / NAME
        if candidate.is_file():
            return candidate
    return None


def load_config(path: Path, known: Callable[[str], bool] | None = None) -> Config:
    """Read and check the file; `known` says whether there is a check of that code.

    Raises `ConfigError` with a place for each mistake.
    """
    source = Source(read_text(path), str(path))
    try:
        data = parse_toml(source)
    except ConverterError as error:
        raise ConfigError.of(error.diagnostics) from None
    reader = _Reader(source, data, known)
    config = reader.read(Path(os.path.relpath(path.parent)), path)
    if reader.problems:
        raise ConfigError.of(reader.problems)
    return config


_KEYS = ("paths", "profile", "fields", "min-kill", "baseline", "cache", "exported", "checks", "suppress")


class _Reader:
    """Takes the values out one by one and notes what is wrong with each."""

    def __init__(self, source: Source, data: dict[str, Any], known: Callable[[str], bool] | None) -> None:
        self.source, self.data, self.known = source, data, known
        self.problems: list[Diagnostic] = []
        self.spots = toml_spots(source.text)

    def wrong(self, pointer: Pointer, message: str, help: str | None = None) -> None:
        found = nearest(self.spots, pointer)
        span = (found[1].value if found[0] == pointer else found[1].key or found[1].value) if found else None
        if span is not None and "\n" in self.source.text[span.start : span.end]:
            span = Span(span.start, span.start + 1)
        self.problems.append(Diagnostic("config", message, "error", span, self.source, help))

    def read(self, root: Path, path: Path) -> Config:
        self._known(self.data, _KEYS, ())
        checks = self._table("checks")
        self._known(checks, ("on", "off", "severity"), ("checks",))
        severity = self._severity(checks.get("severity", {}))
        profile = self._text("profile")
        if profile is not None and profile not in PROFILES:
            self.wrong(("profile",), f"there is no profile `{profile}`", "profiles: " + ", ".join(PROFILES))
        return Config(
            root, path, self._texts(("paths",), self.data.get("paths", [])), profile,
            frozenset(self._codes(("checks", "on"), checks.get("on", []))),
            frozenset(self._codes(("checks", "off"), checks.get("off", []))),
            frozenset(), severity, self._text("fields"), self._share("min-kill"), self._text("baseline"),
            self._text("cache"), self._texts(("exported",), self.data.get("exported", ["output"])),
            tuple(self._suppressions()),
        )  # fmt: skip

    def _known(self, table: Mapping[str, Any], keys: Sequence[str], at: Pointer) -> None:
        for key in table:
            if key not in keys:
                self.wrong((*at, key), f"there is no setting `{key}`", "settings here: " + ", ".join(keys))

    def _table(self, key: str) -> dict[str, Any]:
        value = self.data.get(key, {})
        if isinstance(value, dict):
            return value
        self.wrong((key,), f"`{key}` is a table", f"write it as `[{key}]`")
        return {}

    def _text(self, key: str) -> str | None:
        value = self.data.get(key)
        if value is None or (isinstance(value, str) and value):
            return value
        self.wrong((key,), f"`{key}` is a text")
        return None

    def _share(self, key: str) -> float | None:
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            self.wrong(
                (key,), f"`{key}` is a share between 0 and 1", "0.9 asks that nine of ten mutants are told apart"
            )
            return None
        return float(value)

    def _texts(self, at: Pointer, value: Any) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
            return tuple(value)
        self.wrong(at, f"`{at[-1]}` is a list of texts")
        return ()

    def _codes(self, at: Pointer, value: Any) -> Iterable[str]:
        texts = self._texts(at, [value] if isinstance(value, str) else value)
        for number, code in enumerate(texts):
            self._code(code, at if isinstance(value, str) else (*at, number))
        return texts

    def _code(self, code: str, at: Pointer) -> None:
        if self.known is not None and not self.known(code):
            self.wrong(at, f"there is no check `{code}`", "`ruleproof check --list` shows them all")

    def _severity(self, value: Any) -> dict[str, Severity]:
        out: dict[str, Severity] = {}
        if not isinstance(value, dict):
            self.wrong(("checks", "severity"), "`severity` is a table of codes")
            return out
        for code, severity in value.items():
            self._code(code, ("checks", "severity", code))
            if severity in _SEVERITIES:
                out[code] = severity
            else:
                self.wrong(
                    ("checks", "severity", code), f"`{code}` has no severity", "one of " + ", ".join(_SEVERITIES)
                )
        return out

    def _suppressions(self) -> Iterable[Suppression]:
        value = self.data.get("suppress", [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.wrong(("suppress",), "`suppress` is a list of tables", "write each as `[[suppress]]`")
            return
        for number, item in enumerate(value):
            at: Pointer = ("suppress", number)
            self._known(item, ("code", "path", "rule", "reason"), at)
            reason, rule = item.get("reason"), item.get("rule")
            if not isinstance(reason, str) or not reason.strip():
                self.wrong((*at, "reason"), "a suppression needs a reason", 'write `reason = "…"`')
                continue
            if rule is not None and not isinstance(rule, str):
                self.wrong((*at, "rule"), "`rule` is the id of a rule")
            if "code" not in item:
                self.wrong(at, "a suppression names what it suppresses", 'write `code = "RP303"`')
            paths = item.get("path", "**")
            spot = nearest(self.spots, at)
            line = self.source.text.count("\n", 0, spot[1].value.start) + 1 if spot else 1
            yield Suppression(
                tuple(self._codes((*at, "code"), item.get("code", []))),
                self._texts((*at, "path"), [paths] if isinstance(paths, str) else paths),
                reason.strip(), rule, line,
            )  # fmt: skip


def fits(path: str, globs: Iterable[str]) -> bool:
    """Whether a path (relative to the configuration, with slashes) fits a glob: `**` crosses folders, `*` does not.

    A glob that names a folder takes all below it.
    """
    return any(_glob(glob).fullmatch(path) for glob in globs)


@lru_cache(maxsize=256)
def _glob(glob: str) -> re.Pattern[str]:
    out = ""
    for part in re.split(r"(\*\*/?|\*|\?)", glob.removeprefix("./").rstrip("/")):
        out += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
    return re.compile(out + r"(?:/.*)?", re.DOTALL)
