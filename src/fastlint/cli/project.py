"""What commands have in common that show a project, and change nothing in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fastlint.cli.values import FilePath

if TYPE_CHECKING:
    from fastlint.engine import Understanding
    from fastlint.report import Report

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path, readable=False)),
    click.option(
        "--config",
        type=FilePath(),
        metavar="FILE",
        help="Read the configuration from this file.",
    ),
    click.option("--isolated", is_flag=True, help="Read no configuration."),
    click.option("--no-cache", is_flag=True, help="Neither use nor keep what was found before."),
)


def project_options(command: F) -> F:
    """The paths and options by which a project is found."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def root_of(paths: Sequence[Path]) -> Path:
    """The root of the project around some paths. Raises `click.UsageError` where they are of several."""
    from fastlint.location import DifferentProjects, find_root

    try:
        return find_root(paths)
    except DifferentProjects as error:
        raise click.UsageError(str(error)) from None


def understood(paths: Sequence[Path], config: Path | None, isolated: bool, no_cache: bool) -> Understanding:
    """The project around some paths. Raises `click.ClickException` where it cannot be read."""
    from fastlint import engine
    from fastlint.cache.cache import Cache
    from fastlint.cli.progress import Bar
    from fastlint.cli.rules import known_rules
    from fastlint.config import ConfigError, load

    if config and isolated:
        raise click.UsageError("--isolated reads no configuration: leave out --config")
    for path in paths:
        if not os.path.lexists(path):
            raise click.UsageError(f"no such file or directory: {path}")
    targets = tuple(paths) or (Path(),)
    root = root_of(targets)
    cache = Cache(None) if no_cache else Cache.of(root, None)
    try:
        settings = load(root, config=config, isolated=isolated, rules=known_rules(cache)).override()
        with Bar() as bar:
            return engine.understand(targets, settings, cache=cache, jobs=0, progress=bar)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def names_tests(paths: Sequence[Path], report: Report) -> bool:
    """Whether one of the paths is a test suite, or a part of one."""
    from fastlint.model.suites import is_test

    shown = (os.path.relpath(path.absolute(), report.root).replace(os.sep, "/") for path in paths)
    return any(is_test(path) or is_test(f"{path}/module.py") for path in shown)


def exit_code(report: Report) -> int:
    """2 where something could not be read, which is told; else 0: to look at a project finds no fault."""
    from fastlint.cli import CLEAN, FAILED
    from fastlint.cli.console import complain
    from fastlint.cli.deliver import problem_line

    for problem in report.problems:
        complain(problem_line(report, problem))
    return FAILED if report.problems else CLEAN
