"""Where code runs: what the framework calls, what runs on the event loop, and how it blocks there."""

from __future__ import annotations

import pytest

from tests.model import Files, project

APP = "import time\nfrom fastapi import Depends, FastAPI\napp = FastAPI()\n"
PAUSE = APP + "def pause():\n    time.sleep(1)\n"
READ = '@app.get("/")\nasync def read():\n    '


def blocked(files: Files | str) -> list[str]:
    """Each call on the loop that blocks, as `function: call`, with the functions on the way."""
    return [
        " > ".join(
            [f"{call.function.label}: {call.call.func.text()}", *(f"{each.label}" for each, _ in call.steps)]
        )
        for call in project(files).loop.calls
    ]


def hooks(files: Files | str) -> list[tuple[str, str]]:
    """What the framework calls beside routes and dependencies."""
    return [(hook.role, hook.function.scope.label) for hook in project(files).hooks.hooks]


# What the framework calls


@pytest.mark.parametrize(
    "registration",
    [
        '@app.middleware("http")\nasync def around(request, call_next): ...',
        'async def around(request, call_next): ...\napp.middleware("http")(around)',
    ],
)
def test_a_function_around_requests_is_middleware(registration: str) -> None:
    assert [("middleware", "around")] == hooks(APP + registration)


def test_the_dispatch_method_of_http_middleware_is_middleware() -> None:
    code = (
        APP
        + """
from starlette.middleware.base import BaseHTTPMiddleware
class Timing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next): ...
app.add_middleware(Timing)
"""
    )
    assert [("middleware", "Timing.dispatch")] == hooks(code)


def test_the_call_method_of_plain_asgi_middleware_is_middleware() -> None:
    code = (
        APP
        + """
class Timing:
    async def __call__(self, scope, receive, send): ...
app.add_middleware(Timing)
"""
    )
    assert [("middleware", "Timing.__call__")] == hooks(code)


@pytest.mark.parametrize(
    "registration",
    [
        "@app.exception_handler(ValueError)\nasync def handle(request, error): ...",
        "async def handle(request, error): ...\napp.add_exception_handler(ValueError, handle)",
        "async def handle(request, error): ...\napp.add_exception_handler(500, handler=handle)",
        "async def handle(request, error): ...\nother = FastAPI(exception_handlers={ValueError: handle})",
        "async def handle(request, error): ...\nALL = {500: handle}\nother = FastAPI(exception_handlers=ALL)",
        (
            "class Own(FastAPI): ...\nasync def handle(request, error): ...\n"
            "other = Own(exception_handlers={500: handle})\nother.get('/')(lambda: 1)"
        ),
    ],
)
def test_an_exception_handler_is_known_however_it_is_registered(registration: str) -> None:
    assert [("exception handler", "handle")] == hooks(APP + registration)


@pytest.mark.parametrize(
    "lifespan",
    [
        "@asynccontextmanager\nasync def lifespan(app):\n    yield\nother = FastAPI(lifespan=lifespan)",
        "async def lifespan(app):\n    yield\nother = FastAPI(lifespan=lifespan)",
        "async def lifespan(app):\n    yield\noptions = {'lifespan': lifespan}\nother = FastAPI(**options)",
    ],
)
def test_a_lifespan_is_known_by_the_app_that_is_given_it(lifespan: str) -> None:
    assert [("lifespan", "lifespan")] == hooks(f"from contextlib import asynccontextmanager\n{APP}{lifespan}")


@pytest.mark.parametrize(
    "registration",
    [
        '@app.on_event("shutdown")\nasync def stop(): ...',
        'async def stop(): ...\napp.add_event_handler("shutdown", stop)',
        "async def stop(): ...\nother = FastAPI(on_shutdown=[stop])",
        "async def stop(): ...\napp.router.on_shutdown.append(stop)",
    ],
)
def test_a_shutdown_handler_is_known_however_it_is_registered(registration: str) -> None:
    assert [("shutdown handler", "stop")] == hooks(APP + registration)


def test_a_startup_handler_delays_no_request() -> None:
    code = APP + '@app.on_event("startup")\nasync def start():\n    time.sleep(1)'
    assert ([], []) == (hooks(code), blocked(code))


