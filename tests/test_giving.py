"""What comes out of containers, of functions of the standard library, and of what is kept for later."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.model import revealed

HEAD = "import asyncio\nimport contextlib\nimport functools\nimport random\nimport requests\n\n"

CLIENTS = {
    "the entry of a dict under any key": "clients = {'a': requests.Session()}\nreveal(clients[key])",
    "the entry of a dict under a number": "clients = {1: requests.Session(), 2: 'x'}\nreveal(clients[1])",
    "`get` of a dict": "clients = {'a': requests.Session()}\nreveal(clients.get(key))",
    "`dict(...)`": "clients = dict(a=requests.Session())\nreveal(clients['a'])",
    "a dict comprehension": "clients = {key: requests.Session() for key in 'ab'}\nreveal(clients[key])",
    "a default dict": """
        from collections import defaultdict
        clients = defaultdict(requests.Session)
        reveal(clients[key])
        """,
    "an empty dict of a declared type": "clients: dict[str, requests.Session] = {}\nreveal(clients[key])",
    "an empty list of a declared type": "clients: list[requests.Session] = []\nreveal(clients.pop())",
    "a dict that is filled later": "clients = {}\nclients[key] = requests.Session()\nreveal(clients[key])",
    "a dict that another method fills": """
        class Pool:
            def __init__(self):
                self.clients = {}

            def add(this, key):
                this.clients[key] = requests.Session()

            def get(self, key):
                reveal(self.clients[key])
        """,
    "the values of a dict": "for client in {'a': requests.Session()}.values():\n    reveal(client)",
    "the pairs of a dict": "for key, client in {'a': requests.Session()}.items():\n    reveal(client)",
    "`enumerate`": "for number, client in enumerate([requests.Session()]):\n    reveal(client)",
    "`zip`": "for number, client in zip('a', [requests.Session()]):\n    reveal(client)",
    "`map`": "for client in map(lambda key: requests.Session(), range(3)):\n    reveal(client)",
    "`filter`": "for client in filter(None, [requests.Session()]):\n    reveal(client)",
    "`next`": "reveal(next(iter([requests.Session()])))",
    "`random.choice`": "reveal(random.choice([requests.Session()]))",
    "a sorted copy": "reveal(sorted([requests.Session()])[0])",
    "`getattr` of a known name": "reveal(getattr(requests, 'Session')())",
    "`getattr` with a default": "class Pool: ...\nreveal(getattr(Pool, 'client', requests.Session()))",
    "`contextlib.closing`": "with contextlib.closing(requests.Session()) as client:\n    reveal(client)",
    "an exit stack": """
        with contextlib.ExitStack() as stack:
            client = stack.enter_context(requests.Session())
            reveal(client)
        """,
    "`__getitem__` of the project": """
        class Pool:
            def __getitem__(self, key):
                return requests.Session()
        reveal(Pool()[key])
        """,
    "`__iter__` of the project": """
        class Pool:
            def __iter__(self):
                yield requests.Session()
        for client in Pool():
            reveal(client)
        """,
    "the class of an object": """
        class Pool:
            client = requests.Session()
        reveal(Pool().__class__.client)
        """,
    "a name that a function sets with `global`": """
        client = None
        def start():
            global client
            client = requests.Session()
        reveal(client)
        """,
    "an attribute that a class method sets": """
        class Pool:
            client = None
            @classmethod
            def start(cls):
                cls.client = requests.Session()
        reveal(Pool.client)
        """,
    "what a subclass passes to the constructor of its base": """
        class Base:
            def __init__(self, client):
                self.client = client
        class Pool(Base):
            def __init__(self):
                super().__init__(requests.Session())
        reveal(Pool().client)
        """,
    "a field that is given by position": """
        from dataclasses import dataclass
        @dataclass
        class Pool:
            name: str
            client: object
        reveal(Pool('a', requests.Session()).client)
        """,
    "a context variable of a declared type": """
        from contextvars import ContextVar
        client: ContextVar[requests.Session] = ContextVar("client")
        reveal(client.get())
        """,
    "what is kept in the state of the application": """
        from fastapi import FastAPI, Request
        app = FastAPI()
        app.state.client = requests.Session()
        def read(request: Request):
            reveal(request.app.state.client)
        """,
}
AWAITED = {
    "a task": "reveal(await asyncio.create_task(make()))",
    "`wait_for`": "reveal(await asyncio.wait_for(make(), 1))",
    "`gather`": "reveal((await asyncio.gather(make(), make()))[1])",
    "`gather` of many": "for client in await asyncio.gather(*[make() for _ in 'ab']):\n    reveal(client)",
    "a thread": "reveal(await asyncio.to_thread(requests.Session))",
}


@pytest.mark.parametrize("case", CLIENTS)
def test_a_client_comes_out_of(case: str) -> None:
    assert ["<requests.Session>"] == revealed(HEAD + dedent(CLIENTS[case]))


@pytest.mark.parametrize("case", AWAITED)
def test_a_client_is_awaited_from(case: str) -> None:
    body = "async def make():\n    return requests.Session()\n\n\nasync def read():\n"
    lines = AWAITED[case].split("\n")
    assert ["<requests.Session>"] == revealed(HEAD + body + "".join(f"    {line}\n" for line in lines))


def test_a_key_that_is_not_there_tells_nothing() -> None:
    assert [""] == revealed(HEAD + "clients = {'a': requests.Session()}\nreveal(clients['b'])")


def test_the_state_of_the_application_is_unknown_when_a_part_of_it_is() -> None:
    code = """
        from fastapi import FastAPI, Request
        app = FastAPI()
        app.state.client = requests.Session()
        app.state.client = unknown()
        def read(request: Request):
            reveal(request.app.state.client)
        """
    assert ["starlette.requests.Request.app.state.client"] == revealed(HEAD + dedent(code))


def test_a_sum_that_has_itself_in_it_is_understood() -> None:
    code = "def read(a):\n    text = a\n    text = text + a\n    text = text % a\n    reveal(text.strip())"
    assert [""] == revealed(code)
