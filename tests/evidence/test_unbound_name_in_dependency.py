"""FL233: a dependency that names a parameter of its endpoint fails, or gets a builtin function."""

from typing import Any

import pytest
from fastapi import Depends, FastAPI

from tests.evidence.client import request
from tests.evidence.pages import examples, execute

item_name = "the module's"


HEAD = """
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()
raised = []


@app.middleware("http")
async def keep(request, call_next):
    try:
        return await call_next(request)
    except NameError as error:
        raised.append(str(error))
        raise

"""
DEFAULT = """
@app.get("/{item_id}")
def read(item_id: int, item: int = Depends(lambda: item_id)): ...
"""
ANNOTATED = """
@app.get("/{item_id}")
def read(item_id: int, item: Annotated[int, Depends(lambda: item_id)]): ...
"""
LISTED = """
@app.get("/{item_id}", dependencies=[Depends(lambda: item_id)])
def read(item_id: int): ...
"""
FUNCTION = """
def get_item():
    return item_id


@app.get("/{item_id}")
def read(item_id: int, item: int = Depends(get_item)): ...
"""


@pytest.mark.parametrize("code", [DEFAULT, ANNOTATED, LISTED, FUNCTION])
def test_every_request_fails_for_the_name_is_not_defined(code: str) -> None:
    module = execute(HEAD + code)
    assert request(module["app"], "GET", "/1").status_code == 500
    assert module["raised"] == ["name 'item_id' is not defined"]


def test_a_name_of_a_builtin_function_is_that_function() -> None:
    app = FastAPI()

    @app.get("/{id}")
    def read(id: int, found: Any = Depends(lambda: repr(id))) -> Any:  # noqa: A002 - which is the mistake
        return found

    assert request(app, "GET", "/1").json() == "<built-in function id>"


def test_a_name_of_the_module_is_that_of_the_module() -> None:
    app = FastAPI()

    @app.get("/{item_name}")
    def read(item_name: str, found: Any = Depends(lambda: item_name)) -> Any:
        return found

    assert request(app, "GET", "/lamp").json() == "the module's"


def test_what_a_factory_has_its_dependencies_see() -> None:
    app = FastAPI()

    def make(item_id: int) -> None:
        @app.get("/made")
        def read(found: Any = Depends(lambda: item_id)) -> Any:
            return found

    make(3)
    assert request(app, "GET", "/made").json() == 3


def test_the_bad_example_finds_no_item_and_the_good_one_does() -> None:
    apps = [each["app"] for each in examples("unbound-name-in-dependency")]
    assert [request(app, "GET", "/items/1").json() for app in apps] == [None, "lamp"]


def test_a_dependency_gets_the_same_value_by_the_same_name_and_by_the_same_depends() -> None:
    app = FastAPI()
    made: list[object] = []

    def connect() -> object:
        made.append(object())
        return made[-1]

    def get_item(item_id: int, connection: Any = Depends(connect)) -> tuple[int, int]:
        return item_id, id(connection)

    @app.get("/{item_id}")
    def read(item_id: int, connection: Any = Depends(connect), item: Any = Depends(get_item)) -> bool:
        return bool(item == (item_id, id(connection)))

    assert request(app, "GET", "/1").json() is True
    assert len(made) == 1
