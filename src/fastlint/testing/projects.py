"""Small projects on disk, and what is found in them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

from fastlint.config import Settings
from fastlint.engine import lint
from fastlint.report import Report
from fastlint.testing.marks import Finding

VERSIONS = re.compile(r"^#\s*versions:\s*(?P<requirements>.+)$", re.MULTILINE)
NEXT_PACKAGE = re.compile(r",\s*(?=[A-Za-z])")
"""A comma between requirements; one between bounds has no name behind it."""
REQUIREMENT = re.compile(r"\s*(?P<package>[\w-]+)\s*(?P<specifier>.+)")

Code = str | Mapping[str, str] | Path
"""The text of one file, files by their paths, or a file or folder to copy."""


@contextmanager
def laid_out(code: Code) -> Generator[Path]:
    """The root of a project with this code, outside of every other project, for as long as it is needed."""
    with TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "project"
        if isinstance(code, Path) and code.is_dir():
            shutil.copytree(code, root, ignore=shutil.ignore_patterns("__pycache__"))
        elif isinstance(code, Path):
            root.mkdir()
            shutil.copy(code, root / code.name)
        else:
            files = {"main.py": code} if isinstance(code, str) else code
            write(root, {path: dedent(text).removeprefix("\n") for path, text in files.items()})
        yield root


def write(root: Path, files: Mapping[str, str]) -> None:
    """Write a small project."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def findings(root: Path, rules: Sequence[str] = ()) -> list[Finding]:
    """What the rules (by default those on by default) say about a folder: path, line and name of the rule.

    Raises `AssertionError` when a file could not be read, and what a rule raises.
    """
    return sorted(
        (each.place.path, each.place.span.line, each.name) for each in checked(root, rules).diagnostics
    )


def checked(root: Path, rules: Sequence[str]) -> Report:
    """`check` where nothing may go wrong: raises as `findings` does."""
    report = check(root, rules)
    if report.raised:
        raise report.raised[0]
    assert not report.problems, report.problems
    return report


def check(root: Path, rules: Sequence[str] = ()) -> Report:
    """Lint a folder as a project of its own, with the versions that its files declare."""
    return lint([root], settings(root, rules))


def settings(root: Path, rules: Sequence[str]) -> Settings:
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(root.rglob("*.py"))]
    return Settings(root=root, select=tuple(rules), versions=declared(texts))


def declared(texts: Iterable[str]) -> dict[str, str]:
    """The versions that files declare in their first lines."""
    found: dict[str, str] = {}
    for text in texts:
        for match in VERSIONS.finditer(text):
            for requirement in NEXT_PACKAGE.split(match["requirements"]):
                parts = REQUIREMENT.fullmatch(requirement)
                if parts:
                    found[parts["package"].lower()] = parts["specifier"].strip()
    return found
