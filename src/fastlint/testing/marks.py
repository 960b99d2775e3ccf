"""What the marks in some files say: `# expect: rule-name`, several with commas."""

from __future__ import annotations

import re
from pathlib import Path

EXPECTATION = re.compile(r"#\s*expect:\s*(?P<names>[\w-]+(?:\s*,\s*[\w-]+)*)")

Finding = tuple[str, int, str]
"""The path of a file, a line from 1, and the name of a rule."""


def expected(root: Path) -> list[Finding]:
    """The expectations that the lines of a folder's files carry."""
    return sorted(
        (path.relative_to(root).as_posix(), number, name)
        for path in root.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1)
        for name in _names(line)
    )


def _names(line: str) -> list[str]:
    match = EXPECTATION.search(line)
    return [name.strip() for name in match["names"].split(",")] if match else []
