"""Where `await` is put by the fixes of rules about coroutines, and where it is not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from fastlint import testing
from fastlint.config import Settings
from fastlint.engine import lint
from fastlint.fixing import fix

RULES = ("nested-event-loop", "unawaited-coroutine")
HANDED = ("coroutine-function-in-thread",)
BEFORE = """\
import asyncio
import contextlib
from fastapi import BackgroundTasks, FastAPI

app = FastAPI()


async def load(number: int = 0) -> int:
    await asyncio.sleep(number)
    return number


@app.get("/")
async def route(number: int = 1):
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return asyncio.run(load())", "return await load()"),
        ("return (asyncio.run(load(1)))", "return (await load(1))"),
        ("return asyncio.run(load()).real", "return (await load()).real"),
        ("job = load()\nreturn asyncio.run(job)", "job = load()\nreturn await job"),
        (
            "return asyncio.run(load() if number else load(2))",
            "return await (load() if number else load(2))",
        ),
        ("return asyncio.get_event_loop().run_until_complete(load())", "return await load()"),
        ("try:\n    return asyncio.run(load())\nfinally:\n    print()", None),
        ("return load().real", "return (await load()).real"),
        ("return load() ** 2", "return await load() ** 2"),
        ("return -load()", "return -await load()"),
        ("for each in load():\n    print(each)", "for each in await load():\n    print(each)"),
        ("return [load(x)[0] for x in range(3)]", "return [(await load(x))[0] for x in range(3)]"),
    ],
)
def test_await_is_safe_where_the_old_code_could_only_fail(
    body: str, expected: str | None, tmp_path: Path
) -> None:
    expected = body.replace("asyncio.run(load())", "await load()") if expected is None else expected
    assert expected == fixed(body, tmp_path, unsafe=False)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("load()", "await load()"),
        ("return load()", "return await load()"),
        ("return 1 if load() else 2", "return 1 if await load() else 2"),
        ("value = load()\nreturn value.real", "value = await load()\nreturn value.real"),
        (
            "try:\n    return load().real\nexcept AttributeError:\n    return 0",
            "try:\n    return (await load()).real\nexcept AttributeError:\n    return 0",
        ),
        (
            "with contextlib.suppress(AttributeError):\n    return load().real",
            "with contextlib.suppress(AttributeError):\n    return (await load()).real",
        ),
    ],
)
def test_await_is_unsafe_where_it_starts_work_that_never_ran(
    body: str, expected: str, tmp_path: Path
) -> None:
    assert body == fixed(body, tmp_path / "safe", unsafe=False)
    assert expected == fixed(body, tmp_path / "unsafe", unsafe=True)


@pytest.mark.parametrize(
    "body",
    [
        "try:\n    return asyncio.run(load())\nexcept RuntimeError:\n    return await load()",
        "with contextlib.suppress(RuntimeError):\n    asyncio.run(load())",
        "return asyncio.run(load(), debug=True)",
        "return any(load(x) for x in range(3))",
    ],
)
def test_nothing_is_awaited_where_that_would_do_something_else(body: str, tmp_path: Path) -> None:
    assert body == fixed(body, tmp_path, unsafe=True)


