"""What `%name%` stands for under Sigma's modifier `expand`: values that the user gives, for a block of code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from converter.diagnostics import Span, UnsupportedError, UsageError

HELP = "write `name: value`, or `name:` and a list of values"

_PLACEHOLDERS: ContextVar[Mapping[str, list[str]]] = ContextVar("placeholders", default={})  # noqa: B039 read only


@contextmanager
def placeholder_values(values: Mapping[str, Any]) -> Iterator[None]:
    """Within it, `expand` puts these values in the place of `%name%`: one or a list of them for each name.

    Raises `UsageError` for a value that is no text, number or boolean."""
    token = _PLACEHOLDERS.set({str(name).strip("%"): _texts(name, value) for name, value in values.items()})
    try:
        yield
    finally:
        _PLACEHOLDERS.reset(token)


def _texts(name: Any, value: Any) -> list[str]:
    found = value if isinstance(value, list | tuple) else [value]
    for item in found:
        if isinstance(item, dict | list) or item is None:
            raise UsageError(f"the placeholder `{name}` has `{item}` where a value is needed", help=HELP)
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in found]


def current() -> Mapping[str, list[str]]:
    """The values in force, by name."""
    return _PLACEHOLDERS.get()


def placeholder_texts(name: str, span: Span | None) -> list[str]:
    """The values of a placeholder; raises `UnsupportedError` by its name where it has none."""
    found = _PLACEHOLDERS.get().get(name)
    if not found:
        raise UnsupportedError(
            f"the placeholder `%{name}%` has no value", span=span,
            help="give its values in a value file: --placeholders FILE",
        )  # fmt: skip
    return found


def read_file(path: str) -> Mapping[str, Any]:
    """A value file, YAML or JSON. Raises `UsageError` for one that cannot be read or holds no names."""
    import yaml

    try:
        data = yaml.safe_load(Path(path).read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the value file `{path}`: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        words = " ".join(str(error).split())
        raise UsageError(f"the value file `{path}` is no YAML: {words}") from None
    if not isinstance(data, dict) or not data:
        raise UsageError(f"the value file `{path}` holds no names with values", help=HELP)
    return data
