"""How long the event loop stands still while something runs on it, and a slow server for it to wait for.

A call that blocks the loop for `CALL` seconds is seen as a gap of at least that length in a heartbeat,
whatever the machine does beside it; a call that leaves the loop alone as a gap well below `BLOCKED`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, TypeVar

import httpx

CALL = 0.15
"""Seconds that a slow call of the evidence takes."""

BLOCKED = 0.1
"""Seconds without a heartbeat from which on the loop counts as blocked."""

BEAT = 0.005
"""Seconds between two heartbeats."""

T = TypeVar("T")


class Answer(NamedTuple):
    """A response and the longest time, in seconds, that the loop stood still for it."""

    response: httpx.Response
    stall: float

    @property
    def blocked(self) -> bool:
        return self.stall >= BLOCKED


def ask(app: Any, method: str, path: str, **options: Any) -> Answer:
    """One request to an ASGI application, answered on a loop whose heart is watched."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.request(method, path, **options)

    return Answer(*asyncio.run(watched(send)))


def blocks(app: Any, method: str, path: str, **options: Any) -> bool:
    """Whether one request, which must succeed, stops the event loop."""
    answer = ask(app, method, path, **options)
    assert answer.response.is_success, answer.response.text
    return answer.blocked


async def watched(work: Callable[[], Awaitable[T]]) -> tuple[T, float]:
    """The result of the work, and the longest gap in the heartbeat while it ran, in seconds."""
    gaps = [0.0]
    heart = asyncio.create_task(_beat(gaps))
    await asyncio.sleep(2 * BEAT)
    try:
        result = await work()
        await asyncio.sleep(2 * BEAT)
    finally:
        heart.cancel()
    return result, max(gaps)


async def _beat(gaps: list[float]) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(BEAT)
        gaps.append(time.perf_counter() - before - BEAT)


async def converse(app: Any, path: str, *texts: str, **headers: str) -> list[dict[str, Any]]:
    """Connect to a websocket endpoint, send these texts, disconnect; everything the endpoint sent."""
    incoming = [
        {"type": "websocket.connect"},
        *({"type": "websocket.receive", "text": text} for text in texts),
        {"type": "websocket.disconnect", "code": 1000},
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "ws",
        "query_string": b"",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        "subprotocols": [],
        "extensions": {},
    }
    await app(scope, receive, send)
    return sent


@contextmanager
def http_server(delay: float = CALL) -> Iterator[str]:
    """The address of a local server that answers every GET with `{"EUR": 1}`, after a delay in seconds."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            time.sleep(delay)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b'{"EUR": 1}')

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
