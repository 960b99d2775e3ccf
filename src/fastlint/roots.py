"""From where the absolute imports of a project resolve."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fastlint import disk, toml
from fastlint.location import IMPORT_MARKERS, MARKERS

if TYPE_CHECKING:
    from fastlint.config import Settings


def source_roots(root: Path, files: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """The folders (`""` is the root) from which absolute imports resolve, the most explicit first.

    First the `src` of the settings, then what the project's build and test tools declare, then what the
    layout says: the root, folders with a project file and their `src`, the parents of packages.
    """
    declared, natural, guessed = _roots(root, files, settings)
    return tuple(dict.fromkeys([*declared, *sorted(natural | guessed)]))


def guessed_roots(root: Path, files: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """Those that neither anyone declares nor a project file shows: the parents of packages."""
    declared, natural, guessed = _roots(root, files, settings)
    return tuple(sorted(guessed - natural - {*declared}))


def _roots(root: Path, files: Sequence[str], settings: Settings) -> tuple[list[str], set[str], set[str]]:
    """What is declared, in order; what the layout says for sure; and what it suggests."""
    folders = _folders(files)
    packages = {_parent(file) for file in files if posixpath.basename(file) == "__init__.py"}
    declared = [_inside(path) for path in settings.own_folders]
    built: list[str | None] = []
    natural = {""}
    for folder in sorted(folders):
        present = _markers_in(os.path.join(root, folder))  # noqa: PTH118 - asked of each folder: a Path is slow
        if not present.isdisjoint(IMPORT_MARKERS):
            natural |= {folder, *({_join(folder, "src")} & folders - packages)}
            built += [_inside(_join(folder, path)) for path in _declared(root / folder, present)]
        elif present and folder not in packages:
            natural.add(folder)
    known = {*declared, *built, *natural}
    guessed = {_parent(_outermost(package, packages, known)) for package in packages - {""}}
    return [path for path in (*declared, *built) if path is not None], natural, guessed


def _markers_in(folder: str) -> set[str]:
    return {name for name in MARKERS if os.path.isfile(f"{folder}{os.sep}{name}")}  # noqa: PTH113 - as above


def _folders(files: Iterable[str]) -> set[str]:
    """Every folder that holds one of these files, at any depth."""
    found = {""}
    for file in files:
        folder = _parent(file)
        while folder not in found:
            found.add(folder)
            folder = _parent(folder)
    return found


def _outermost(package: str, packages: set[str], roots: set[str | None]) -> str:
    """The highest package around this one below a source root: one folder without `__init__.py` in between
    does not end a package, it is a namespace in it."""
    outermost = package
    folder = _parent(package)
    while folder not in roots:
        if folder in packages:
            outermost = folder
        folder = _parent(folder)
    return outermost


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _join(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path.replace("\\", "/")))


def _inside(path: str) -> str | None:
    """The path relative to the root in its one spelling, or None when it leads out or is a glob."""
    path = posixpath.normpath(path.replace("\\", "/"))
    if path.startswith(("/", "../")) or path == ".." or "*" in path:
        return None
    return "" if path == "." else path


def _declared(folder: Path, present: set[str]) -> Iterator[str]:
    if "pyproject.toml" in present:
        yield from _declared_in_pyproject(folder / "pyproject.toml")
    if "setup.cfg" in present:
        yield from _declared_in_setup_cfg(folder / "setup.cfg")


def _declared_in_pyproject(path: Path) -> Iterator[str]:
    """Source folders in the words of setuptools, poetry, hatch, uv, pdm and pytest; another tool's errors
    are left to it."""
    try:
        document = toml.parse(disk.read(path).decode("utf-8-sig"))
    except (OSError, ValueError):
        return
    tool = toml.table(document, "tool")
    setuptools = toml.table(tool, "setuptools")
    yield from _package_directories(toml.table(setuptools, "package-dir").items())
    yield from _texts(toml.table(setuptools, "packages", "find").get("where"))
    for package in _list(toml.table(tool, "poetry").get("packages")):
        if isinstance(package, dict):
            yield from _texts(cast("dict[str, Any]", package).get("from"))
    for hatch in (toml.table(tool, "hatch", "build"), toml.table(tool, "hatch", "build", "targets", "wheel")):
        yield from (_parent(package) or "." for package in _texts(hatch.get("packages")))
        yield from _hatch_sources(hatch.get("sources"))
    yield from _texts(toml.table(tool, "uv", "build-backend").get("module-root"))
    yield from _texts(toml.table(tool, "pdm", "build").get("package-dir"))
    for pytest in (toml.table(tool, "pytest"), toml.table(tool, "pytest", "ini_options")):
        declared = pytest.get("pythonpath")
        yield from declared.split() if isinstance(declared, str) else _texts(declared)


def _hatch_sources(sources: object) -> Iterator[str]:
    """`sources = ["src"]` and `sources = {"src" = ""}` both take the folder off the path."""
    yield from _texts(sources)
    if isinstance(sources, dict):
        yield from _package_directories(
            (to, folder) for folder, to in cast("dict[str, Any]", sources).items() if isinstance(to, str)
        )


def _package_directories(pairs: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """The source root behind each `package = folder`: `lib` for `"a.b" = "lib/a/b"`, and for `"" = "lib"`."""
    for package, folder in pairs:
        tail = package.replace(".", "/").strip("/")
        if not isinstance(folder, str):
            continue
        path = folder.rstrip("/")
        if not tail:
            yield path or "."
        elif f"/{path}".endswith(f"/{tail}"):
            yield path[: -len(tail)] or "."


def _declared_in_setup_cfg(path: Path) -> Iterator[str]:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(disk.read(path).decode("utf-8-sig"))
    except (OSError, ValueError, configparser.Error):
        return
    lines = parser.get("options", "package_dir", fallback="").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line)
    yield from _package_directories((package.strip(), folder.strip()) for package, _, folder in pairs)
    yield from parser.get("options.packages.find", "where", fallback="").split()
    yield from parser.get("tool:pytest", "pythonpath", fallback="").split()


def _list(value: object) -> list[Any]:
    return [*cast("Iterable[Any]", value)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in _list(value) if isinstance(item, str)]
