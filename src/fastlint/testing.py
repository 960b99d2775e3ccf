"""The kit that rules are tested with, ours and anyone's.

A case is a file, or a folder that is one small project. A line on which a rule must report ends in
`# expect: rule-name` (several with commas); every other line must stay silent. The first lines may declare
versions: `# versions: fastapi==0.115`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from fastlint.config import Settings
from fastlint.engine import lint
from fastlint.report import Report

EXPECTATION = re.compile(r"#\s*expect:\s*(?P<names>[\w-]+(?:\s*,\s*[\w-]+)*)")
VERSIONS = re.compile(r"^#\s*versions:\s*(?P<requirements>.+)$", re.MULTILINE)
REQUIREMENT = re.compile(r"\s*(?P<package>[\w-]+)\s*(?P<specifier>.+)")

Finding = tuple[str, int, str]


def findings(root: Path, rules: Sequence[str] = ()) -> list[Finding]:
    """What the rules (by default those on by default) say about a folder: path, line and name of the rule.

    Raises `AssertionError` when a file could not be read.
    """
    report = check(root, rules)
    assert not report.problems, report.problems
    return sorted((each.place.path, each.place.span.line, each.name) for each in report.diagnostics)


def check(root: Path, rules: Sequence[str] = ()) -> Report:
    """Lint a folder as a project of its own, with the versions that its files declare."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(root.rglob("*.py"))]
    settings = Settings(root=root, select=tuple(rules), versions=declared(texts))
    return lint([root], settings)


def expected(root: Path) -> list[Finding]:
    """The expectations that the lines of a folder's files carry."""
    return sorted(
        (path.relative_to(root).as_posix(), number, name)
        for path in root.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1)
        for name in _names(line)
    )


def write(root: Path, files: Mapping[str, str]) -> None:
    """Write a small project."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def declared(texts: Iterable[str]) -> dict[str, str]:
    """The versions that files declare in their first lines."""
    found: dict[str, str] = {}
    for text in texts:
        for match in VERSIONS.finditer(text):
            for requirement in match["requirements"].split(","):
                parts = REQUIREMENT.fullmatch(requirement)
                if parts:
                    found[parts["package"].lower()] = parts["specifier"].strip()
    return found


def _names(line: str) -> list[str]:
    match = EXPECTATION.search(line)
    return [name.strip() for name in match["names"].split(",")] if match else []
