"""`fastlint`: the commands, and `check` where none is named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastlint import __version__
from fastlint.cli import CLEAN, FAILED
from fastlint.cli.baseline import write_baseline
from fastlint.cli.check import check
from fastlint.cli.clean import clean
from fastlint.cli.completion import VARIABLE, complete, completion
from fastlint.cli.console import complain
from fastlint.cli.graph import show_graph
from fastlint.cli.guard import guarded
from fastlint.cli.hook import hook
from fastlint.cli.init import init
from fastlint.cli.routes import show_routes
from fastlint.cli.rules import show_rule, show_rules

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Commands(click.Group):
    """The commands; arguments that name none of them are those of `check`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.resilient_parsing and not args:  # a shell completes the first word
            return super().parse_args(ctx, args)
        if not args or args[0] not in (*self.commands, *ctx.help_option_names, "--version"):
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, and files where none begins like this."""
        from click.shell_completion import CompletionItem

        files = [] if incomplete.startswith("-") else [CompletionItem(incomplete, type="file")]
        return [*files, *super().shell_complete(ctx, incomplete)]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "[OPTIONS] [PATH]...")
        formatter.write_usage(ctx.command_path, "COMMAND ...", prefix=" " * len("Usage: "))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        check.format_options(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        check.format_epilog(ctx, formatter)


app = Commands(
    name="fastlint",
    help=check.help,
    commands={
        "check": check,
        "baseline": write_baseline,
        "rules": show_rules,
        "rule": show_rule,
        "routes": show_routes,
        "graph": show_graph,
        "clean": clean,
        "hook": hook,
        "completion": completion,
        "init": init,
    },
    params=[parameter for parameter in check.params if isinstance(parameter, click.Option)],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def run(arguments: list[str]) -> int:
    """Run one command line and give its exit code; whatever goes wrong is one line on stderr."""
    return guarded(lambda: _invoke(arguments), is_verbose="--verbose" in arguments or "-v" in arguments)


def _invoke(arguments: list[str]) -> int:
    if not _is_somewhere():
        complain("the current folder does not exist any more")
        return FAILED
    if VARIABLE in os.environ:
        return complete(app)
    with app.make_context("fastlint", arguments) as context:
        code: Any = app.invoke(context)
    return code if isinstance(code, int) else CLEAN


def _is_somewhere() -> bool:
    try:
        Path.cwd()
    except OSError:
        return False
    return True


__all__ = ["__version__", "app", "run"]
