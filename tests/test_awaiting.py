"""Where `await` is put by the fixes of nested-event-loop and unawaited-coroutine, and where it is not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from fastlint import testing
from fastlint.config import Settings
from fastlint.fixing import fix

RULES = ("nested-event-loop", "unawaited-coroutine")
BEFORE = """\
import asyncio
import contextlib
from fastapi import FastAPI

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


def fixed(body: str, folder: Path, *, unsafe: bool) -> str:
    """The body of a route after the fixes."""
    folder.mkdir(exist_ok=True)
    testing.write(folder, {"main.py": BEFORE + indent(body, "    ") + "\n"})
    assert testing.findings(folder, RULES) != []
    fix([folder], Settings(root=folder, select=RULES), unsafe=unsafe)
    text = (folder / "main.py").read_text(encoding="utf-8")
    assert text.startswith(BEFORE)
    return dedent(text.removeprefix(BEFORE)).rstrip()
