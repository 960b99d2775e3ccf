"""What `def` dependencies wait for in a thread."""

from fastlint.model.threadcalls import ThreadCall
from tests.model import project

SLOW = ("blocking-http-call", "blocking-sleep")


def slow_call(text: str) -> ThreadCall | None:
    found = project(
        f"from fastapi import Depends, FastAPI\napp = FastAPI()\n{text}"
    ).dependencies.dependencies
    [dependency] = [each for each in found if each.function.name == "get"]
    return dependency.slow_call(*SLOW)


def test_the_shortest_way_to_a_slow_call_is_found() -> None:
    found = slow_call(
        """
import time, requests

def fetch():
    return requests.get("https://example.com")

def get():
    fetch()
    time.sleep(1)

@app.get("/")
async def read(found=Depends(get)): ...
"""
    )
    assert found is not None
    assert (found.name, found.is_direct, found.place.span.line) == ("time.sleep", True, 11)


def test_the_steps_lead_from_the_dependency_to_the_call() -> None:
    found = slow_call(
        """
import requests

class Client:
    def fetch(self):
        return requests.get("https://example.com")

def get():
    return Client().fetch()

@app.get("/")
async def read(found=Depends(get)): ...
"""
    )
    assert found is not None
    assert ["Client.fetch() calls requests.get()"] == [step.message for step in found.trace]


def test_an_async_dependency_has_none_and_neither_has_what_no_rule_is_asked_of() -> None:
    calls = ("async def get(): time.sleep(1)", "def get(): open('a').read()")
    route = "@app.get('/')\nasync def read(found=Depends(get)): ..."
    assert [None, None] == [slow_call(f"import time\n{each}\n{route}\n") for each in calls]
