"""`fastlint completion` prints what makes a shell complete commands, options and rules.

The script asks fastlint itself, through click
(https://click.palletsprojects.com/en/stable/shell-completion/).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from fastlint.cli import CLEAN

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem, ShellComplete

VARIABLE = "_FASTLINT_COMPLETE"
"""What the script sets to ask (`bash_complete`); `bash_source` is how click itself gives it."""
INSTALL = {
    "bash": """echo 'eval "$(fastlint completion bash)"' >> ~/.bashrc""",
    "zsh": """echo 'eval "$(fastlint completion zsh)"' >> ~/.zshrc""",
    "fish": "fastlint completion fish > ~/.config/fish/completions/fastlint.fish",
}


@click.command("completion", short_help="Print what makes a shell complete commands and rules.")
@click.argument("shell", type=click.Choice(list(INSTALL)))
def completion(shell: str) -> int:
    """Print the script that makes a shell complete commands, options and the names of rules.

    \b
    To install it, one of these lines:
      echo 'eval "$(fastlint completion bash)"' >> ~/.bashrc
      echo 'eval "$(fastlint completion zsh)"' >> ~/.zshrc
      fastlint completion fish > ~/.config/fish/completions/fastlint.fish
    """
    return print_script(shell)


def complete(app: click.Command) -> int:
    """Answer the script of a shell: what may stand where the cursor is."""
    shell, _, instruction = os.environ[VARIABLE].partition("_")
    if shell not in INSTALL or instruction not in ("complete", "source"):
        raise click.ClickException(f"{VARIABLE} is for the scripts of `fastlint completion`")
    if instruction == "source":
        return print_script(shell)
    click.echo(_made(shell, app).complete())
    return CLEAN


def print_script(shell: str) -> int:
    made = _made(shell, click.Command("fastlint"))
    script = made.source_template % made.source_vars()  # `source()` would run bash, to ask for its version
    click.echo(f"{script.strip()}\n\n# To install it: {INSTALL[shell]}")
    return CLEAN


def _made(shell: str, app: click.Command) -> ShellComplete:
    from click.shell_completion import BashComplete, FishComplete, ZshComplete

    class Bash(BashComplete):
        def get_completion_args(self) -> tuple[list[str], str]:
            arguments, incomplete = super().get_completion_args()
            return [each for each in arguments if each != "="], incomplete  # bash splits `--select=FL`

    kind = {"bash": Bash, "zsh": ZshComplete, "fish": FishComplete}[shell]
    return kind(app, {}, "fastlint", VARIABLE)


def complete_rule(context: click.Context, option: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of rules that begin like this, or their codes, each with what it reports."""
    from click.shell_completion import CompletionItem

    from fastlint.registry import all_rules, comment_rules

    rules = (*comment_rules(), *all_rules())
    is_code = incomplete[:2].upper() == "FL"
    wanted = incomplete.upper() if is_code else incomplete
    pairs = [(rule.code if is_code else rule.name, rule.summary) for rule in rules]
    return [CompletionItem(key, help=summary) for key, summary in pairs if key.startswith(wanted)]


def complete_selectors(
    context: click.Context, option: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """What `complete_rule` says for the part after the last comma."""
    from click.shell_completion import CompletionItem

    before, comma, last = incomplete.rpartition(",")
    found = complete_rule(context, option, last)
    return [CompletionItem(f"{before}{comma}{each.value}", help=each.help) for each in found]
