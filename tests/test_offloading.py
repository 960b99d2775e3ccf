"""Which blocking calls a thread may make, and which handlers may be a `def`."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from fastlint import testing
from fastlint.diagnostic import Diagnostic, FixRequest
from fastlint.registry import find_rule
from fastlint.rule import Rule

CALL = 'subprocess.run(["true"])'
DEF, THREAD = "make_it_plain", "run_in_a_thread"


def rule_of(name: str) -> Rule:
    rule = find_rule(name)
    assert rule is not None
    return rule


def found(body: str, above: str = "", name: str = "blocking-subprocess") -> Diagnostic:
    """The first finding in an async route that awaits something, so that it can be no `def`."""
    return all_found(body, above, name)[0]


def all_found(body: str, above: str, name: str) -> list[Diagnostic]:
    lines = ["import subprocess", "from fastapi import FastAPI, Request", "app = FastAPI()", dedent(above)]
    lines += ['@app.post("/")', "async def route(request: Request):", "    await request.body()"]
    code = "\n".join([*lines, indent(dedent(body).strip("\n"), "    "), ""])
    return testing.diagnostics(rule_of(name), code)


def offered(finding: Diagnostic) -> list[str]:
    return [each.codemod for each in finding.requests]


@pytest.mark.parametrize(
    "body",
    [
        f"return {CALL}",
        f"return [{CALL} for _ in range(2)]",
        f"return {{n: n for n in range(2) if {CALL}}}",
        f"total = 1\ntotal += {CALL}",
        f"if not request.url:\n    request.state.code = {CALL}",
        f"try:\n    {CALL}\nexcept OSError:\n    return 1",
        f"try:\n    return 1\nexcept ValueError:\n    {CALL}",
        f"with open(str(request)) as file:\n    {CALL}",
        f"codes = {{}}\nif 1 not in codes:\n    codes[1] = {CALL}",
        f"app.state.begun = 1\n{CALL}\napp.state.done = 1",
        f"app.state.begun += 1\n{CALL}\napp.state.begun -= 1",
        f"known = app.state.known\n{CALL}\nreturn known",
        f"n = 0\nasync def inner():\n    nonlocal n\n    if not n:\n        n = {CALL}\nawait inner()",
        f"import threading\nlock = threading.Lock()\nwith lock:\n    pass\n{CALL}",
    ],
)
def test_a_thread_makes_a_call_that_may_be_awaited_where_it_stands(body: str) -> None:
    assert [THREAD] == offered(found(body))


@pytest.mark.parametrize(
    ("body", "above"),
    [
        (f"return list({CALL} for _ in range(2))", ""),
        (f"return [[{CALL} for _ in range(2)] for _ in range(2)]", ""),
        (f"def inner(value={CALL}):\n    return value\nreturn inner()", ""),
        ('with subprocess.Popen(["true"]) as process:\n    return process.pid', ""),
        (f"request.state.total += {CALL}.returncode", ""),
        (f"global total\ntotal += {CALL}.returncode", "total = 0"),
        (f"totals[1] += {CALL}.returncode", "totals = {}"),
        (f"if request.state.code is None:\n    request.state.code = {CALL}", ""),
        (f"if 'code' not in codes:\n    codes['code'] = {CALL}", "codes = {}"),
        (f"global code\nif code is None:\n    code = {CALL}", "code = None"),
        (f"if codes.get(1) is None:\n    codes[1] = {CALL}", "codes = {}"),
        (f"known = codes.get(1)\ncode = {CALL}\nif known:\n    codes[1] = code", "codes = {}"),
        (f"known = codes\nif 1 not in known:\n    {CALL}\n    del known[1]", "codes = {}"),
        (f"if app.state.left > 0:\n    {CALL}\n    app.state.left -= 1", ""),
        (f"if 1 in codes:\n    return\n{CALL}\ncodes.add(1)", "codes = set()"),
        (f"for code in codes:\n    {CALL}\n    if code:\n        codes[code] = 1", "codes = {}"),
        (f"with lock:\n    {CALL}", "import threading\nlock = threading.RLock()"),
        (f"with locks[1]:\n    {CALL}", "locks = {}"),
        (f"guard.acquire()\n{CALL}\nguard.release()", "import threading\nguard = threading.Lock()"),
        (f"with atomic():\n    {CALL}", "from django.db.transaction import atomic"),
        (f"try:\n    pass\nfinally:\n    {CALL}", ""),
        (f"try:\n    pass\nexcept BaseException:\n    {CALL}\n    raise", ""),
        (
            f"try:\n    pass\nexcept (OSError, asyncio.CancelledError):\n    {CALL}\n    raise",
            "import asyncio",
        ),
        (f"try:\n    pass\nexcept:\n    {CALL}\n    raise", ""),
    ],
)
def test_no_thread_makes_a_call_where_others_must_not_run_meanwhile(body: str, above: str) -> None:
    assert [] == offered(found(body, above))


@pytest.mark.parametrize(
    ("body", "above"),
    [
        (f"if 1 not in codes:\n    codes[1] = {CALL}", "codes = {}"),
        (f"if app.state.left > 0:\n    {CALL}\n    app.state.left -= 1", ""),
    ],
)
def test_where_no_thread_may_make_the_call_the_handler_is_not_put_in_one_either(
    body: str, above: str
) -> None:
    lines = ["import subprocess", "from fastapi import FastAPI", "app = FastAPI()", above]
    code = "\n".join([*lines, '@app.post("/")', "async def route():", indent(body, "    "), ""])
    [finding] = testing.diagnostics(rule_of("blocking-subprocess"), code)
    assert [] == offered(finding)
    assert "asyncio.Lock" in finding.help
    assert "`def` route" not in finding.help


@pytest.mark.parametrize("runner", ["asyncio.to_thread", "run_in_threadpool", "tasks.add_task"])
def test_what_was_meant_to_be_handed_over_is_not_handed_over_twice(runner: str) -> None:
    above = """
        import asyncio
        from fastapi import BackgroundTasks
        from fastapi.concurrency import run_in_threadpool
        tasks = BackgroundTasks()
    """
    finding = found(f"x = {runner}({CALL})", above)
    assert [] == offered(finding)
    assert (
        f"give `{runner}` the function `subprocess.run` itself, and its arguments beside it" == finding.help
    )


def test_a_function_that_a_call_makes_may_be_handed_over() -> None:
    above = f"""
        import asyncio
        def make():
            {CALL}
            return print
    """
    assert [THREAD] == offered(found("await asyncio.to_thread(make())", above))


def test_a_websocket_endpoint_is_not_advised_to_be_a_def() -> None:
    lines = ["import subprocess", "from fastapi import FastAPI, WebSocket", "app = FastAPI()"]
    for added in ('@app.websocket("/")', '@app.get("/")'):
        code = "\n".join([*lines, added, "async def route(socket: WebSocket):", f"    {CALL}"])
        [finding] = testing.diagnostics(rule_of("blocking-subprocess"), code)
        assert ("def" in finding.help.split()[-2]) is (added == '@app.get("/")')


def test_a_plain_function_is_not_advised_to_await() -> None:
    code = """
        import time
        from fastapi import FastAPI
        from pydantic import BaseModel, field_validator
        app = FastAPI()
        class Item(BaseModel):
            name: str
            @field_validator("name")
            def check(cls, name):
                time.sleep(1)
                return name
        @app.post("/")
        def add(item: Item): ...
    """
    [finding] = testing.diagnostics(rule_of("blocking-sleep"), dedent(code))
    assert "await" not in finding.help
    assert finding.help.startswith("do this in the body of a `def` route or dependency, which a thread runs")


def test_a_thread_does_not_open_a_file_that_the_loop_then_reads() -> None:
    opening = found(
        "for name in request.headers:\n    for line in open(name):\n        line", "", "blocking-file-call"
    )
    assert [] == offered(opening)
    assert "do all that the file is opened for in a function that is handed to" in opening.help


MAILING = "with smtplib.SMTP({}) as server:\n    {}server.login('ada', 'pw')"


@pytest.mark.parametrize(
    ("host", "above", "expected"),
    [("'host'", "", []), ("", "server.connect('host')\n    ", [THREAD])],
)
def test_what_is_done_in_a_with_that_waits_itself_belongs_to_one_thread(
    host: str, above: str, expected: list[str]
) -> None:
    body = MAILING.format(host, above)
    logging_in = [
        each
        for each in all_found(body, "import smtplib", "blocking-client-call")
        if "login" in each.message or "connect" in each.message
    ]
    assert {*expected} == {name for each in logging_in for name in offered(each)}


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        ("asyncio.get_running_loop()", []),
        ("asyncio.ensure_future(report())", []),
        ("user.set('ada')", []),
        ("bind_contextvars(user=1)", []),
        ("deeper()", []),
        ("user.get()", [THREAD]),
    ],
)
def test_what_needs_the_thread_of_the_loop_stays_there(below: str, expected: list[str]) -> None:
    above = f"""
