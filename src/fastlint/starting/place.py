"""Where a first configuration goes, and how it gets there without disturbing what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastlint import toml
from fastlint.fixing.files import NotWritten, replace
from fastlint.location import find_config

PYPROJECT = "pyproject.toml"
OWN_FILE = "fastlint.toml"


class NoPlace(Exception):  # noqa: N818 - it reads as what it is
    """Nothing can be written; says why, in one line that names the file."""


def place(start: Path, root: Path, files: Sequence[str]) -> Path:
    """The file for the settings of a project: the pyproject.toml of a folder, of the nearest one above or of
    the only one below that has one, else a file of our own in the root.

    Raises `NoPlace` where there are settings.
    """
    target = _pyproject(start, root, files) or root / OWN_FILE
    for folder in _upwards(target.parent, root):
        if found := find_config(folder):
            raise NoPlace(f"{found} has settings of fastlint already")
    return target


def _pyproject(start: Path, root: Path, files: Sequence[str]) -> Path | None:
    for folder in _upwards(start, root):
        if (folder / PYPROJECT).is_file():
            return folder / PYPROJECT
    folders = {folder for file in files for folder in _upwards((root / file).parent, root)}
    below = [folder / PYPROJECT for folder in folders if (folder / PYPROJECT).is_file()]
    return below[0] if len(below) == 1 else None


def _upwards(folder: Path, root: Path) -> Iterator[Path]:
    while folder.is_relative_to(root):
        yield folder
        folder = folder.parent


@dataclass(frozen=True)
class Addition:
    """A file before and after; there is none before where `old` is None."""

    path: Path
    old: bytes | None
    new: bytes

    @classmethod
    def of(cls, path: Path, table: str) -> Addition:
        """The file with our table at its end. Raises `NoPlace`."""
        if path.name == OWN_FILE:
            return cls(path, None, table.encode())
        try:
            data = path.read_bytes()
            return cls(path, data, _with_table(data, table))
        except OSError as error:
            raise NoPlace(f"{path}: cannot be read: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise NoPlace(f"{path}: is not UTF-8") from error
        except (ValueError, RecursionError) as error:
            raise NoPlace(f"{path}: {error}") from error

    def write(self) -> None:
        """Raises `NoPlace` where that cannot be; the file is as it was then."""
        try:
            if self.old is None:
                with self.path.open("xb") as file:
                    file.write(self.new)
            else:
                replace(self.path, self.old, self.new)
        except OSError as error:
            raise NoPlace(f"{self.path}: cannot be written: {error.strerror or error}") from error
        except NotWritten as error:
            raise NoPlace(f"{self.path}: {error}") from error


def _with_table(data: bytes, table: str) -> bytes:
    """Raises `ValueError` for what is no TOML, and where our table changes what the rest means."""
    text = data.decode("utf-8-sig")
    before = toml.parse(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n")
    gap = "" if not lines or lines.endswith("\n\n") else "\n" if lines.endswith("\n") else "\n\n"
    added = (gap + table).replace("\n", newline)
    if not _is_kept(before, text + added):
        raise ValueError("`tool` is written so that no table can be added: put one into fastlint.toml")
    return data + added.encode()


def _is_kept(before: dict[str, object], text: str) -> bool:
    try:
        after = dict(toml.parse(text))
    except ValueError:
        return False
    after["tool"] = {key: value for key, value in toml.table(after, "tool").items() if key != "fastlint"}
    return after == {**before, "tool": toml.table(before, "tool")}
