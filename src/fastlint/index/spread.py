"""Indexing on several processes, or wherever a `concurrent.futures.Executor` runs things.

One that dies over a file (a crash of the parser, memory) costs that file alone, which is named.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext

from fastlint.index.facts import Facts, encode, encoded

File = tuple[str, bytes]
Work = Callable[[Sequence[File]], "list[bytes]"]

WORTH_A_PROCESS = 1_000_000
"""How many bytes of code make up for the start of another process, which takes a tenth of a second."""
CHUNKS = 8
"""How many pieces of work a process gets: files differ, and none should wait for the last one."""


def processes(jobs: int, size: int) -> int:
    """How many processes to use for so many bytes; `jobs` is what the user allows, 0 what the machine has."""
    return max(1, min(jobs or _cores(), 1 + size // WORTH_A_PROCESS))


def pool(count: int) -> ProcessPoolExecutor:
    """Processes on this machine; on Linux they begin with what is loaded here already."""
    method = "fork" if sys.platform == "linux" else "spawn"
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context(method))


def spread(
    files: Sequence[File],
    count: int,
    executor: Executor | None = None,
    done: Callable[[int], None] = lambda through: None,
    *,
    work: Work = encoded,
) -> Iterator[tuple[str, bytes]]:
    """Each path with its encoded facts, on `count` processes or on an executor of the caller's.

    `done` is told how many files are through.
    """
    chunks = _chunks(files, count * CHUNKS)
    suspects: list[File] = []
    through = 0
    with _opened(executor, count) as workers:
        futures = [workers.submit(work, chunk) for chunk in chunks]
        for chunk, future in zip(chunks, futures, strict=True):
            answers = _answers(future)
            if isinstance(answers, str):
                suspects += chunk
                continue
            yield from zip((path for path, _ in chunk), answers, strict=True)
            through += len(chunk)
            done(through)
    for path, data in suspects:
        with _opened(executor, 1) as workers:
            answers = _answers(workers.submit(work, [(path, data)]))
        yield path, encode(Facts(trouble=answers)) if isinstance(answers, str) else answers[0]


def _opened(executor: Executor | None, count: int) -> AbstractContextManager[Executor]:
    return pool(count) if executor is None else nullcontext(executor)


def _answers(future: Future[list[bytes]]) -> list[bytes] | str:
    """What the work gave, or in words what became of it: an executor may raise anything for what it lost."""
    try:
        return future.result()
    except BrokenExecutor:
        return "the process that read it died"
    except Exception as error:
        return f"reading it failed: {type(error).__name__}: {error}".rstrip(": ")


def _chunks(files: Sequence[File], count: int) -> list[list[File]]:
    """The files in pieces of about the same size, large ones first."""
    chunks: list[list[File]] = [[] for _ in range(max(1, min(count, len(files))))]
    sizes = [0] * len(chunks)
    for file in sorted(files, key=lambda file: (-len(file[1]), file[0])):
        smallest = sizes.index(min(sizes))
        chunks[smallest].append(file)
        sizes[smallest] += len(file[1])
    return chunks


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
