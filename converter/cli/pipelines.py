"""The options for what a Sigma rule is read with: pySigma processing pipelines, and the values of its placeholders.

Each wraps a command: its body runs with what was given, and does not see the option. pySigma is imported only where
something is given.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def pipelines_option(command: F) -> F:
    @click.option(
        "-p", "--pipeline", "pipelines", multiple=True, metavar="NAME",
        help="pySigma processing pipeline for Sigma rules, in the place of our own mapping: a file, or an installed "
        "one's name. Repeatable.",
    )  # fmt: skip
    @functools.wraps(command)
    def inner(*args: Any, pipelines: tuple[str, ...], **options: Any) -> Any:
        if not pipelines:
            return command(*args, **options)
        from converter.languages.sigma.pipelines import given, resolve

        with given(resolve(pipelines)):
            return command(*args, **options)

    return inner  # type: ignore[return-value]


def placeholders_option(command: F) -> F:
    @click.option(
        "--placeholders", "placeholders_path", metavar="FILE", type=click.Path(dir_okay=False),
        help="Values of `%name%` under Sigma's modifier `expand` (YAML or JSON: a name, and one value or a list).",
    )  # fmt: skip
    @functools.wraps(command)
    def inner(*args: Any, placeholders_path: str | None, **options: Any) -> Any:
        if placeholders_path is None:
            return command(*args, **options)
        from converter.languages.sigma.placeholders import placeholder_values, read_file

        with placeholder_values(read_file(placeholders_path)):
            return command(*args, **options)

    return inner  # type: ignore[return-value]


def sigma_options(command: F) -> F:
    """Both options."""
    return pipelines_option(placeholders_option(command))
