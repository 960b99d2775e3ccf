"""How long fastlint takes, beside other linters, on the same files in one run.

`python -m tests.benchmark PATH` copies a project, times each command in turn, several times over, and prints
medians and ratios as a table. `--peers` installs other linters into an environment of their own. `--growth`
times generated projects of growing size instead.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PEERS = {
    "ruff": ["ruff"],
    "bandit": ["bandit"],
    "pylint": ["pylint"],
    "flake8-async": ["flake8", "flake8-async"],
}
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Python programs are timed as they run everywhere, with their bytecode kept."""

SLOW = ("pylint", "flake8-async")
"""These take minutes on a large project, and are run once."""


@dataclass
class Contender:
    """A command, what is done before each run of it, and what was measured: seconds, and MiB at the peak."""

    name: str
    command: list[str]
    prepare: Callable[[], object] = lambda: None
    once: bool = False
    seconds: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)

    def run(self, folder: Path) -> None:
        self.prepare()
        started = time.perf_counter()
        with Path(os.devnull).open("wb") as nothing:
            process = subprocess.Popen(
                self.command, cwd=folder, stdout=nothing, stderr=nothing, env=ENVIRONMENT
            )
            _, status, usage = os.wait4(process.pid, 0)
        self.seconds.append(time.perf_counter() - started)
        self.peaks.append(usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024))
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            sys.exit(f"{self.name} ended with {process.returncode}: {' '.join(self.command)}")

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", help="a project to copy and lint")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", default="ruff", help=f"some of {', '.join(PEERS)}, or all (default: ruff)")
    parser.add_argument("--venv", type=Path, default=Path.home() / ".cache" / "fastlint-benchmark")
    parser.add_argument("--change", help="the file to change for the run with one changed file")
    parser.add_argument("--growth", action="store_true", help="time generated projects of growing size")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if options.growth:
            grow(Path(scratch), options.runs)
        elif options.path is None:
            parser.error("which project?")
        else:
            folder = Path(scratch) / "project"
            shutil.copytree(options.path, folder, ignore=shutil.ignore_patterns(".git", ".*_cache", ".venv"))
            names = [*PEERS] if options.peers == "all" else options.peers.split(",")
            found = [*ours(folder, options.change), *peers(folder, options.venv, names), *starts()]
            measure(found, folder, options.runs)
            show(found)


def fastlint(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("fastlint")), *arguments]


def ours(folder: Path, change: str | None) -> list[Contender]:
    changed = folder / change if change else _largest(folder)
    count = iter(range(1_000_000))

    def change_one() -> None:
        subprocess.run(fastlint("."), cwd=folder, capture_output=True, check=False)
        with changed.open("a", encoding="utf-8") as file:
            file.write(f"\n\ndef added_{next(count)}(number: int) -> int:\n    return number + 1\n")

    def warm_up() -> None:
        subprocess.run(fastlint("."), cwd=folder, capture_output=True, check=False)

    return [
        Contender("fastlint, cold", fastlint("."), lambda: shutil.rmtree(folder / ".fastlint_cache", True)),
        Contender("fastlint, cold, one process", fastlint("--no-cache", "-j", "1", ".")),
        Contender("fastlint, nothing changed", fastlint("."), warm_up),
        Contender(f"fastlint, {changed.name} changed", fastlint("."), change_one),
    ]


def _largest(folder: Path) -> Path:
    """The largest file that defines routes: a change to it is the most expensive one."""
    files = [path for path in folder.rglob("*.py") if b"APIRouter(" in path.read_bytes()]
    return max(files or folder.rglob("*.py"), key=lambda path: path.stat().st_size)


def peers(folder: Path, environment: Path, names: Sequence[str]) -> list[Contender]:
    if not environment.exists():
        venv.create(environment, with_pip=True)
    binaries = environment / ("Scripts" if os.name == "nt" else "bin")
    for name in names:
        command = [str(binaries / "python"), "-m", "pip", "install", "--quiet", *PEERS[name]]
        subprocess.run(command, check=True)
    commands = {
        "ruff": ["ruff", "check", "--isolated", "--no-cache", "--select", "FAST,ASYNC", "."],
        "bandit": ["bandit", "-q", "-r", "."],
        "pylint": ["pylint", "--rcfile=", "--recursive=y", "."],
        "flake8-async": ["flake8", "--isolated", "--select=ASYNC", "."],
    }
    return [
        Contender(name, [str(binaries / commands[name][0]), *commands[name][1:]], once=name in SLOW)
        for name in names
    ]


def starts() -> list[Contender]:
    return [
        Contender("fastlint --version", fastlint("--version")),
        Contender("python -c pass", [sys.executable, "-c", "pass"]),
    ]


def measure(contenders: Sequence[Contender], folder: Path, runs: int) -> None:
    for number in range(runs):
        for contender in contenders:
            if number == 0 or not contender.once:
                contender.run(folder)


def show(contenders: Sequence[Contender]) -> None:
    base = next((each for each in contenders if each.name == "ruff"), contenders[0])
    print(f"| | seconds | ÷ {base.name} | peak MiB |\n|---|---:|---:|---:|")
    for each in contenders:
        print(
            f"| {each.name} | {each.median:.3f} | {each.median / base.median:.1f} | {max(each.peaks):.0f} |"
        )


def grow(scratch: Path, runs: int) -> None:
    print("| files that matter | files that do not | lines | cold, s | nothing changed, s | peak MiB |")
    print("|---:|---:|---:|---:|---:|---:|")
    for matter, other in ((100, 0), (200, 0), (400, 0), (800, 0), (100, 400), (100, 1600), (100, 6400)):
        folder = scratch / f"{matter}-{other}"
        lines = generate(folder, matter, other)
        cold, _, warm, _ = ours(folder, "app/routes/r0.py")
        measure([cold, warm], folder, runs)
        row = (matter, other, lines, f"{cold.median:.2f}", f"{warm.median:.3f}", f"{max(cold.peaks):.0f}")
        print("|", " | ".join(map(str, row)), "|", flush=True)


ROUTES = """\
from fastapi import APIRouter, Depends

from app.services.s{number} import Service, get_service

router = APIRouter(prefix="/r{number}")
"""
ROUTE = """

@router.get("/items{each}/{{item_id}}")
async def read_{each}(item_id: int, service: Service = Depends(get_service)) -> dict[str, int]:
    found = await service.find(item_id)
    total = sum(value for value in found.values() if value > {each})
    return {{"total": total, "count": len(found)}}
"""
SERVICE = """\
class Service:
    def __init__(self) -> None:
        self.items: dict[str, int] = {}

    async def find(self, item_id: int) -> dict[str, int]:
        return {name: value for name, value in self.items.items() if value == item_id}


def get_service() -> Service:
    return Service()
"""
OTHER = """

def compute_{each}(values: list[int]) -> int:
    total = 0
    for value in values:
        total += value * {each}
    return total
"""


def generate(folder: Path, matter: int, other: int) -> int:
    """A project of so many files; how many lines it has."""
    texts = {"app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}
    for number in range(matter):
        routes = "".join(ROUTE.format(each=each) for each in range(12))
        texts[f"app/routes/r{number}.py"] = ROUTES.format(number=number) + routes
        texts[f"app/services/s{number}.py"] = SERVICE
        texts["app/main.py"] += (
            f"from app.routes.r{number} import router as r{number}\napp.include_router(r{number})\n"
        )
    for number in range(other):
        texts[f"app/batch/b{number}.py"] = "".join(OTHER.format(each=each) for each in range(15))
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return sum(text.count("\n") for text in texts.values())


if __name__ == "__main__":
    main()
