"""Indexing on several processes, and what becomes of one that dies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from fastlint import testing
from fastlint.config import Settings
from fastlint.engine import lint
from fastlint.index.facts import decode, encoded
from fastlint.index.spread import File, processes, spread

ROUTE = """\
import time
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def slow():
    time.sleep(1)
"""
FILES = [(f"m{number}.py", f"x = {number}\n".encode()) for number in range(20)]


class Here(Executor):
    """An executor that is no pool: it does the work at once."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def troubles(answers: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """The trouble with each file, '' for one that has its facts."""
    return {path: decode(data).trouble for path, data in answers}


def test_every_file_gets_its_own_facts() -> None:
    found = dict(spread(FILES, 2))
    assert {path: encoded([(path, data)])[0] for path, data in FILES} == found


def test_progress_is_told_file_by_file() -> None:
    told: list[int] = []
    list(spread(FILES, 2, None, told.append))
    assert sorted(told) == told
    assert len(FILES) == told[-1]


def dying(files: Sequence[File]) -> list[bytes]:
    if any(path == "m7.py" for path, _ in files):
        os._exit(3)
    return encoded(files)


def test_a_process_that_dies_costs_the_file_that_killed_it() -> None:
    expected = {path: "" for path, _ in FILES} | {"m7.py": "the process that read it died"}
    assert expected == troubles(spread(FILES, 2, work=dying))


def failing(files: Sequence[File]) -> list[bytes]:
    if any(path == "m7.py" for path, _ in files):
        raise OSError("no more workers")
    return encoded(files)


def test_work_that_an_executor_lost_is_told_with_its_file() -> None:
    expected = {path: "" for path, _ in FILES} | {"m7.py": "reading it failed: OSError: no more workers"}
    assert expected == troubles(spread(FILES, 2, Here(), work=failing))


@pytest.mark.parametrize(
    ("jobs", "size", "expected"),
    [(0, 1_000, 1), (2, 1_000, 1), (1, 50_000_000, 1), (2, 50_000_000, 2), (8, 2_500_000, 3)],
)
def test_small_work_is_not_worth_a_process(jobs: int, size: int, expected: int) -> None:
    assert expected == processes(jobs, size)


@pytest.mark.parametrize("executor", [Here, lambda: ThreadPoolExecutor(2)], ids=["here", "threads"])
def test_a_run_reads_wherever_an_executor_runs(tmp_path: Path, executor: Callable[[], Executor]) -> None:
    testing.write(tmp_path, {"main.py": ROUTE, "broken.py": "from fastapi import (\n"})
    settings = Settings(root=tmp_path)
    alone, elsewhere = lint([tmp_path], settings), lint([tmp_path], settings, executor=executor())
    assert (alone.diagnostics, alone.problems) == (elsewhere.diagnostics, elsewhere.problems)
    assert 1 == len(alone.diagnostics)


def test_a_run_reads_on_a_cluster(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    testing.write(tmp_path, {f"m{number}.py": "from fastapi import FastAPI\n" for number in range(5)})
    with distributed.Client(n_workers=2, threads_per_worker=1, dashboard_address=None) as client:
        report = lint([tmp_path], Settings(root=tmp_path), executor=client.get_executor())
    assert ([], []) == (report.diagnostics, report.problems)
