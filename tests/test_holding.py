"""Which handlers get what a dependency gives, and how they call it."""

from __future__ import annotations

from textwrap import dedent

from fastlint.model.holding import holders
from tests.model import project

HEAD = """
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


def give():
    yield object()


Given = Annotated[object, Depends(give)]
"""


def held(code: str) -> dict[str, tuple[str, ...]]:
    """The names of the handlers that get what `give` gives, with their own names for it."""
    found = project(f"{HEAD}\n{dedent(code)}").dependencies.dependencies
    [dependency] = [each for each in found if each.function.name == "give"]
    return {function.name: body.names for function, body in holders(dependency).items()}


def test_a_handler_calls_it_as_its_parameter() -> None:
    assert held("@app.get('/')\ndef read(thing: Given): ...") == {"read": ("thing",)}


def test_a_handler_may_give_it_other_names() -> None:
    code = """
    @app.get('/')
    def read(thing: Given):
        other = thing
        with other as third: ...
    """
    assert held(code) == {"read": ("thing", "other", "third")}


def test_a_class_keeps_it_as_an_attribute() -> None:
    code = """
    class Service:
        def __init__(self, thing: Given):
            self.kept = thing

    @app.get('/')
    def read(service: Annotated[Service, Depends()]): ...
    """
    assert held(code) == {"__init__": ("thing",), "read": ("service.kept",)}


def test_objects_keep_objects_that_have_it() -> None:
    code = """
    class Inner:
        def __init__(self, thing):
            self.kept = thing

    class Outer:
        def __init__(self, inner):
            self.inner = inner

    def get_outer(thing: Given):
        inner = Inner(thing)
        return Outer(inner)

    @app.get('/')
    def read(outer=Depends(get_outer)): ...
    """
    assert held(code) == {"get_outer": ("thing", "inner.kept"), "read": ("outer.inner.kept",)}


def test_a_dataclass_has_it_in_a_field() -> None:
    code = """
    @dataclass
    class Unit:
        thing: object

    def get_unit(thing: Given):
        yield Unit(thing=thing)

    @app.get('/')
    def read(unit=Depends(get_unit)): ...
    """
    assert held(code) == {"get_unit": ("thing",), "read": ("unit.thing",)}


def test_functions_and_properties_give_objects_that_have_it() -> None:
    code = """
    class Repository:
        def __init__(self, thing):
            self.thing = thing

    class Repositories:
        def __init__(self, thing):
            self._thing = thing

        @property
        def users(self):
            return Repository(self._thing)

    def make(something):
        return Repositories(something)

    @app.get('/')
    def read(thing: Given):
        all_of_them = make(thing)
        users = all_of_them.users
    """
    assert held(code) == {"read": ("thing", "all_of_them._thing", "users.thing")}


def test_a_function_that_calls_itself_is_followed_to_an_end() -> None:
    code = """
    def make(thing, depth):
        return make(thing, depth - 1) if depth else thing

    @app.get('/')
    def read(thing: Given):
        made = make(thing, 3)
    """
    assert held(code) == {"read": ("thing",)}


def test_what_is_made_again_is_another_one() -> None:
    assert held("@app.get('/')\ndef read(thing=Depends(give, use_cache=False)): ...") == {}
