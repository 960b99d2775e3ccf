"""Where code uses what other packages bring."""

from __future__ import annotations

import pytest

from fastlint.model.outside import calls_of, import_behind, imports_of, uses_of
from tests.model import Files, project

CONSTANT = "starlette.status.HTTP_422_UNPROCESSABLE_ENTITY"

STATUS = "from starlette import status"
USES = {
    "an attribute": "from starlette import status\nprint(status.HTTP_422_UNPROCESSABLE_ENTITY)",
    "a name": "from starlette.status import HTTP_422_UNPROCESSABLE_ENTITY\nx = HTTP_422_UNPROCESSABLE_ENTITY",
    "another name": "from starlette.status import HTTP_422_UNPROCESSABLE_ENTITY as BAD\nx = [BAD]",
    "a module of another name": "import starlette.status as s\nx = {s.HTTP_422_UNPROCESSABLE_ENTITY: 1}",
    "the default of a parameter": f"{STATUS}\ndef g(x=status.HTTP_422_UNPROCESSABLE_ENTITY): ...",
    "a lambda": "from starlette import status\nf = lambda: status.HTTP_422_UNPROCESSABLE_ENTITY",
    "a lambda in a lambda": f"{STATUS}\nf = lambda: lambda: status.HTTP_422_UNPROCESSABLE_ENTITY",
    "a star import": "from starlette.status import *\nx = HTTP_422_UNPROCESSABLE_ENTITY",
}


@pytest.mark.parametrize("code", USES.values(), ids=USES)
def test_a_use_is_found_however_it_is_spelled(code: str) -> None:
    [use] = uses_of(project(code), CONSTANT)
    assert use.place.span.line == code.count("\n") + 1


def test_what_has_the_name_and_is_another_thing_is_no_use() -> None:
    code = "from other import status\nx = status.HTTP_422_UNPROCESSABLE_ENTITY"
    assert [] == list(uses_of(project(code), CONSTANT))


CALLS: dict[str, Files] = {
    "a class": {"main.py": "from fastapi import Query\nq = Query(1)"},
    "a class of another name": {"main.py": "from fastapi import Query as Q\nq = Q(1)"},
    "a class that the project hands on": {
        "main.py": "from common import Query\nq = Query(1)",
        "common.py": "from fastapi import Query",
    },
    "a call in an annotation": {"main.py": "import fastapi\nx: Annotated[int, fastapi.Query(1)]"},
}


@pytest.mark.parametrize("files", CALLS.values(), ids=CALLS)
def test_a_call_is_found_however_its_callee_is_spelled(files: Files) -> None:
    [call] = calls_of(project(files), "fastapi.Query")
    assert call.place.path == "main.py"


def test_a_method_is_that_of_an_object_of_the_class() -> None:
    code = """
        import httpx

        def ask(client: httpx.Client, other):
            client.get("/", json={})
            other.get("/", json={})
            {}.get("/")
    """
    [call] = calls_of(project(code), "httpx.Client.get")
    assert call.place.span.line == 5


def test_only_calls_count_that_are_given_one_of_the_arguments() -> None:
    code = """
        import httpx

        client = httpx.Client()
        client.get("/")
        client.get("/", json={})
        client.get("/", **{"json": {}})
    """
    [call] = calls_of(project(code), "httpx.Client.get", giving=["json", "data"])
    assert call.place.span.line == 6


def test_a_test_is_looked_into_that_only_has_its_fixtures() -> None:
    files = {
        "tests/conftest.py": """
            import httpx
            import pytest

            @pytest.fixture
            def client():
                return httpx.Client()
        """,
        "tests/test_items.py": "def test_items(client):\n    client.delete('/', json={})\n",
        "items.py": "def items(client):\n    client.delete('/', json={})\n",
    }
    whole = project(files, seeds=["tests/conftest.py"])
    assert [] == list(calls_of(whole, "httpx.Client.delete", giving=["json"]))
    [call] = calls_of(whole, "httpx.Client.delete", giving=["json"], in_tests=["delete", "json"])
    assert call.place.path == "tests/test_items.py"


def test_an_import_knows_whether_its_module_reads_the_name() -> None:
    code = "from starlette.status import HTTP_422_UNPROCESSABLE_ENTITY as BAD\n"
    [unused] = imports_of(project(code), CONSTANT)
    [used] = imports_of(project(f"{code}print(BAD)"), CONSTANT)
    assert (False, True, "starlette.status") == (unused.is_used, used.is_used, used.module)


BEHIND = {
    "from starlette.status import HTTP_422_UNPROCESSABLE_ENTITY as BAD\nx = BAD": "starlette.status",
    "from starlette import status\nx = status.HTTP_422_UNPROCESSABLE_ENTITY": None,
    "from starlette.status import *\nx = HTTP_422_UNPROCESSABLE_ENTITY": None,
}


@pytest.mark.parametrize("code", BEHIND)
def test_behind_a_bare_name_is_the_import_that_has_it(code: str) -> None:
    [use] = uses_of(project(code), CONSTANT)
    found = import_behind(use)
    assert BEHIND[code] == (None if found is None else found.module)


def test_what_the_project_hands_on_is_no_import_of_another_package() -> None:
    files = {
        "main.py": "from codes import HTTP_422_UNPROCESSABLE_ENTITY\nx = HTTP_422_UNPROCESSABLE_ENTITY",
        "codes.py": "from starlette.status import HTTP_422_UNPROCESSABLE_ENTITY",
    }
    [use] = uses_of(project(files), CONSTANT)
    assert import_behind(use) is None
