"""`fastlint clean` removes the cache of a project."""

from __future__ import annotations

from pathlib import Path

import click

from fastlint.cli import CLEAN
from fastlint.cli.values import FolderPath


@click.command("clean", short_help="Remove the cache.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--cache-dir",
    type=FolderPath(),
    metavar="DIR",
    help="The cache to remove (default: .fastlint_cache in the project's root).",
)
def clean(paths: tuple[Path, ...], cache_dir: Path | None) -> int:
    """Remove what earlier runs over the project around PATH have left for later ones."""
    from fastlint.cache import store
    from fastlint.cli.console import tell
    from fastlint.cli.project import root_of

    folder = cache_dir or root_of(paths or (Path(),)) / store.FOLDER
    try:
        removed = store.clean(folder)
    except OSError as error:
        raise click.ClickException(f"cannot remove {folder}: {error.strerror or error}") from error
    if folder.is_symlink():
        tell(f"{folder} is a link, which is left alone: nothing was removed.")
        return CLEAN
    tell(f"Removed {folder}." if removed else f"There is no cache in {folder}.")
    return CLEAN
