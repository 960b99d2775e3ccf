"""Which file calls stop the event loop: here the disk is a pipe whose other end reads late."""

import asyncio
import csv
import io
import os
import shutil
import sys
import threading
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi import FastAPI, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from tests.evidence.loop import CALL, blocks
from tests.evidence.pages import examples

UPLOAD = {"upload": b"x" * 300_000}
"""More than a pipe holds, so that writing it waits for the reader."""

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no named pipes in its file system"
)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A file that is slow to write."""
    path = tmp_path / "latest.bin"
    os.mkfifo(path)
    return path


@contextmanager
def slowly_written(path: Path) -> Iterator[bytearray]:
    """Take what is written to the pipe, late; what was taken is there at the end."""
    taken = bytearray()

    def drain() -> None:
        with path.open("rb") as source:
            time.sleep(CALL)
            taken.extend(source.read())

    reader = threading.Thread(target=drain)
    reader.start()
    yield taken
    reader.join()


@contextmanager
def slowly_read(path: Path, text: str) -> Iterator[None]:
    """Write to the pipe, late."""

    def fill() -> None:
        with path.open("w") as target:
            time.sleep(CALL)
            target.write(text)

    writer = threading.Thread(target=fill)
    writer.start()
    yield
    writer.join()


def blocks_on(disk: Path, app: FastAPI) -> bool:
    """Whether storing an upload stops the event loop; all of it must have been stored."""
    with slowly_written(disk) as taken:
        blocked = blocks(app, "POST", "/files", files=UPLOAD)
    assert bytes(taken) == UPLOAD["upload"]
    return blocked


def test_the_bad_example_stops_the_loop_and_the_good_one_does_not(disk: Path) -> None:
    bad, good = examples("blocking-file-call")
    bad["TARGET"] = good["TARGET"] = disk
    assert blocks_on(disk, bad["app"])
    assert not blocks_on(disk, good["app"])


def test_both_examples_have_the_same_schema() -> None:
    bad, good = examples("blocking-file-call")
    assert bad["app"].openapi() == good["app"].openapi()


def storing(store: Callable[[bytes], Any]) -> FastAPI:
    app = FastAPI()

    @app.post("/files")
    async def route(upload: UploadFile) -> None:
        store(await upload.read())

    return app


def test_writing_a_whole_upload_blocks(disk: Path) -> None:
    assert blocks_on(disk, storing(disk.write_bytes))


def test_writing_an_upload_to_an_open_file_blocks(disk: Path) -> None:
    def store(content: bytes) -> None:
        with disk.open("wb") as target:
            target.write(content)

    assert blocks_on(disk, storing(store))


def test_writing_an_upload_piece_by_piece_blocks_although_reading_it_is_awaited(disk: Path) -> None:
    app = FastAPI()

    @app.post("/files")
    async def route(upload: UploadFile) -> None:
        with disk.open("wb") as target:
            while piece := await upload.read(100_000):
                target.write(piece)

    assert blocks_on(disk, app)


def test_a_def_route_writes_in_a_thread(disk: Path) -> None:
    app = FastAPI()

    @app.post("/files")
    def route(upload: UploadFile) -> None:
        with disk.open("wb") as target:
            shutil.copyfileobj(upload.file, target)

    assert not blocks_on(disk, app)


def test_a_write_that_is_handed_to_a_thread_leaves_the_loop_alone(disk: Path) -> None:
    app = FastAPI()

    @app.post("/files")
    async def route(upload: UploadFile) -> None:
        content = await upload.read()
        await run_in_threadpool(lambda: disk.write_bytes(content))

    assert not blocks_on(disk, app)


def test_packing_an_upload_into_an_archive_blocks(disk: Path) -> None:
    def pack(content: bytes) -> None:
        with disk.open("wb") as stream, zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("latest.bin", content)

    with slowly_written(disk) as taken:
        assert blocks(storing(pack), "POST", "/files", files=UPLOAD)
    assert zipfile.ZipFile(io.BytesIO(taken)).namelist() == ["latest.bin"]


@pytest.mark.parametrize("go_through", [list, lambda lines: list(csv.reader(lines))], ids=["lines", "rows"])
def test_going_through_a_file_reads_all_of_it(disk: Path, go_through: Callable[[Any], list[Any]]) -> None:
    app = FastAPI()
    found: list[Any] = []

    @app.get("/")
    async def route() -> None:
        with disk.open() as lines:
            found.extend(go_through(lines))

    with slowly_read(disk, "a\nb\n"):
        assert blocks(app, "GET", "/")
    assert len(found) == 2


def test_reading_one_small_file_is_no_news(tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text('{"debug": false}')
    app = FastAPI()

    @app.get("/")
    async def route() -> str:
        return settings.read_text()

    assert not blocks(app, "GET", "/")


def leaves_its_folder(clean_up: Callable[[Path], Awaitable[None]], folder: Path) -> bool:
    """Whether a folder is there after the client has left in the middle of a stream."""
    folder.mkdir()

    async def body() -> AsyncIterator[bytes]:
        try:
            while True:
                await anyio.sleep(0.01)
                yield b"x"
        finally:
            await clean_up(folder)

    asyncio.run(ask_and_leave(StreamingResponse(body())))
    return folder.exists()


async def ask_and_leave(response: StreamingResponse) -> None:
    async def receive() -> dict[str, str]:
        await anyio.sleep(0.05)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None: ...

    await response({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)


def test_a_cancelled_request_cleans_up_no_further_than_an_await_unless_that_is_shielded(
    tmp_path: Path,
) -> None:
    async def in_a_thread(folder: Path) -> None:
        await run_in_threadpool(shutil.rmtree, folder)

    async def shielded(folder: Path) -> None:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(shutil.rmtree, folder)

    assert leaves_its_folder(in_a_thread, tmp_path / "left")
    assert not leaves_its_folder(shielded, tmp_path / "removed")
