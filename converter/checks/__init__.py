"""Quality gates: one module a check, found by discovery; each has a stable code, a name and its documentation.

A check module defines `CHECK`; its docstring says what it finds (What), why that is bad (Why), shows an example and
says what to do (Instead). Codes: RP1xx document, RP2xx fields, RP3xx meaning, RP4xx evidence, RP5xx drift, RP9xx the
suppressions themselves. Validators of others that a check calls keep their own names as codes.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from converter.checks.finding import Result
from converter.checks.subject import Found, Subject
from converter.diagnostics import Diagnostic, Severity
from converter.documents import Document
from converter.fields import Fields

if TYPE_CHECKING:
    from converter.checks.ruleset import Entry, RuleSet
    from converter.config import Config

__all__ = ["Check", "Found", "Result", "Subject", "check_of", "checks", "known_codes", "run_checks"]

FAMILIES = ("document", "fields", "meaning", "evidence", "drift", "suppressions")


@dataclass(frozen=True)
class Check:
    """`run` gives the findings of one rule, `run_set` those of a set of rules (with the entry that each belongs to).

    `applies` are the kinds of documents it is for. `profiles`: it runs only in these profiles (in `strict` too), or
    where its code is asked for; (): always. `codes` lists the codes of validators that it calls.
    """

    code: str
    name: str
    severity: Severity
    run: Callable[[Subject], Iterator[Found | Diagnostic]] | None = None
    applies: tuple[str, ...] = ("elastic", "sigma")
    profiles: tuple[str, ...] = ()
    run_set: Callable[[RuleSet], Iterator[tuple[Entry, Found]]] | None = None
    codes: Callable[[], dict[str, str]] | None = None
    doc: str = ""
    family: str = ""

    def active(self, config: Config) -> bool:
        """Whether the configuration wants it."""
        if config.select:
            return self.code in config.select or self._calls(config.select)
        if self.code in config.off:
            return False
        wanted = self.code in config.on or self._calls(config.on)
        return wanted or not self.profiles or config.profile in (*self.profiles, "strict")

    def _calls(self, codes: frozenset[str]) -> bool:
        """Whether one of these codes is a validator's that it calls (finding that out loads all of pySigma)."""
        others = [code for code in codes if not code.startswith("RP")]
        return bool(others) and self.codes is not None and not self.codes().keys().isdisjoint(others)


@cache
def checks() -> tuple[Check, ...]:
    """All checks, by code."""
    found = []
    for name in _modules():
        module = importlib.import_module(name)
        check: Any = getattr(module, "CHECK", None)
        if isinstance(check, Check):
            family = name.removeprefix(f"{__name__}.").partition(".")[0]
            found.append(replace(check, doc=(module.__doc__ or "").strip(), family=family))
    return tuple(sorted(found, key=lambda check: check.code))


def _modules() -> Iterator[str]:
    """The modules of the families' folders, and those beside them."""
    for item in pkgutil.iter_modules(__path__):
        if not item.ispkg:
            yield f"{__name__}.{item.name}"
            continue
        package = importlib.import_module(f"{__name__}.{item.name}")
        yield from (f"{package.__name__}.{module.name}" for module in pkgutil.iter_modules(package.__path__))


@cache
def check_of(code: str) -> Check | None:
    """The check that a finding of this code comes from, a called validator's name too; None: there is none."""
    own = {check.code: check for check in checks()}
    if code in own or code.startswith("RP"):
        return own.get(code)
    return next((check for check in checks() if check.codes is not None and code in check.codes()), None)


def known_codes() -> dict[str, str]:
    """Every code that a finding can have, with its documentation; loads pySigma."""
    out = {check.code: check.doc for check in checks()}
    for check in checks():
        out |= check.codes() if check.codes is not None else {}
    return out


def run_checks(*args: Any, **kwargs: Any) -> Result:
    """See `converter.checks.runner.run_checks`."""
    from converter.checks.runner import run_checks as run

    return run(*args, **kwargs)


def check_documents(
    documents: Sequence[Document], fields: Fields | None = None, off: frozenset[str] = frozenset()
) -> Iterator[tuple[Document, Diagnostic]]:
    """The findings of each rule by itself, as diagnostics, without configuration, suppressions or cache."""
    from converter.checks.single import check_rule
    from converter.config import Config

    for document in documents:
        for finding, found in check_rule(Subject(document, fields, Config(off=off))):
            yield (
                document,
                Diagnostic(finding.code, finding.message, finding.severity, found.span, found.source, found.help),
            )
