"""Questions to git, asked so that nothing in a repository is changed or can make git run something.

No hook, file system monitor, pager, filter or diff driver runs, and nothing is fetched.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

PROGRAM = "git.exe" if sys.platform == "win32" else "git"
OPTIONS = (
    *("--no-pager", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=", "-c", f"core.hooksPath={os.devnull}"),
)
ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",  # for what git older than 2.44 fetches lazily
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
PATHS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
OWN = (*PATHS, "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_PREFIX", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE")
"""What the environment says of one repository, as for hooks (https://git-scm.com/docs/githooks)."""
LARGEST = 50_000_000
"""Bytes: a larger file is data, whatever its name."""


class GitError(Exception):
    """What git cannot do or say, in one line."""


class Repository:
    """The repository around a folder. Paths of it are relative to that folder, which need not be its top."""

    def __init__(self, folder: Path, *, is_submodule: bool = False) -> None:
        self.folder = folder
        self._program = _program()
        self._environment = _environment()
        if is_submodule or self._is_foreign():
            for name in OWN:
                self._environment.pop(name, None)

    def ask(self, *arguments: str) -> bytes:
        """What git answers. Raises `GitError`."""
        done = self._run(arguments)
        if done.returncode:
            raise GitError(_first_line(done.stderr) or f"`git {arguments[0]}` failed")
        return done.stdout

    def word(self, *arguments: str) -> str:
        """The one line that git answers; empty where it says no."""
        done = self._run(arguments)
        return "" if done.returncode else os.fsdecode(done.stdout).rstrip("\n")

    def lines(self, *arguments: str) -> list[str]:
        """What git answers with `-z`. Raises `GitError`."""
        return os.fsdecode(self.ask(*arguments)).split("\0")[:-1]

    def contents(self, names: Sequence[str]) -> Iterator[bytes | None]:
        """The content of each of these objects; None for what is too large. Raises `GitError`."""
        with tempfile.TemporaryFile() as asked:
            asked.write("".join(f"{name}\n" for name in names).encode())
            asked.seek(0)
            command = self._command(("cat-file", "--batch", "--buffer"))
            with subprocess.Popen(
                command,
                cwd=self.folder,
                env=self._environment,
                stdin=asked,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            ) as process:
                assert process.stdout is not None
                for _ in names:
                    yield _content(process.stdout)

    def _run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            self._command(arguments),
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [self._program, *OPTIONS, *arguments]

    def _is_foreign(self) -> bool:
        """Whether the environment speaks of another repository, whose hook started us."""
        claimed = self._environment.get("GIT_DIR") or _folder_of_index(self._environment)
        if not claimed:
            return False
        plain = {name: value for name, value in self._environment.items() if name not in OWN}
        command = self._command(("rev-parse", "--absolute-git-dir"))
        done = subprocess.run(command, cwd=self.folder, env=plain, capture_output=True, check=False)
        own = os.fsdecode(done.stdout).rstrip("\n")
        return bool(own) and os.path.realpath(own) != os.path.realpath(claimed)


def _program() -> str:
    """Where git is: never in the current folder, where Windows looks first."""
    for folder in filter(os.path.isabs, os.get_exec_path()):
        path = Path(folder, PROGRAM)
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    raise GitError("git is not installed, or not in PATH")


def _environment() -> dict[str, str]:
    """Ours for git; relative paths in it are meant from the current folder."""
    given = {**os.environ, **ENVIRONMENT}
    return {**given, **{name: str(Path(given[name]).absolute()) for name in PATHS if given.get(name)}}


def _folder_of_index(environment: dict[str, str]) -> str:
    """The git folder that the index of the environment lies in, if it does in one."""
    folder = Path(environment.get("GIT_INDEX_FILE", "")).parent
    return str(folder) if "GIT_INDEX_FILE" in environment and (folder / "HEAD").exists() else ""


def _content(stream: IO[bytes]) -> bytes | None:
    """The next answer of `git cat-file --batch` (https://git-scm.com/docs/git-cat-file#_batch_output)."""
    words = stream.readline().split()
    if len(words) != 3:
        raise GitError(
            "git does not have all files of that commit: this is a partial clone (`git fetch --refetch "
            "--no-filter` makes it a whole one), or it is damaged (`git fsck` tells)"
        )
    left = int(words[2]) + 1
    if left > LARGEST:
        while left > 0 and (read := stream.read(min(left, 1 << 20))):
            left -= len(read)
        return None
    return stream.read(left)[:-1]


def _first_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").splitlines()
    return f"git says: {lines[0].removeprefix('fatal: ').removeprefix('error: ')}" if lines else ""
