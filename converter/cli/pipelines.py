"""The options for what a Sigma rule is read with: pySigma processing pipelines, and the values of its placeholders."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def pipeline_option(command: F) -> F:
    return click.option(
        "-p", "--pipeline", "pipelines", multiple=True, metavar="NAME",
        help="pySigma processing pipeline for Sigma rules: a file, or an installed one's name. Repeatable; takes the "
        "place of our own mapping.",
    )(command)  # fmt: skip


def placeholders_option(command: F) -> F:
    return click.option(
        "--placeholders", "placeholders_path", metavar="FILE", type=click.Path(dir_okay=False),
        help="Values of `%name%` under Sigma's modifier `expand` (YAML or JSON: name to one or a list).",
    )(command)  # fmt: skip


def sigma_options(command: F) -> F:
    """Both options on a command; its body runs with them, and does not see them."""

    @functools.wraps(command)
    def inner(*args: Any, pipelines: tuple[str, ...], placeholders_path: str | None, **options: Any) -> Any:
        with ExitStack() as stack:
            enter(stack, pipelines, placeholders_path)
            return command(*args, **options)

    return pipeline_option(placeholders_option(inner))  # type: ignore[return-value]


def enter(stack: ExitStack, pipelines: tuple[str, ...], placeholders_path: str | None) -> None:
    """The options in force until the stack is left; pySigma is imported only where one is given."""
    if pipelines:
        from converter.languages.sigma.pipelines import given, resolve

        stack.enter_context(given(resolve(pipelines)))
    if placeholders_path is not None:
        from converter.languages.sigma.placeholders import placeholder_values, read_file

        stack.enter_context(placeholder_values(read_file(placeholders_path)))