@pytest.mark.parametrize(
    "added",
    [
        "def read(tasks: BackgroundTasks):\n    tasks.add_task(work, 1)",
        "def read(request):\n    return JSONResponse({}, background=BackgroundTask(work, 1))",
        "def read(request):\n    tasks = BackgroundTasks()\n    tasks.add_task(func=work)",
    ],
)
def test_a_background_task_is_what_is_handed_over(added: str) -> None:
    code = f"""from fastapi import BackgroundTasks
from fastapi.responses import JSONResponse
from starlette.background import BackgroundTask
async def work(n): ...
{added}
"""
    assert [("background task", "work")] == hooks(code)


def test_a_task_of_something_else_is_no_background_task() -> None:
    code = "from fastapi import FastAPI\nimport acme\nasync def work(): ...\nacme.queue.add_task(work)"
    assert [] == hooks(code)


def test_an_async_generator_that_is_streamed_is_run_by_the_framework() -> None:
    code = (
        APP
        + """
from fastapi.responses import StreamingResponse
async def rows():
    yield b""
def lines():
    yield b""
@app.get("/")
def read(fast: bool):
    return StreamingResponse(rows() if fast else lines())
"""
    )
    assert [("streaming generator", "rows")] == hooks(code)


# What runs on the loop


@pytest.mark.parametrize(
    ("code", "function"),
    [
        ('@app.get("/")\nasync def read():\n    time.sleep(1)', "read"),
        ('@app.websocket("/")\nasync def read(ws):\n    time.sleep(1)', "read"),
        ("async def load():\n    time.sleep(1)\n@app.get('/')\ndef read(x=Depends(load)): ...", "load"),
        (
            "async def load():\n    yield\n    time.sleep(1)\n@app.get('/')\ndef read(x=Depends(load)): ...",
            "load",
        ),
        (
            "async def sub():\n    time.sleep(1)\ndef load(x=Depends(sub)): ...\ndef a(x=Depends(load)): ...",
            "sub",
        ),
        (
            "class A:\n    async def __call__(self):\n        time.sleep(1)\ndef get(x=Depends(A())): ...",
            "A.__call__",
        ),
        ('@app.middleware("http")\nasync def around(request, call_next):\n    time.sleep(1)', "around"),
        ("@app.exception_handler(500)\nasync def handle(request, error):\n    time.sleep(1)", "handle"),
        (
            (
                "from fastapi import BackgroundTasks\nasync def work():\n    time.sleep(1)\n"
                "def read(tasks: BackgroundTasks):\n    tasks.add_task(work)"
            ),
            "work",
        ),
        (
            (
                "from fastapi.responses import StreamingResponse\nasync def rows():\n"
                "    time.sleep(1)\n    yield b''\ndef read():\n    return StreamingResponse(rows())"
            ),
            "rows",
        ),
        (
            (
                "import asyncio\nasync def poll():\n    time.sleep(1)\n"
                "@app.on_event('startup')\nasync def start():\n    asyncio.create_task(poll())"
            ),
            "poll",
        ),
        (
            (
                "from pydantic import BaseModel, field_validator\nclass Item(BaseModel):\n    name: str\n"
                "    @field_validator('name')\n    def check(cls, value):\n        time.sleep(1)\n"
                "@app.post('/')\ndef read(item: Item): ..."
            ),
            "Item.check",
        ),
        (
            (
                "from fastapi.responses import Response\nclass Slow(Response):\n"
                "    def render(self, content):\n        time.sleep(1)\n"
                "@app.get('/', response_class=Slow)\ndef read(): ..."
            ),
            "Slow.render",
        ),
    ],
)
def test_it_runs_on_the_event_loop(code: str, function: str) -> None:
    assert [f"{function}: time.sleep"] == blocked(APP + code)


@pytest.mark.parametrize(
    "code",
    [
        '@app.get("/")\ndef read():\n    time.sleep(1)',
        "def load():\n    time.sleep(1)\n@app.get('/')\nasync def read(x=Depends(load)): ...",
        "def load():\n    yield\n    time.sleep(1)\n@app.get('/')\nasync def read(x=Depends(load)): ...",
        "@app.exception_handler(500)\ndef handle(request, error):\n    time.sleep(1)",
        (
            "from fastapi import BackgroundTasks\ndef work():\n    time.sleep(1)\n"
            "async def read(tasks: BackgroundTasks):\n    tasks.add_task(work)"
        ),
        (
            "from fastapi.responses import StreamingResponse\ndef rows():\n    time.sleep(1)\n    yield b''\n"
            "@app.get('/')\nasync def read():\n    return StreamingResponse(rows())"
        ),
        "time.sleep(1)",
        "async def unused():\n    time.sleep(1)",
        "if __name__ == '__main__':\n    time.sleep(1)",
    ],
)
def test_it_does_not_run_on_the_event_loop(code: str) -> None:
    assert [] == blocked(APP + code)


