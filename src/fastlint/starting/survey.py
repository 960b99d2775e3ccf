"""What a project looks like to someone who sets fastlint up in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastlint.cache.cache import Cache
from fastlint.config import Settings
from fastlint.declared import Declared
from fastlint.engine import Run
from fastlint.reading import Reading
from fastlint.report import Report
from fastlint.roots import guessed_roots

TESTS = re.compile(r"(?:.*/)?tests?(?=/)")
"""The folder of tests that a file is in."""


@dataclass(frozen=True)
class Survey:
    """What was found; all paths are relative to the root.

    `uses` are files that can touch the framework, `roots` those source roots that only the layout tells,
    `unread` is what is no Python, `in_tests` has the rules that find something in a folder of tests alone.
    """

    report: Report
    files: Sequence[str]
    uses: Sequence[str]
    roots: Sequence[str]
    unread: Sequence[str]
    in_tests: dict[str, list[str]]
    declares_fastapi: bool


def survey(settings: Settings, cache: Cache, reading: Reading) -> Survey:
    """Look through the project of some settings. Raises `ConfigError`."""
    run = Run([settings.root], settings, cache, reading)
    report = run.report()
    uses, files = run.files.relevant, run.found.files
    return Survey(
        report=report,
        files=files,
        uses=uses,
        roots=_worth_saying(guessed_roots(settings.root, files, run.settings), uses),
        unread=sorted({problem.path for problem in report.problems} & {*files}),
        in_tests=_in_tests(report),
        declares_fastapi=_declares_fastapi(settings.root, run.settings, uses),
    )


def _worth_saying(roots: Sequence[str], uses: Sequence[str]) -> list[str]:
    """The source roots of code that matters; tests import each other in ways that nobody has to know."""
    return [
        root
        for root in roots
        if not TESTS.match(f"{root}/") and any(path.startswith(f"{root}/") for path in uses)
    ]


def _in_tests(report: Report) -> dict[str, list[str]]:
    folders: dict[str, set[str]] = {}
    for each in report.diagnostics:
        tests = TESTS.match(each.place.path)
        folders.setdefault(each.name, set()).add(tests[0] if tests else "")
    found: dict[str, list[str]] = {}
    for name, inside in sorted(folders.items()):
        for folder in sorted(inside) if "" not in inside else ():
            found.setdefault(folder, []).append(name)
    return found


def _declares_fastapi(root: Path, settings: Settings, uses: Sequence[str]) -> bool:
    declared = Declared(root, settings)
    return any(declared.versions(path).declared("fastapi") for path in uses)
