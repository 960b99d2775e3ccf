"""The worked example of `docs/adopting.md`, typed again: `python -m tests.session` writes what is printed.

In its section, each `$ command` of a console is run, in one shell and one after the other, and each diff is
applied. What follows a command up to the next is what it prints.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "adopting.md"
SECTION = "\n## A worked example\n"
BLOCK = re.compile(r"(?<=^```)(console|diff)\n(.*?)(?=^```$)", re.DOTALL | re.MULTILINE)
DURATION = re.compile(r"\(\d+\.\d\d s\)")
MARK = "-- this was printed --"


def typed_again(page: str, home: Path) -> str:
    """The page with what its commands print in an empty home folder."""
    before, heading, section = page.partition(SECTION)
    blocks = BLOCK.findall(section)
    (home / "session.sh").write_text(f"mark() {{ code=$?; echo '{MARK}'; return $code; }}\n{_script(blocks)}")
    printed = iter(_run(home).split(f"{MARK}\n"))

    def block(found: re.Match[str]) -> str:
        language, text = found.groups()
        if language == "diff":
            next(printed)
            return found[0]
        return f"{language}\n" + "".join(f"$ {each}\n{next(printed)}" for each in _commands(text))

    return before + heading + BLOCK.sub(block, section)


def without_durations(page: str) -> str:
    return DURATION.sub("(0.00 s)", page)


def _script(blocks: list[tuple[str, str]]) -> str:
    lines: list[str] = []
    for language, text in blocks:
        if language == "diff":
            lines += [f"git apply - <<'DIFF'\n{text}DIFF", "mark"]
        else:
            lines += [line for command in _commands(text) for line in (command, "mark")]
    return "\n".join(lines) + "\n"


def _commands(text: str) -> list[str]:
    return [line[2:] for line in text.splitlines() if line.startswith("$ ")]


def _run(home: Path) -> str:
    who = {f"GIT_{role}_{what}": "ada" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**who, "HOME": str(home), "PATH": path, "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["bash", str(home / "session.sh")],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode("utf-8")


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        PAGE.write_text(typed_again(PAGE.read_text(encoding="utf-8"), Path(folder)), encoding="utf-8")