@pytest.mark.parametrize(
    "code",
    [
        "async def life(app):\n    time.sleep(1)\n    yield\n    time.sleep(2)\nFastAPI(lifespan=life)",
        "@app.on_event('startup')\nasync def start():\n    time.sleep(1)",
        "@app.on_event('shutdown')\nasync def stop():\n    time.sleep(1)",
    ],
)
def test_nobody_waits_for_what_runs_before_and_after_all_requests(code: str) -> None:
    assert [] == blocked(APP + code)


@pytest.mark.parametrize(
    "code",
    [
        "async def lifespan(app):\n    asyncio.run(work())\n    yield\nFastAPI(lifespan=lifespan)",
        "async def lifespan(app):\n    yield\n    asyncio.run(work())\nFastAPI(lifespan=lifespan)",
        "@app.on_event('startup')\nasync def start():\n    asyncio.run(work())",
        "@app.on_event('shutdown')\nasync def stop():\n    asyncio.run(work())",
    ],
)
def test_a_second_loop_fails_there_all_the_same(code: str) -> None:
    [found] = blocked(APP + "import asyncio\nasync def work(): ...\n" + code)
    assert found.endswith(": asyncio.run")


def test_a_helper_of_a_lifespan_that_a_route_calls_too_is_waited_for() -> None:
    lifespan = "async def lifespan(app):\n    await work()\n    yield\nFastAPI(lifespan=lifespan)\n"
    work = "async def work():\n    time.sleep(1)\n"
    assert [] == blocked(APP + work + lifespan)
    assert ["work: time.sleep"] == blocked(APP + work + lifespan + READ + "await work()")


# Where it stops


@pytest.mark.parametrize(
    "call",
    [
        "await run_in_threadpool(pause)",
        "await asyncio.to_thread(pause)",
        "await anyio.to_thread.run_sync(pause)",
        "await asyncio.get_running_loop().run_in_executor(None, pause)",
        "asyncio.get_event_loop().run_in_executor(None, partial(pause))",
        "Thread(target=pause).start()",
        "executor.submit(pause)",
        "await run_in_threadpool(lambda: pause())",
        "partial(pause)",
        "callbacks.append(pause)",
        "atexit.register(pause)",
    ],
)
def test_a_function_that_is_handed_over_does_not_run_here(call: str) -> None:
    imports = """\
import anyio, asyncio, atexit
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Thread
from fastapi.concurrency import run_in_threadpool
executor, callbacks = ThreadPoolExecutor(), []
"""
    assert [] == blocked(imports + PAUSE + READ + call)


@pytest.mark.parametrize(
    "call",
    [
        "pause()",
        "x = pause()",
        "await run_in_threadpool(print, pause())",
        "[pause() for _ in 'ab']",
        "f'{pause()}'",
        "sleepy = pause\n    sleepy()",
        "partial(pause)()",
        "(lambda: 1)() or pause()",
    ],
)
def test_a_function_that_is_called_runs_here(call: str) -> None:
    imports = "from functools import partial\nfrom fastapi.concurrency import run_in_threadpool\n"
    [found] = blocked(imports + PAUSE + READ + call)
    assert found.startswith("read: ")
    assert found.endswith(" > pause")


def test_an_inner_function_runs_only_where_it_is_called() -> None:
    code = APP + READ + "def inner():\n        time.sleep(1)\n    return inner"
    called = APP + READ + "def inner():\n        time.sleep(1)\n    return inner()"
    assert ([], ["read: inner > inner"]) == (blocked(code), blocked(called))


def test_a_generator_function_runs_where_it_is_iterated() -> None:
    rows = APP + "def rows():\n    time.sleep(1)\n    yield 1\n"
    assert [] == blocked(rows + READ + "x = rows()")
    assert ["read: rows > rows"] == blocked(rows + READ + "for row in rows(): ...")
    assert ["read: rows > rows"] == blocked(rows + READ + "return list(rows())")


def test_entering_an_object_runs_its_enter_and_exit() -> None:
    code = (
        APP
        + """
class Slow:
    def __enter__(self):
        return self
    def __exit__(self, *args):
        time.sleep(1)
"""
        + READ
        + "with Slow(): ..."
    )
    assert ["read: Slow > Slow.__exit__"] == blocked(code)


def test_making_an_object_runs_its_constructor() -> None:
    code = APP + "class Slow:\n    def __init__(self):\n        time.sleep(1)\n" + READ + "Slow()"
    assert ["read: Slow > Slow.__init__"] == blocked(code)