def fixed(body: str, folder: Path, *, unsafe: bool, rules: tuple[str, ...] = RULES) -> str:
    """The body of a route after the fixes."""
    folder.mkdir(exist_ok=True)
    testing.write(folder, {"main.py": BEFORE + indent(body, "    ") + "\n"})
    assert testing.findings(folder, rules) != []
    fix([folder], Settings(root=folder, select=rules), unsafe=unsafe)
    text = (folder / "main.py").read_text(encoding="utf-8")
    assert text.startswith(BEFORE)
    return dedent(text.removeprefix(BEFORE)).rstrip()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return await asyncio.to_thread(load, 1)", "return await load(1)"),
        ("return (await asyncio.to_thread(load)).real", "return (await load()).real"),
        (
            "return await asyncio.get_running_loop().run_in_executor(None, load, number)",
            "return await load(number)",
        ),
        ("return await asyncio.to_thread(lambda: load(2))", "return await load(2)"),
    ],
)
def test_a_coroutine_function_is_awaited_safely_where_its_coroutine_could_not_be_used(
    body: str, expected: str, tmp_path: Path
) -> None:
    assert expected == fixed(body, tmp_path, unsafe=False, rules=HANDED)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("await asyncio.to_thread(load, number=1)", "await load(number=1)"),
        ("await anyio.to_thread.run_sync(load, 1)", "await load(1)"),
        ("tasks.add_task(lambda: load(number=1))", "tasks.add_task(load, number=1)"),
        ("tasks.add_task(lambda: load())", "tasks.add_task(load)"),
        (
            "try:\n    return await asyncio.to_thread(load)\nexcept ValueError:\n    return 0",
            "try:\n    return await load()\nexcept ValueError:\n    return 0",
        ),
    ],
)
def test_a_coroutine_function_that_was_handed_over_runs_only_where_that_is_asked_for(
    body: str, expected: str, tmp_path: Path
) -> None:
    body, expected = (f"import anyio\n\ntasks = BackgroundTasks()\n{each}" for each in (body, expected))
    assert body == fixed(body, tmp_path, unsafe=False, rules=HANDED)
    assert expected == fixed(body, tmp_path, unsafe=True, rules=HANDED)


@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.to_thread(func=load)",
        "await anyio.to_thread.run_sync(load, 1, abandon_on_cancel=True)",
        "await asyncio.to_thread(lambda x: load(x), 1)",
        "return [asyncio.to_thread(load) for _ in range(3)]",
        "tasks.add_task(lambda x: load(x), 1)",
        "tasks.add_task(lambda x=number: load(x))",
        "tasks.add_task(lambda: load(func=number))",
    ],
)
def test_what_is_handed_over_in_another_way_is_left_alone(body: str, tmp_path: Path) -> None:
    body = f"import anyio\n\ntasks = BackgroundTasks()\n{body}"
    assert body == fixed(body, tmp_path, unsafe=True, rules=HANDED)


def test_a_function_of_the_project_that_only_calls_what_it_is_given_can_be_named(tmp_path: Path) -> None:
    code = BEFORE + "    enqueue(3, load)\n\n\ndef enqueue(priority, job):\n    job()\n"
    testing.write(tmp_path, {"main.py": code})
    knowledge = {"callers": {"main.enqueue": "job 1"}}
    for told, expected in (({}, 0), (knowledge, 1)):
        settings = Settings(root=tmp_path, select=HANDED, knowledge=told)
        assert expected == len(lint([tmp_path], settings).diagnostics)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            """
            @app.websocket("/ws")
            def echo(websocket: WebSocket):
                websocket.accept()
                websocket.send_text(websocket.receive_text().upper())  # once
                size = len(websocket.receive_json()["items"])
                later = lambda: websocket.close()
            """,
            """
            @app.websocket("/ws")
            async def echo(websocket: WebSocket):
                await websocket.accept()
                await websocket.send_text((await websocket.receive_text()).upper())  # once
                size = len((await websocket.receive_json())["items"])
                later = lambda: websocket.close()
            """,
        ),
        (
            """
            @app.middleware("http")
            def stamp(request, call_next):
                if request.url.path == "/":
                    return Response("no", 403)
                return call_next(request)
            """,
            """
            @app.middleware("http")
            async def stamp(request, call_next):
                if request.url.path == "/":
                    return Response("no", 403)
                return await call_next(request)
            """,
        ),
    ],
)
def test_a_handler_of_the_protocol_becomes_async_with_all_that_it_has_to_await(
    before: str, after: str, tmp_path: Path
) -> None:
    head = "from fastapi import FastAPI, Response, WebSocket\n\napp = FastAPI()\n"
    testing.write(tmp_path, {"main.py": head + dedent(before)})
    fix([tmp_path], Settings(root=tmp_path, select=("sync-protocol-handler",)), unsafe=False)
    assert (tmp_path / "main.py").read_text(encoding="utf-8") == head + dedent(after)
