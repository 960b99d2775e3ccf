"""`fastlint`: the commands, and `check` where none is named."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from fastlint import __version__
from fastlint.cli import CLEAN, FAILED
from fastlint.cli.baseline import write_baseline
from fastlint.cli.check import check
from fastlint.cli.clean import clean
from fastlint.cli.console import complain
from fastlint.cli.graph import show_graph
from fastlint.cli.hook import hook
from fastlint.cli.routes import show_routes
from fastlint.cli.rules import show_rule, show_rules

COMPLETION = "_FASTLINT_COMPLETE"


class Commands(click.Group):
    """The commands; arguments that name none of them are those of `check`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, *ctx.help_option_names, "--version"):
            args = ["check", *args]
        return super().parse_args(ctx, args)

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
    },
    params=[parameter for parameter in check.params if isinstance(parameter, click.Option)],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def run(arguments: list[str]) -> int:
    """Run one command line and give its exit code; whatever goes wrong is one line on stderr."""
    if not _is_somewhere():
        complain("the current folder does not exist any more")
        return FAILED
    try:
        return _invoke(arguments)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.UsageError as error:
        complain(f"{error.format_message()} (see `{_help(error)}`)")
    except click.ClickException as error:
        complain(error.format_message())
    except OSError as error:
        if isinstance(error, BrokenPipeError) or _is_output(error):
            raise
        complain(_internal(error, arguments))
    except Exception as error:
        complain(_internal(error, arguments))
    return FAILED


def _is_somewhere() -> bool:
    try:
        Path.cwd()
    except OSError:
        return False
    return True


def _invoke(arguments: list[str]) -> int:
    if COMPLETION in os.environ:
        app.main(arguments, prog_name="fastlint")
    with app.make_context("fastlint", arguments) as context:
        code: Any = app.invoke(context)
    return code if isinstance(code, int) else CLEAN


def _help(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "fastlint"
    return f"{path.removesuffix(' check')} --help"


def _is_output(error: OSError) -> bool:
    """Whether standard output refused what was written: such an error names no file."""
    return error.filename is None and any(
        Path(frame.filename).parts[-2:] in OUTPUT for frame in traceback.extract_tb(error.__traceback__)
    )


OUTPUT = {("output", "terminal.py"), ("cli", "console.py")}


def _internal(error: Exception, arguments: list[str]) -> str:
    """One line for what should not have happened, with the traceback before it for whoever asks."""
    if "--verbose" in arguments or "-v" in arguments:
        sys.stderr.write(traceback.format_exc())
    place = _innermost(error)
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return f"internal error in {place}: {said} (please report; --verbose shows the traceback)"


def _innermost(error: Exception) -> str:
    """The last place in fastlint or its rules on the way to the error, as `module:line`."""
    frames = [
        (module, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if (module := str(frame.f_globals.get("__name__", ""))).startswith("fastlint")
    ]
    module, line = frames[-1] if frames else ("fastlint", 0)
    return f"{module}:{line}"


__all__ = ["__version__", "app", "run"]