def test_calling_an_object_runs_its_call_method() -> None:
    code = (
        APP + "class Slow:\n    def __call__(self):\n        time.sleep(1)\nslow = Slow()\n" + READ + "slow()"
    )
    assert ["read: slow > Slow.__call__"] == blocked(code)


def test_a_wrapper_that_runs_a_function_elsewhere_stops_the_chain() -> None:
    code = """
        import asyncio, functools, time
        from fastapi import FastAPI
        app = FastAPI()
        def threaded(function):
            @functools.wraps(function)
            async def wrapper(*args):
                return await asyncio.to_thread(function, *args)
            return wrapper
        @threaded
        def pause():
            time.sleep(1)
        @app.get("/")
        async def read():
            await pause()
        """
    assert [] == blocked(code)


def test_a_wrapper_that_runs_a_function_here_does_not() -> None:
    code = """
        import functools, time
        from fastapi import FastAPI
        app = FastAPI()
        def traced(function):
            @functools.wraps(function)
            def wrapper(*args):
                return function(*args)
            return wrapper
        @traced
        def pause():
            time.sleep(1)
        @app.get("/")
        async def read():
            pause()
        """
    assert ["read: pause > wrapper > pause"] == blocked(code)


# Chains


def test_a_chain_leads_through_modules_and_names_every_step() -> None:
    files = {
        "main.py": """
            from fastapi import FastAPI
            from services import price
            app = FastAPI()
            @app.get("/")
            async def read():
                return price()
            """,
        "services.py": "from rates import convert\ndef price():\n    return convert()",
        "rates.py": "import requests\ndef convert():\n    return requests.get('/')",
    }
    [call] = project(files).loop.calls
    assert ("main.py", 7) == (call.place.path, call.place.span.line)
    assert [
        ("services.py", 3, "price() calls convert()"),
        ("rates.py", 3, "convert() calls requests.get()"),
    ] == [(step.place.path, step.place.span.line, step.message) for step in call.trace]


def test_what_usually_blocks_is_shown_before_what_blocks_in_an_except() -> None:
    first = "def first():\n    pause()\n"
    store = "def store():\n    try:\n        first()\n    except OSError:\n        time.sleep(1)\n"
    assert ["read: store > store > first > pause"] == blocked(PAUSE + first + store + READ + "store()\n")


def test_what_blocks_only_in_an_except_is_shown_too() -> None:
    store = "def store():\n    try:\n        len([])\n    except OSError:\n        pause()\n"
    assert ["read: store > store > pause"] == blocked(PAUSE + store + READ + "store()\n")


def test_the_shortest_chain_is_shown() -> None:
    code = (
        PAUSE
        + """
def long():
    longer()
def longer():
    pause()
def both():
    long()
    pause()
"""
        + READ
        + "both()"
    )
    assert ["read: both > both > pause"] == blocked(code)


def test_two_functions_that_call_each_other_end_somewhere() -> None:
    code = APP + "def one():\n    two()\ndef two():\n    one()\n    time.sleep(1)\n" + READ + "one()"
    assert ["read: one > one > two"] == blocked(code)


def test_a_helper_that_is_reached_from_def_and_async_routes_blocks_only_the_async_ones() -> None:
    code = PAUSE + "@app.get('/a')\ndef threaded():\n    pause()\n" + READ + "pause()"
    assert ["read: pause > pause"] == blocked(code)


def test_each_async_route_that_reaches_a_helper_is_a_finding_of_its_own() -> None:
    code = PAUSE + "@app.get('/a')\nasync def first():\n    pause()\n" + READ + "pause()"
    assert ["first: pause > pause", "read: pause > pause"] == blocked(code)


def test_an_async_helper_blocks_in_its_own_body_once_for_all_its_callers() -> None:
    code = (
        APP
        + """
async def helper():
    time.sleep(1)
@app.get("/a")
async def first():
    await helper()
@app.get("/b")
async def second():
    await helper()
"""
    )
    assert ["helper: time.sleep"] == blocked(code)


def test_a_def_helper_that_starts_a_coroutine_does_not_run_it() -> None:
    code = (
        APP
        + """
import asyncio
async def slow():
    time.sleep(1)
def start():
    asyncio.run(slow())
@app.get("/")
def read():
    start()
"""
    )
    assert [] == blocked(code)


