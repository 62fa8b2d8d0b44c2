"""`ruleproof completion`."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print a script that completes commands, options and formats in your shell.

    \b
    Examples:
      ruleproof completion bash > ~/.local/share/bash-completion/completions/ruleproof
      ruleproof completion zsh > "${fpath[1]}/_ruleproof"
      ruleproof completion fish > ~/.config/fish/completions/ruleproof.fish
    """
    from click.shell_completion import get_completion_class

    from converter.cli import cli

    maker = get_completion_class(shell)
    assert maker is not None, "click knows these three shells"
    made = maker(cli, {}, "ruleproof", "_RULEPROOF_COMPLETE")
    click.echo(made.source_template % made.source_vars())