import asyncio
from contextvars import ContextVar
from structlog.contextvars import bind_contextvars
user = ContextVar("user")
async def report(): ...
def deeper():
    user.set("bob")
def helper():
    {below}
    {CALL}
"""
    assert expected == offered(found("helper()", above))


SQLITE = "import sqlite3\ndef connect():\n    return sqlite3.connect('shop.db')\n"
SESSION = (
    "from sqlalchemy import create_engine, text\nfrom sqlalchemy.orm import Session\n"
    "engine = create_engine('sqlite://')\nshared = Session(engine)\n"
)


@pytest.mark.parametrize(
    ("body", "above", "expected"),
    [
        ("sqlite3.connect('shop.db').execute('SELECT 1')", SQLITE, []),
        ("connection = connect()\nconnection.execute('SELECT 1')", SQLITE, []),
        ("count(connect())", SQLITE + "def count(given):\n    return given.execute('SELECT 1')", []),
        ("count()", SQLITE + "def count():\n    return connect().execute('SELECT 1').fetchone()", [THREAD]),
        ("count()", SQLITE + "kept = connect()\ndef count():\n    return kept.execute('SELECT 1')", []),
        ("shared.execute(text('SELECT 1'))", SESSION, []),
        ("with Session(engine) as session:\n    session.execute(text('SELECT 1'))", SESSION, [THREAD]),
        ("count()", SESSION + "def count():\n    return shared.scalar(text('SELECT 1'))", []),
    ],
)
def test_objects_that_are_confined_to_a_thread_stay_in_it(body: str, above: str, expected: list[str]) -> None:
    assert expected == offered(found(body, above, "blocking-database-call"))


def test_what_holds_the_gil_is_no_better_off_in_a_thread() -> None:
    assert [] == offered(found("pandas.read_json('a')", "import pandas", "cpu-bound-call"))


def runner(above: str) -> str:
    request = found(f"await known()\n{CALL}", above + "\nasync def known(): ...").fix
    assert request is not None
    return request.params["by"]


def test_a_file_goes_on_with_what_hands_its_calls_to_threads_already() -> None:
    assert "fastapi.concurrency.run_in_threadpool" == runner("")
    starlettes = "from starlette.concurrency import run_in_threadpool"
    assert "starlette.concurrency.run_in_threadpool" == runner(starlettes)
    assert "asyncio.to_thread" == runner(
        "import asyncio\nasync def other(): await asyncio.to_thread(len, '')"
    )


PLAIN = """
import subprocess
from typing import Annotated
from fastapi import Depends, FastAPI, WebSocket
app = FastAPI()
{above}
@app.get("/")
async def route(word: str = "a"):
    subprocess.run(["true"])
    {body}
{below}
"""


def plain(body: str = "return 1", *, above: str = "", below: str = "") -> list[FixRequest]:
    code = PLAIN.format(body=body, above=above, below=below)
    return [*testing.diagnostics(rule_of("blocking-subprocess"), code)[0].requests]


@pytest.mark.parametrize(
    "case",
    [
        {},
        {"below": "client.get(app.url_path_for('route'))"},
        {"below": "app.add_api_route('/again', route)"},
        {"below": "app.dependency_overrides[route] = lambda: 1"},
        {"below": "@app.get('/two')\ndef two(one: Annotated[int, Depends(route)]): ..."},
        {"below": "def other():\n    route = 1\n    return route"},
        {"body": "total = 0\n    total += 1\n    return total"},
    ],
)
def test_a_handler_that_nobody_needs_as_a_coroutine_function_can_be_a_def(case: dict[str, str]) -> None:
    first, second = plain(**case)
    assert (THREAD, DEF) == (first.codemod, second.codemod)


@pytest.mark.parametrize(
    "case",
    [
        {"body": "return [each async for each in stream()]", "above": "async def stream():\n    yield 1"},
        {"body": "async with stream():\n        return 1", "above": "from other import stream"},
        {"body": "asyncio.create_task(later())", "above": "import asyncio\nasync def later(): ..."},
        {"body": "return asyncio.Event()", "above": "import asyncio"},
        {"body": "return later()", "above": "async def later(): ..."},
        {"body": "global total\n    total = 1", "above": "total = 0"},
        {"body": "totals[word] += 1", "above": "totals = {}"},
        {"body": "user.set(word)", "above": "from contextvars import ContextVar\nuser = ContextVar('user')"},
        {"below": "async def other():\n    return await route('b')"},
        {"below": "handlers = {'route': route}"},
        {"below": "call = lambda: route('b')"},
        {"below": "from functools import partial\nothers = partial(route, 'b')"},
    ],
)
def test_a_handler_stays_a_coroutine_function_where_something_needs_it(case: dict[str, str]) -> None:
    assert DEF not in [each.codemod for each in plain(**case)]


def test_a_handler_that_another_module_awaits_stays_a_coroutine_function() -> None:
    main = PLAIN.format(body="return 1", above="", below="")
    other = "import main\nasync def test_route():\n    assert await main.route('b') == 1\n"
    [finding] = testing.diagnostics(rule_of("blocking-subprocess"), {"main.py": main, "test_main.py": other})
    assert [THREAD] == offered(finding)


def test_websocket_endpoints_generators_methods_and_wrapped_handlers_stay_as_they_are() -> None:
    code = """
    import subprocess
    from functools import wraps
    from fastapi import Depends, FastAPI, WebSocket
    app = FastAPI()

    @app.websocket("/ws")
    async def endpoint(websocket: WebSocket):
        subprocess.run(["true"])

    async def get_code():
        yield subprocess.run(["true"]).returncode

    class Views:
        async def route(self):
            subprocess.run(["true"])

    def logged(function):
        @wraps(function)
        async def wrapper(*args):
            return await function(*args)
        return wrapper

    @app.get("/logged")
    @logged
    async def route(code: int = Depends(get_code)):
        subprocess.run(["true"])

    app.add_api_route("/view", Views().route)
    """
    findings = testing.diagnostics(rule_of("blocking-subprocess"), code)
    assert [[THREAD]] * 4 == [offered(each) for each in findings]


def test_a_chain_of_calls_is_not_awaited_inside_out() -> None:
    code = """