def test_a_helper_that_was_injected_is_followed() -> None:
    code = (
        APP
        + """
class Service:
    def load(self):
        time.sleep(1)
@app.get("/")
async def read(service: Service = Depends()):
    service.load()
"""
    )
    assert ["read: service.load > Service.load"] == blocked(code)


def test_the_one_implementation_of_an_injected_interface_is_followed() -> None:
    code = """
        import time
        from abc import ABC, abstractmethod
        from fastapi import Depends, FastAPI
        class Store(ABC):
            @abstractmethod
            def load(self): ...
        class Disk(Store):
            def load(self):
                time.sleep(1)
        def store() -> Store:
            return Disk()
        app = FastAPI()
        @app.get("/")
        async def read(store: Store = Depends(store)):
            store.load()
        """
    assert ["read: store.load > Disk.load"] == blocked(code)


def test_a_call_that_is_awaited_blocks_nothing() -> None:
    code = "from acme import requests_async\n" + APP + READ + "await requests_async.get()"
    assert [] == blocked(code)


def test_a_receiver_that_may_be_something_harmless_blocks_nothing() -> None:
    code = (
        APP
        + """
import requests, httpx
def client(fast):
    return httpx.AsyncClient() if fast else requests.Session()
"""
        + READ
        + "client(True).get('/')"
    )
    assert [] == blocked(code)


def test_every_function_that_a_request_reaches_is_known_with_its_thread() -> None:
    code = PAUSE + "@app.get('/a')\ndef threaded():\n    pause()\n" + READ + "return 1"
    loop = project(code).loop
    assert {"pause", "threaded", "read"} == {each.scope.name for each in loop.reached}
    assert {"read"} == {each.scope.name for each in loop.functions}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("time.sleep(1)", "route"),
        ("load()", "route"),
    ],
)
def test_a_finding_knows_the_root_that_it_is_reached_from(body: str, expected: str) -> None:
    code = APP + f"def load():\n    time.sleep(1)\n@app.get('/orders')\nasync def read():\n    {body}"
    assert [expected] == [call.root.role for call in project(code).loop.calls]


# What an entry means


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('urlopen("https://example.com")', 1),
        ('urlopen("data:text/plain,shop")', 0),
        ('urlopen(url="data:text/plain,shop")', 0),
        ('urlopen(f"data:image/png;base64,{picture}")', 0),
        ('urlopen("data:text/plain," + picture)', 0),
        ("urlopen(picture)", 1),
        ('build_opener().open("data:text/plain,shop")', 0),
        ("build_opener().open(picture)", 1),
        ("gethostbyname(picture)", 1),
        ('gethostbyname("localhost")', 0),
        ("gethostbyname(gethostname())", 0),
        ('AudioSegment.from_file(picture, "mp3")', 1),
        ('AudioSegment.from_file(picture, format="wav")', 0),
    ],
)
def test_a_text_can_say_that_a_call_waits_for_nothing(call: str, expected: int) -> None:
    code = (
        "from pydub import AudioSegment\n"
        "from socket import gethostbyname, gethostname\n"
        "from urllib.request import build_opener, urlopen\n"
        f'{APP}@app.get("/")\nasync def read(picture: str):\n    return {call}'
    )
    assert expected == len(blocked(code))


def test_an_object_that_is_called_blocks_where_a_table_says_so() -> None:
    code = "from transformers import pipeline\nclassify = pipeline()\n"
    assert ["read: classify"] == blocked(f'{code}{APP}{READ}classify("good")')


@pytest.mark.parametrize(
    ("given", "expected"),
    [("interval=1", 1), ("0.1", 1), ("interval=None", 0), ("0", 0), ("percpu=True", 0)],
)
def test_an_interval_to_measure_over_is_waited_for(given: str, expected: int) -> None:
    assert expected == len(blocked(f"import psutil\n{APP}{READ}psutil.cpu_percent({given})"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return path.read_text()", 0),
        ("if path.exists():\n            return path.read_text()", 0),
        ("with path.open() as file:\n            return file.read()", 0),
        ("text = path.read_text()\n        return text", 0),
        ("text = path.read_text()\n        if text:\n            return text", 1),
        ("text = path.read_text()\n        if not text:\n            continue\n        return text", 1),
        ("texts.append(path.read_text())", 1),
    ],
)
def test_a_loop_that_a_return_always_leaves_repeats_nothing(body: str, expected: int) -> None:
    code = f'{READ}texts = []\n    for path in Path("texts").iterdir():\n        {body}'
    assert expected == len(blocked(f"from pathlib import Path\n{APP}{code}"))
