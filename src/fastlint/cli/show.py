"""`--show-files` and `--show-settings`: what a run would check, and with which settings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fastlint.cli import CLEAN, FAILED
from fastlint.cli.console import complain, print_bytes, print_lines
from fastlint.discovery import Found
from fastlint.location import locate
from fastlint.output.cells import clean
from fastlint.output.terminal import Piece, Screen
from fastlint.output.text import shown_path

if TYPE_CHECKING:
    from fastlint.cache.cache import Cache
    from fastlint.cli.request import Request
    from fastlint.config import Settings


def show(request: Request, settings: Settings, cache: Cache) -> int:
    """Print what was asked for; the exit code tells whether everything could be looked at."""
    from fastlint.config import ConfigError
    from fastlint.engine import find
    from fastlint.overlay import inside

    given = {locate(request.stdin_filename): b""} if request.stdin_filename else {}
    overlay = inside(settings.root, given)
    try:
        found, settings = find(request.targets, settings, cache.rules(), overlay)
    except ConfigError as error:  # in the settings of a folder
        raise click.ClickException(str(error)) from error
    if request.show_files:
        _print_files(request, settings.root, found)
    else:
        _print_settings(request, settings, cache)
    for problem in found.problems:
        complain(str(problem))
    return FAILED if found.problems else CLEAN


def _print_files(request: Request, root: Path, found: Found) -> None:
    paths = sorted(shown_path(root, path) for path in found.targets)
    if request.outputs[0].format == "json":
        from fastlint.output.json import encode

        print_bytes(encode(paths))
        return
    encoding = Screen.of(sys.stdout).encoding
    print_lines([Piece(clean(path, encoding))] for path in paths)


def _print_settings(request: Request, settings: Settings, cache: Cache) -> None:
    from fastlint.effective import effective
    from fastlint.output import settings as output

    paths = [_relative(path, settings.root) for path in request.targets]
    failing = {"fail-on": request.fail_on, "max-warnings": request.max_warnings} if request.fail_on else {}
    found = effective(settings, paths, cache.rules(), failing)
    if request.outputs[0].format == "json":
        print_bytes(output.render_json(found))
    else:
        print_lines(output.layout(found, Screen.of(sys.stdout)))


def _relative(path: Path, root: Path) -> str:
    """The path below the root, with a slash behind a folder; the root is `./`."""
    located = locate(path)
    relative = located.relative_to(root).as_posix() if located.is_relative_to(root) else "."
    return f"{relative}/" if located.is_dir() else relative
