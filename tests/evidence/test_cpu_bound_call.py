"""What a long computation does to the event loop, from the loop itself and from a thread.

Whether the loop moves is seen in how long it stands still, as a part of how long the computation takes: that
is the same on a machine that is busy. What costs little is measured in the time of the processor.
"""

import asyncio
import gzip
import hashlib
import io
import random
import time
from collections.abc import Callable
from typing import Any

import bcrypt
import pytest
from fastapi import FastAPI, UploadFile
from fastapi.concurrency import run_in_threadpool
from PIL import Image

from tests.evidence.client import request
from tests.evidence.loop import BEAT, watched
from tests.evidence.pages import examples

ATTEMPTS = 8
PASSWORD, SALT = b"correct horse", b"0123456789abcdef"
HASHED = bcrypt.hashpw(PASSWORD, bcrypt.gensalt(10))

Function = Callable[[], object]


def encoded(size: int, kind: str) -> bytes:
    target = io.BytesIO()
    Image.effect_noise((size, size), 60).convert("RGB").save(target, kind)
    return target.getvalue()


PHOTO = encoded(1200, "JPEG")
ROWS = random.Random(1).randbytes(4_000_000)


def check_password() -> object:
    return bcrypt.checkpw(PASSWORD, HASHED)


def derive() -> object:
    return hashlib.pbkdf2_hmac("sha256", PASSWORD, SALT, 200_000)


def derive_with_scrypt() -> object:
    return hashlib.scrypt(PASSWORD, salt=SALT, n=2**14, r=8, p=1)


def shrink() -> object:
    with Image.open(io.BytesIO(PHOTO)) as image:
        image.resize((800, 800), Image.Resampling.LANCZOS).save(target := io.BytesIO(), "PNG")
    return target


def compress() -> object:
    return gzip.compress(ROWS)


EXPENSIVE: list[Function] = [check_password, derive, derive_with_scrypt, shrink, compress]


def standstill(call: Callable[[], Any], *, awaited: bool) -> float:
    """For what part of a computation the loop stands still."""

    async def work() -> float:
        start = time.perf_counter()
        result = call()
        if awaited:
            await result
        return time.perf_counter() - start

    took, gap = asyncio.run(watched(work))
    return (gap + BEAT) / took


@pytest.mark.parametrize("function", EXPENSIVE)
def test_a_computation_stops_the_loop_for_all_the_time_that_it_takes(function: Function) -> None:
    parts = (standstill(function, awaited=False) for _ in range(ATTEMPTS))
    assert any(part > 0.9 for part in parts)


@pytest.mark.parametrize("function", EXPENSIVE)
def test_what_releases_the_gil_leaves_the_loop_alone_from_a_thread(function: Function) -> None:
    parts = (standstill(lambda: run_in_threadpool(function), awaited=True) for _ in range(ATTEMPTS))
    assert any(part < 0.7 for part in parts)


@pytest.mark.parametrize("write", ["to_json", "to_csv"])
def test_tables_of_pandas_stop_the_loop_from_a_thread_too(write: str) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({name: [number / 7 for number in range(100_000)] for name in "abcdef"})

    async def in_a_thread() -> None:
        await run_in_threadpool(getattr(frame, write), io.BytesIO())

    gaps = [asyncio.run(watched(in_a_thread))[1] for _ in range(3)]
    assert min(gaps) > 4 * BEAT


def processor_time(function: Function) -> float:
    """Seconds that a call takes of the processor, at its best."""
    times: list[float] = []
    for _ in range(3):
        start = time.thread_time()
        function()
        times.append(time.thread_time() - start)
    return min(times)


def few_rounds() -> object:
    return hashlib.pbkdf2_hmac("sha256", PASSWORD, SALT, 1_000)


def digest() -> object:
    return hashlib.sha256(ROWS[:100_000]).hexdigest()


def size() -> object:
    return Image.open(io.BytesIO(PHOTO)).size


def badge() -> None:
    Image.new("RGB", (120, 20)).save(io.BytesIO(), "PNG")


def compress_little() -> object:
    return gzip.compress(ROWS[:2_000])


@pytest.mark.parametrize("function", [few_rounds, digest, size, badge, compress_little])
def test_what_costs_little_costs_a_tenth_of_what_costs_much_at_most(function: Function) -> None:
    assert processor_time(function) * 10 < min(map(processor_time, EXPENSIVE))


def test_the_bad_example_computes_on_the_loop_and_the_good_one_does_not() -> None:
    bad, good = examples("cpu-bound-call")

    def part(example: dict[str, Any]) -> float:
        app: FastAPI = example["app"]

        async def ask() -> float:
            start = time.perf_counter()
            route = next(each for each in app.routes if getattr(each, "path", "") == "/users")
            await route.endpoint("correct horse")  # type: ignore[attr-defined]
            return time.perf_counter() - start

        took, gap = asyncio.run(watched(ask))
        return (gap + BEAT) / took

    assert max(part(bad) for _ in range(ATTEMPTS)) > 0.9
    assert min(part(good) for _ in range(ATTEMPTS)) < 0.7
    assert {"salt", "hash"} == request(good["app"], "POST", "/users?password=a").json().keys()


def test_both_examples_have_the_same_schema() -> None:
    bad, good = examples("cpu-bound-call")
    assert bad["app"].openapi() == good["app"].openapi()


def test_what_was_uploaded_can_be_a_thousand_times_as_large_as_it_looks() -> None:
    app = FastAPI()

    @app.post("/")
    async def unpack(upload: UploadFile) -> int:
        return len(gzip.decompress(await upload.read()))

    packed = gzip.compress(bytes(5_000_000))
    assert request(app, "POST", "/", files={"upload": packed}).json() > 900 * len(packed)
