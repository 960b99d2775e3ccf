"""`fastlint init` writes a first configuration, and says what comes next."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fastlint import __version__
from fastlint.cli import CLEAN
from fastlint.cli.console import print_bytes, print_lines
from fastlint.cli.values import FolderPath

if TYPE_CHECKING:
    from fastlint.output.terminal import Line, Screen
    from fastlint.starting.place import Addition
    from fastlint.starting.survey import Survey

PRE_COMMIT = ".pre-commit-config.yaml"


@click.command("init", short_help="Write a first configuration that fits the project.")
@click.argument("path", default=".", type=FolderPath(exists=True))
@click.option("--diff", "--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
def init(path: Path, diff: bool) -> int:
    """Look through the project around PATH, and write what fastlint should know of it into pyproject.toml.

    Nothing else in that file changes. Without one, the settings get a file of their own, fastlint.toml. A
    project that has settings is left alone.
    """
    from fastlint.config import ConfigError
    from fastlint.starting.place import NoPlace

    try:
        found, addition = _prepared(path)
        if diff:
            return _show(addition)
        addition.write()
    except (ConfigError, NoPlace) as error:
        raise click.ClickException(str(error)) from error
    from fastlint.output.terminal import Screen

    print_lines(_told(found, addition, Screen.of(sys.stdout)))
    return CLEAN


def _prepared(path: Path) -> tuple[Survey, Addition]:
    from fastlint.cache.cache import Cache
    from fastlint.cli.progress import Bar
    from fastlint.cli.rules import known_rules
    from fastlint.config import load
    from fastlint.discovery import discover
    from fastlint.location import find_root, locate
    from fastlint.reading import Reading
    from fastlint.starting.place import OWN_FILE, Addition, place
    from fastlint.starting.survey import survey
    from fastlint.starting.table import table

    root = find_root([path])
    cache = Cache.of(root)
    settings = load(root, rules=known_rules(cache))
    target = place(locate(path), root, discover(root, settings, ()).files)
    with Bar() as bar:
        found = survey(settings, cache, Reading(jobs=0, progress=bar))
    folder = target.parent.relative_to(root).as_posix()
    prefix = "" if target.name == OWN_FILE else "tool.fastlint"
    return found, Addition.of(target, table(found, "" if folder == "." else folder, prefix))


def _show(addition: Addition) -> int:
    from fastlint.output import diff
    from fastlint.output.terminal import Screen, is_terminal

    old, new = ((data or b"").decode("utf-8-sig") for data in (addition.old, addition.new))
    shown = diff.render(_here(addition.path), old, new)
    if is_terminal(sys.stdout):
        print_lines(diff.paint(shown, Screen.of(sys.stdout).encoding))
    else:
        print_bytes(diff.encoded(shown, "utf-8"))
    return CLEAN


def _here(path: Path) -> str:
    from fastlint.output.text import shown_path

    return shown_path(path.parent, path.name)


# What comes next


def _told(found: Survey, addition: Addition, screen: Screen) -> Iterator[Line]:
    from fastlint.output import statistics
    from fastlint.output.cells import clean
    from fastlint.output.terminal import Piece
    from fastlint.output.text import counted

    what = "Wrote" if addition.old is None else "Added [tool.fastlint] to"
    yield [Piece(clean(f"{what} {_here(addition.path)}.", screen.encoding), "bold")]
    if not found.uses:
        yield [Piece("No file here imports FastAPI: there will be nothing to report.")]
    elif not found.declares_fastapi:
        yield [Piece("The project declares no version of fastapi: see the end of the file.")]
    if found.unread:
        yield [Piece(f"{counted(len(found.unread), 'file')} cannot be read as Python: see the file.")]
    count = len(found.report.diagnostics)
    if count:
        yield []
        yield [Piece(f"{counted(count, 'finding')} in {counted(len(found.files), 'file')} today:", "bold")]
        yield from statistics.layout(found.report, screen)
    yield []
    yield [Piece("Next:", "bold")]
    for step in _steps(found):
        yield [Piece(f"  {step}" if step else "")]


def _steps(found: Survey) -> Iterator[str]:
    if found.report.diagnostics:
        yield "fastlint            see what is found; fastlint rule NAME explains"
        yield "fastlint --diff     see what can be fixed"
        yield "fastlint baseline   keep what is found for later: from then on only what is new fails"
    else:
        yield "fastlint            run it, here and in CI"
    root = found.report.root
    if _names_us(root / PRE_COMMIT):
        return
    yield ""
    yield f"With pre-commit, below `repos:` in {PRE_COMMIT}:"
    yield "- repo: https://github.com/fastlint/fastlint"
    yield f"  rev: v{__version__}"
    yield "  hooks:"
    yield "    - id: fastlint"


def _names_us(path: Path) -> bool:
    try:
        return b"fastlint" in path.read_bytes()
    except OSError:
        return False