import chromadb
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def ask(text: str):
    return chromadb.HttpClient().get_collection("c").query(query_texts=[text])
"""
    rule = rule_of("blocking-client-call")
    once = '(await run_in_threadpool(chromadb.HttpClient)).get_collection("c").query(query_texts=[text])'
    after = code.replace('chromadb.HttpClient().get_collection("c").query(query_texts=[text])', once)
    after = after.replace("FastAPI\n", "FastAPI\nfrom fastapi.concurrency import run_in_threadpool\n", 1)
    testing.assert_fix(rule, code, after, unsafe=True)
    assert "do all of it in one function" in testing.diagnostics(rule, after)[0].help


def test_what_cleans_up_after_a_cancelled_request_is_shielded() -> None:
    code = """
        import shutil
        from fastapi import FastAPI
        app = FastAPI()
        @app.get("/")
        async def export(folder: str):
            try:
                return folder
            finally:
                shutil.rmtree(folder)
    """
    [finding] = testing.diagnostics(rule_of("blocking-file-call"), dedent(code))
    shielded = "`await run_in_threadpool(shutil.rmtree, ...)` inside `with anyio.CancelScope(shield=True):`"
    assert finding.help.startswith(shielded)


def test_what_belongs_to_a_thread_is_done_as_a_whole_in_one() -> None:
    code = """
        from fastapi import FastAPI
        from sqlalchemy import create_engine
        from sqlalchemy.orm import scoped_session, sessionmaker
        sessions = scoped_session(sessionmaker(create_engine("postgresql+psycopg://db")))
        app = FastAPI()
        def commit() -> None:
            sessions.commit()
        @app.middleware("http")
        async def commit_after(request, call_next):
            response = await call_next(request)
            commit()
            return response
    """
    [finding] = testing.diagnostics(rule_of("blocking-database-call"), dedent(code))
    assert finding.help.startswith("do all that belongs to the same thread in one function")
