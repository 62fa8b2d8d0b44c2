"""The command line: thin click commands, one file each under `commands`, found by discovery."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from typing import Any

import click

from converter import __version__
from converter.cli import commands
from converter.diagnostics import ConverterError

EXIT_CLEAN, EXIT_FINDINGS, EXIT_USAGE, EXIT_DEFECT = 0, 1, 2, 3


class Discovered(click.Group):
    """Commands are the modules of `converter.cli.commands`; each defines `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(m.name.rstrip("_") for m in pkgutil.iter_modules(commands.__path__) if m.name[0] != "_")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for module in (cmd_name, f"{cmd_name}_"):  # `list_` and the like: names that Python keeps
            if any(m.name == module for m in pkgutil.iter_modules(commands.__path__)):
                found = importlib.import_module(f"{commands.__name__}.{module}").command
                assert isinstance(found, click.Command)
                return found
        return None


@click.group(cls=Discovered, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="ruleproof")
def cli() -> None:
    """Port detection rules between Elastic Security and Sigma, and prove that the port matches the same events.

    \b
    Exit codes: 0 clean, 1 findings (forms differ, a port was refused, a check fired),
    2 wrong use or unreadable input, 3 a defect of ruleproof itself.

    \b
    Examples:
      ruleproof port rule.toml                 # an Elastic rule as Sigma, with the verdict
      ruleproof prove rule.toml rule.yml       # do these two match the same events?
      ruleproof export rules/ -o output/       # all forms that are proven
    """


def main(args: list[str] | None = None) -> Any:
    """Entry point: every error that was foreseen is a text for a person, never a traceback."""
    try:
        code = cli.main(args=args, prog_name="ruleproof", standalone_mode=False)
    except click.exceptions.Exit as done:
        code = done.exit_code
    except click.ClickException as error:
        error.show()
        code = EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = 130
    except ConverterError as error:
        click.echo(error.render(), err=True)
        code = EXIT_USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except Exception as error:  # the one place where a defect of our own ends
        if os.environ.get("RULEPROOF_TRACE"):
            raise
        click.echo(
            f"error[defect]: ruleproof failed on this input: {type(error).__name__}: {error}\n"
            "help: run again with RULEPROOF_TRACE=1 for the trace, and report it with the input",
            err=True,
        )
        code = EXIT_DEFECT
    sys.exit(code if isinstance(code, int) else EXIT_CLEAN)
