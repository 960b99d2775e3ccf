"""One request to an app, in process, and what it does to the event loop."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

import httpx

HEARTBEAT = 0.005  # seconds


def request(app: Any, method: str, path: str, **kwargs: Any) -> httpx.Response:
    """The app's answer to one request; an exception that leaves the app is a plain 500.

    The lifespan is not run. `cookies` belong to the client, everything else to the request.
    """
    return asyncio.run(_request(app, method, path, **kwargs))


def loop_stall(app: Any, path: str, method: str = "GET", **kwargs: Any) -> float:
    """Seconds between the two furthest beats of a 5 ms heartbeat on the event loop during one request."""
    return asyncio.run(_loop_stall(app, path, method, **kwargs))


async def _request(app: Any, method: str, path: str, **kwargs: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    cookies = kwargs.pop("cookies", None)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", cookies=cookies) as client:
        return await client.request(method, path, **kwargs)


async def _loop_stall(app: Any, path: str, method: str, **kwargs: Any) -> float:
    beats = [time.perf_counter()]
    heart = asyncio.create_task(_beat(beats))
    await asyncio.sleep(HEARTBEAT * 2)
    await _request(app, method, path, **kwargs)
    await asyncio.sleep(HEARTBEAT * 2)  # a stall that ends with the request is seen by the next beat
    heart.cancel()
    return max(later - earlier for earlier, later in itertools.pairwise(beats))


async def _beat(beats: list[float]) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT)
        beats.append(time.perf_counter())
