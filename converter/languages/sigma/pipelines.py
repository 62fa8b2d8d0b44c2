"""pySigma processing pipelines that the user gives: files, or the names of installed ones.

`given` says for a block of code which pipeline the user's rules go through; whoever reads a rule of the user's puts
`applied` around it. What ruleproof writes itself is read without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.diagnostics import UsageError


@dataclass(frozen=True)
class Pipelines:
    """`names` as the user gave them; `pipeline` is pySigma's object, all of them in order of priority."""

    names: tuple[str, ...]
    pipeline: Any

    @property
    def title(self) -> str:
        return " + ".join(Path(name).name if Path(name).suffix else name for name in self.names)

    def apply(self, rule: Any) -> None:
        """Change a pySigma rule as the pipelines say. Raises `UsageError` for what they refuse."""
        from sigma.exceptions import SigmaError

        try:
            self.pipeline.apply(rule)
        except SigmaError as error:
            raise UsageError(f"the pipeline {self.title} refuses the rule: {_words(error)}") from None


_GIVEN: ContextVar[Pipelines | None] = ContextVar("pipelines given", default=None)
_APPLIED: ContextVar[Pipelines | None] = ContextVar("pipelines applied", default=None)


def resolve(specs: Sequence[str]) -> Pipelines | None:
    """The pipelines of those names, files or folders; None for no names.

    Raises `UsageError` that lists the installed ones for a name that is none."""
    if not specs:
        return None
    from sigma.exceptions import SigmaError, SigmaPipelineNotFoundError
    from sigma.processing.resolver import ProcessingPipelineResolver

    known = installed()
    try:
        return Pipelines(tuple(specs), ProcessingPipelineResolver(known).resolve(list(specs)))
    except SigmaPipelineNotFoundError as error:
        names = ", ".join(sorted(known)) or "none"
        raise UsageError(
            f"there is no pipeline {_quoted(str(error), specs)}", help=f"give a file, or an installed one: {names}"
        ) from None
    except SigmaError as error:
        raise UsageError(f"the pipeline cannot be read: {_words(error)}") from None
    except Exception as error:  # YAML that is none, a class that does not take its parameters
        raise UsageError(f"the pipeline cannot be read: {_words(error)}") from None


def installed() -> dict[str, Any]:
    """What makes each pipeline that is installed, by name."""
    from sigma.plugins import InstalledSigmaPlugins

    return dict(InstalledSigmaPlugins.autodiscover(include_backends=False, include_validators=False).pipelines)


def _quoted(message: str, specs: Sequence[str]) -> str:
    return next((f"`{spec}`" for spec in specs if spec in message), f"`{specs[0]}`")


def _words(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def fingerprint() -> str:
    """What the reading of a user's rule depends on beside its text: pipelines, files by content, and placeholders."""
    from converter.languages.sigma.placeholders import current as values

    held = _GIVEN.get()
    parts = [repr(sorted(values().items()))] if values() else []
    for name in held.names if held is not None else ():
        files = sorted(Path(name).glob("**/*.yml")) if Path(name).is_dir() else [Path(name)]
        parts.append(name)
        parts += [file.read_text("utf-8", errors="replace") for file in files if file.is_file()]
    return "\n".join(parts)


@contextmanager
def given(pipelines: Pipelines | None) -> Iterator[None]:
    """Within it, the user's Sigma rules go through these pipelines."""
    token = _GIVEN.set(pipelines)
    try:
        yield
    finally:
        _GIVEN.reset(token)


def current() -> Pipelines | None:
    """The pipelines that the user gave, if any."""
    return _GIVEN.get()


@contextmanager
def applied() -> Iterator[None]:
    """Within it, a Sigma text is one of the user's: the pipelines that were given are applied to it."""
    token = _APPLIED.set(_GIVEN.get())
    try:
        yield
    finally:
        _APPLIED.reset(token)


def active() -> Pipelines | None:
    """The pipelines that the text which is being read goes through."""
    return _APPLIED.get()
