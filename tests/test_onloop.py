"""What runs on the event loop: each case of `rootcases` as the model sees it, and as it runs."""

from __future__ import annotations

import asyncio
import re
import sys
import warnings
from contextlib import AsyncExitStack, suppress
from typing import Any

import httpx
import pytest

from tests.evidence.loop import converse
from tests.model import Files, project
from tests.rootcases import CALLED, HANDED_OVER, HEAD, IN_A_THREAD, ON_THE_LOOP

DATA = {"n": "a", "inner": [{"n": "a"}]}

Case = tuple[str, str]
"""The request that gets there, and the code."""


NEWER = pytest.mark.skipif(sys.version_info < (3, 11), reason="`asyncio.TaskGroup` is of Python 3.11")


def cases(text: str) -> list[Any]:
    found = re.findall(r"^#: ([^|\n]+?)(?: \| (.+))?\n((?:(?!#: ).*\n)+)", text, re.MULTILINE)
    return [
        pytest.param((request or "GET", code), id=name, marks=NEWER if "asyncio.TaskGroup" in code else ())
        for name, request, code in found
    ]


def roots_that_block(code: str) -> list[str]:
    return [call.root.role for call in project(HEAD + code.replace("BODY", "time.sleep(1)")).loop.calls]


def with_helper(code: str) -> Files:
    """The same, where a method of another module blocks."""
    helpers = """
        import time
        class Clock:
            def wait(self):
                self._sleep()
            def _sleep(self):
                time.sleep(1)
        clock = Clock()
        """
    main = f"from helpers import clock\n{HEAD}{code.replace('BODY', 'clock.wait()')}"
    return {"main.py": main, "helpers.py": helpers}


def runs_on_the_loop(case: Case) -> set[bool]:
    """Whether it runs on the loop, for each time that it runs."""
    request, code = case
    seen: set[bool] = set()

    def note(*_: object) -> str:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            seen.add(False)
        else:
            seen.add(True)
        return ""

    source, names = HEAD + code.replace("BODY", "note()"), dict[str, Any](note=note)
    with warnings.catch_warnings(), suppress(Exception):
        warnings.simplefilter("ignore")
        exec(compile(source, "main.py", "exec", dont_inherit=True), names)
        asyncio.run(serve(names["app"], *request.split()))
    return seen


async def serve(app: Any, method: str, path: str = "/") -> None:
    """Start an app, and make one request."""
    async with AsyncExitStack() as stack:
        if hasattr(app, "router"):
            await stack.enter_async_context(app.router.lifespan_context(app))
        with suppress(Exception):
            await send(app, method, path)
        await asyncio.sleep(0.01)


async def send(app: Any, method: str, path: str) -> None:
    if method == "websocket":
        await converse(app, path, "{}")
        return
    options: dict[str, Any] = {"params": DATA} if method == "GET" else {"json": DATA}
    if method == "FORM":
        options = {"data": {"n": "a"}}
    elif method == "EMPTY":
        options = {"json": {}}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        await client.request("GET" if method == "GET" else "POST", path, **options)


@pytest.mark.parametrize("case", cases(ON_THE_LOOP))
def test_the_framework_runs_it_on_the_loop(case: Case) -> None:
    assert len(roots_that_block(case[1])) == 1
    assert runs_on_the_loop(case) == {True}


@pytest.mark.parametrize("case", cases(IN_A_THREAD))
def test_the_framework_runs_it_in_a_thread(case: Case) -> None:
    assert roots_that_block(case[1]) == []
    assert runs_on_the_loop(case) == {False}


@pytest.mark.parametrize("case", cases(ON_THE_LOOP))
def test_a_helper_in_another_module_is_followed_from_there(case: Case) -> None:
    [call] = project(with_helper(case[1])).loop.calls
    assert "helpers.py" == call.trace[-1].place.path


@pytest.mark.parametrize("case", cases(IN_A_THREAD))
def test_the_same_helper_may_block_in_a_thread(case: Case) -> None:
    assert () == project(with_helper(case[1])).loop.calls


@pytest.mark.parametrize("case", cases(CALLED))
def test_what_a_coroutine_function_calls_runs_on_the_loop(case: Case) -> None:
    assert roots_that_block(case[1]) != []
    assert runs_on_the_loop(case) == {True}


@pytest.mark.parametrize("case", cases(HANDED_OVER))
def test_what_it_hands_over_or_leaves_alone_does_not(case: Case) -> None:
    assert roots_that_block(case[1]) == []
    assert True not in runs_on_the_loop(case)
