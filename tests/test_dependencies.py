"""What FastAPI injects: where `Depends` stands, what it calls, and what that declares itself."""

from __future__ import annotations

import pytest

from fastlint.model.dependencies import Dependencies
from fastlint.model.handlers import Handler
from fastlint.model.injections import Injection, hidden_injections
from fastlint.model.products import product_of, required
from tests.model import Files, described, project, revealed

HEADER = """\
from typing import Annotated, Optional, Union
from fastapi import APIRouter, Depends, FastAPI, Security
"""
LOAD = HEADER + "app = FastAPI()\ndef load(): ...\n"


def dependencies(files: Files | str) -> Dependencies:
    return project(files).dependencies


def injected(files: Files | str) -> list[str]:
    """What each `Depends` calls."""
    return [" | ".join(map(described, each.targets)) for each in dependencies(files).injections]


def names(files: Files | str) -> list[str]:
    """The functions that some `Depends` calls."""
    return [each.function.label for each in dependencies(files).dependencies]


def handler(files: Files | str, name: str) -> Handler:
    return next(each for each in dependencies(files).handlers if each.scope.name == name)


# Where it stands


@pytest.mark.parametrize(
    "parameter",
    [
        "x=Depends(load)",
        "x=Depends(dependency=load)",
        "x=Depends(load, use_cache=False)",
        "x=Security(load, scopes=['a'])",
        "x: int = Depends(load)",
        "x: Annotated[int, Depends(load)]",
        "x: Annotated[int, 'doc', Depends(load)]",
        "x: Annotated[Annotated[int, Depends(load)], 'doc']",
        "x: 'Annotated[int, Depends(load)]'",
        "x: Loaded",
        "x: 'Loaded'",
        "x: Annotated[Loaded, 'doc']",
        "x=loaded",
        "*, x=Depends(load)",
    ],
)
def test_a_parameter_is_filled_by_the_depends_in_its_default_or_annotation(parameter: str) -> None:
    code = (
        LOAD + f"Loaded = Annotated[int, Depends(load)]\nloaded = Depends(load)\ndef read({parameter}): ..."
    )
    functions = [
        [described(value) for value in use.targets]
        for use in dependencies(code).uses
        if use.function is not None and use.function.name == "read"
    ]
    assert [["def main.load"]] == functions


@pytest.mark.parametrize(
    "parameter", ["x=load", "x: int", "x: Annotated[int, load]", "x=acme.Depends(load)", "x=load()"]
)
def test_a_parameter_without_depends_is_filled_by_none(parameter: str) -> None:
    code = LOAD + f"import acme\ndef read({parameter}): ..."
    assert [] == injected(code)


@pytest.mark.parametrize(
    "place",
    [
        "@app.get('/', dependencies=[Depends(load)])\ndef read(): ...",
        "app.add_api_route('/', read, dependencies=[Depends(load)])",
        "app2 = FastAPI(dependencies=[Depends(load)])",
        "router = APIRouter(dependencies=(Depends(load),))",
        "app.include_router(router, dependencies=[Depends(load)])",
        "COMMON = [Depends(load)]\napp.include_router(router, dependencies=COMMON)",
        "COMMON = [Depends(load)]\napp.include_router(router, dependencies=[*COMMON])",
        "COMMON = [Depends(load)]\napp.include_router(router, dependencies=COMMON + [])",
        "loaded = Depends(load)\napp2 = FastAPI(dependencies=[loaded])",
    ],
)
def test_a_depends_in_a_list_is_known_with_the_call_that_it_is_given_to(place: str) -> None:
    found = dependencies(LOAD + place).injections
    assert [["def main.load"]] == [list(map(described, each.targets)) for each in found]
    assert [True] == [each.listed is not None and each.is_discarded for each in found]


def test_depends_is_known_under_another_name() -> None:
    code = "from fastapi import Depends as D\ndef load(): ...\ndef read(x=D(load)): ..."
    assert ["def main.load"] == injected(code)


def test_depends_is_known_through_a_module_that_exports_it_again() -> None:
    files = {
        "compat.py": "from fastapi import Depends",
        "main.py": "from compat import Depends\ndef load(): ...\ndef read(x=Depends(load)): ...",
    }
    assert ["def main.load"] == injected(files)


def test_an_alias_that_is_imported_by_two_routes_is_one_depends_with_two_uses() -> None:
    files = {
        "deps.py": LOAD + "Loaded = Annotated[int, Depends(load)]",
        "main.py": "from deps import Loaded\ndef one(x: Loaded): ...\ndef two(x: Loaded): ...",
    }
    model = dependencies(files)
    [injection] = model.injections
    assert ["one", "two"] == [use.function.name for use in model.uses_of(injection) if use.function]


def test_the_default_of_a_parameter_comes_before_its_annotation() -> None:
    code = LOAD + "def other(): ...\ndef read(x: Annotated[int, Depends(other)] = Depends(load)): ..."
    [use] = [each for each in dependencies(code).uses if each.function is not None]
    assert ["def main.load"] == [described(value) for value in use.targets]


def test_the_last_depends_of_an_annotation_counts() -> None:
    code = LOAD + "def other(): ...\ndef read(x: Annotated[int, Depends(other), Depends(load)]): ..."
    [use] = [each for each in dependencies(code).uses if each.function is not None]
    assert ["def main.load"] == [described(value) for value in use.targets]


@pytest.mark.parametrize(
    "annotation", ["Loaded | None", "Optional[Loaded]", "Union[None, Loaded]", "'Loaded | None'"]
)
def test_a_depends_inside_a_union_fills_nothing_and_is_told_apart(annotation: str) -> None:
    code = LOAD + f"Loaded = Annotated[int, Depends(load)]\ndef read(x: {annotation} = None): ..."
    model = project(code)
    [read] = [scope for scope in model.modules[0].functions() if scope.name == "read"]
    [parameter] = read.node.parameters
    assert model.dependencies.of_parameter(read, parameter) is None
    assert parameter.annotation is not None
    hidden = hidden_injections(model.expression(parameter.annotation, model.modules[0]))
    assert [["def main.load"]] == [list(map(described, each.targets)) for _, each in hidden]


# What it calls


@pytest.mark.parametrize(
    ("definition", "argument", "expected"),
    [
        ("async def load(): ...", "load", ["load"]),
        ("def load():\n    yield 1", "load", ["load"]),
        ("async def load():\n    yield 1", "load", ["load"]),
        ("class Load:\n    def __init__(self, q: str): ...", "Load", ["Load.__init__"]),
        ("class Load:\n    def __call__(self, q: str): ...", "Load()", ["Load.__call__"]),
        ("class Load:\n    def __call__(self): ...\nload = Load()", "load", ["Load.__call__"]),
        ("class Load:\n    def by_id(self): ...\nload = Load()", "load.by_id", ["Load.by_id"]),
        ("class Load:\n    @classmethod\n    def make(cls): ...", "Load.make", ["Load.make"]),
        ("class Load:\n    @staticmethod\n    def make(): ...", "Load.make", ["Load.make"]),
        ("def make(n):\n    def load(q: str): ...\n    return load", "make(1)", ["load"]),
        ("def load(q): ...", "partial(load, q=1)", ["load"]),
        ("def load(): ...", "lambda: load()", ["<lambda>"]),
        ("def load(): ...\ndef other(): ...", "load if fast else other", ["load", "other"]),
        ("", "acme.load", []),
    ],
)
def test_the_function_that_runs_is_known(definition: str, argument: str, expected: list[str]) -> None:
    code = (
        HEADER
        + f"from functools import partial\nimport acme\n{definition}\ndef read(x=Depends({argument})): ..."
    )
    assert expected == names(code)


def test_a_base_class_has_the_constructor_of_a_class_without_one() -> None:
    code = (
        HEADER
        + """
class Base:
    def __init__(self, q: str): ...
class Load(Base): ...
def read(x=Depends(Load)): ...
"""
    )
    assert ["Base.__init__"] == names(code)


@pytest.mark.parametrize(
    "parameter", ["x: Load = Depends()", "x: Annotated[Load, Depends()]", "x: 'Load' = Depends()"]
)
def test_depends_without_argument_calls_the_class_of_the_annotation(parameter: str) -> None:
    code = HEADER + f"class Load:\n    def __init__(self, q: str): ...\ndef read({parameter}): ..."
    assert ["Load.__init__"] == names(code)


def test_a_dependency_is_followed_into_its_module() -> None:
    files = {
        "db.py": "def load(): ...",
        "deps.py": "from db import load as fetch",
        "main.py": "import deps\nfrom fastapi import Depends\ndef read(x=Depends(deps.fetch)): ...",
    }
    assert ["def db.load"] == injected(files)


def test_a_sub_dependency_is_a_dependency() -> None:
    code = LOAD + "def middle(x=Depends(load)): ...\ndef read(x=Depends(middle)): ..."
    assert ["load", "middle"] == names(code)


def test_what_a_dependency_class_declares_in_its_constructor_is_a_sub_dependency() -> None:
    code = (
        LOAD
        + """
class Service:
    def __init__(self, x=Depends(load)): ...
def read(x: Annotated[Service, Depends()]): ...
"""
    )
    [use] = [each for each in dependencies(code).uses if each.function and each.function.name == "read"]
    below = [each for target in use.targets for each in dependencies(code).below(target)]
    assert ["def main.load"] == [described(value) for each in below for value in each.targets]


def test_a_dependency_knows_every_place_that_injects_it() -> None:
    code = LOAD + "def one(x=Depends(load)): ...\n@app.get('/', dependencies=[Depends(load)])\ndef two(): ..."
    [dependency] = dependencies(code).dependencies
    assert 2 == len(dependency.injections)


def test_a_route_is_guarded_by_all_that_its_app_includes_router_and_itself_inject() -> None:
    files = {
        "main.py": """
            from fastapi import Depends, FastAPI
            from orders import router
            def by_app(): ...
            def by_include(): ...
            app = FastAPI(dependencies=[Depends(by_app)])
            app.include_router(router, dependencies=[Depends(by_include)])
            """,
        "orders.py": """
            from fastapi import APIRouter, Depends
            def by_router(): ...
            def by_route(): ...
            def by_parameter(): ...
            router = APIRouter(dependencies=[Depends(by_router)])
            @router.get("/", dependencies=[Depends(by_route)])
            def read(x=Depends(by_parameter)): ...
            """,
    }
    model = project(files)
    [route] = model.application.routes
    found = {described(value) for each in model.dependencies.of_route(route) for value in each.targets}
    assert {
        "def main.by_app",
        "def main.by_include",
        "def orders.by_router",
        "def orders.by_route",
        "def orders.by_parameter",
    } == found


def test_an_app_does_not_guard_what_is_mounted_on_it() -> None:
    code = (
        LOAD
        + """
inner = FastAPI()
@inner.get("/")
def read(): ...
outer = FastAPI(dependencies=[Depends(load)])
outer.mount("/inner", inner)
"""
    )
    model = project(code)
    assert [] == [each for route in model.application.routes for each in model.dependencies.of_route(route)]


# What it gives


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("def load() -> Client: ...", "<httpx.Client>"),
        ("def load():\n    return Client()", "<httpx.Client>"),
        ("async def load() -> Client: ...", "<httpx.Client>"),
        ("def load():\n    yield Client()", "<httpx.Client>"),
        ("def load() -> Iterator[Client]:\n    yield acme", "<httpx.Client>"),
        ("async def load() -> AsyncGenerator[Client, None]:\n    yield acme", "<httpx.Client>"),
        ("async def load():\n    with Client() as client:\n        yield client", "<httpx.Client>"),
        ("class load:\n    def __init__(self): ...", "<main.load>"),
        ("class Make:\n    def __call__(self):\n        return Client()\nload = Make()", "<httpx.Client>"),
        (
            "def make():\n    def load():\n        return Client()\n    return load\nload = make()",
            "<httpx.Client>",
        ),
        (
            "from functools import partial\ndef make(x):\n    return Client()\nload = partial(make, 1)",
            "<httpx.Client>",
        ),
        ("from acme import load", "<acme.load()>"),
    ],
)
def test_a_parameter_gets_what_its_dependency_gives(definition: str, expected: str) -> None:
    code = HEADER + f"from typing import AsyncGenerator, Iterator\nfrom httpx import Client\n{definition}\n"
    assert [expected] == revealed(code + "def read(x=Depends(load)):\n    reveal(x)")


def test_the_annotation_says_what_a_parameter_is_unless_its_dependency_says_more() -> None:
    code = (
        LOAD
        + """
from httpx import Client
class Retrying(Client): ...
def narrow() -> Retrying: ...
def read(x: Client = Depends(load), y: Client = Depends(narrow)):
    reveal(x)
    reveal(y)
"""
    )
    assert ["<httpx.Client>", "<main.Retrying>"] == revealed(code)


def test_two_dependencies_that_inject_each_other_end_somewhere() -> None:
    code = (
        HEADER
        + """
def a(x=Depends(lambda: b())):
    return x
def b(x=Depends(a)):
    reveal(x)
    return x
"""
    )
    assert [""] == revealed(code)


def test_a_parameter_of_which_the_dependency_is_unknown_is_unknown() -> None:
    assert [""] == revealed(HEADER + "def read(x=Depends(missing)):\n    reveal(x)")


# Handlers and their parameters


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("x: int", True),
        ("x", True),
        ("x: str | None = None", True),
        ("x: Item", True),
        ("x: Request", False),
        ("x: Response", False),
        ("x: BackgroundTasks", False),
        ("x: int = Header()", False),
        ("x: Annotated[int, Query()]", False),
        ("x=Depends(load)", False),
        ("x: acme.Thing", None),
    ],
)
def test_a_parameter_comes_from_the_client_by_its_type_alone(parameter: str, expected: bool | None) -> None:
    code = (
        LOAD
        + f"""
import acme
from fastapi import BackgroundTasks, Header, Query, Request, Response
from pydantic import BaseModel
class Item(BaseModel): ...
@app.post("/")
def read({parameter}): ...
"""
    )
    assert [expected] == [each.is_from_client for each in handler(code, "read").parameters]


def test_the_parameters_of_a_method_leave_out_self() -> None:
    code = HEADER + "class Load:\n    def __call__(self, q: str): ...\ndef read(x=Depends(Load())): ..."
    assert ["q"] == [each.name for each in handler(code, "__call__").parameters]


@pytest.mark.parametrize(("partial", "left"), [("partial(load, 1)", ["b"]), ("partial(load, b=1)", ["a"])])
def test_the_parameters_of_a_partial_leave_out_what_it_passes(partial: str, left: list[str]) -> None:
    code = (
        HEADER
        + f"from functools import partial\ndef load(a: int, b: int): ...\ndef read(x=Depends({partial})): ..."
    )
    assert left == [each.name for each in handler(code, "load").parameters]


def test_a_route_of_starlette_is_no_handler_that_fastapi_fills() -> None:
    code = HEADER + "app = FastAPI()\n@app.route('/')\ndef read(request): ..."
    assert () == dependencies(code).handlers


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("raise ValueError", True),
        ("check(x)", True),
        ("await check(x)", True),
        ("log.info(x)", False),
        ("return check(x)", False),
        ("x = check(x)", False),
    ],
)
def test_a_dependency_may_raise_when_it_does_or_calls_something_for_nothing_else(
    body: str, expected: bool
) -> None:
    code = HEADER + f"async def load(x: int):\n    {body}\ndef read(x=Depends(load)): ..."
    [dependency] = dependencies(code).dependencies
    assert expected == dependency.may_raise


@pytest.mark.parametrize(
    ("body", "expected"), [("pass", True), ("print(x)", False), ("return lambda: x", False)]
)
def test_an_injection_is_discarded_when_nobody_reads_its_parameter(body: str, expected: bool) -> None:
    [injection] = dependencies(LOAD + f"def read(x=Depends(load)):\n    {body}").injections
    assert expected == injection.is_discarded


def test_security_is_told_apart_from_depends() -> None:
    code = LOAD + "def read(a=Depends(load), b=Security(load)): ..."
    assert [False, True] == [each.is_security for each in dependencies(code).injections]


def test_a_security_scheme_is_a_dependency_that_needs_nothing_of_the_project() -> None:
    code = (
        HEADER
        + """
from fastapi.security import OAuth2PasswordBearer
scheme = OAuth2PasswordBearer(tokenUrl="token")
def read(token: Annotated[str, Depends(scheme)]): ...
"""
    )
    model = dependencies(code)
    [injection] = model.injections
    assert [frozenset[str]()] == [model.names_in_url(target) for target in injection.targets]


def test_a_security_scheme_that_is_not_made_needs_its_arguments() -> None:
    code = (
        HEADER
        + "from fastapi.security import OAuth2PasswordBearer\ndef read(x=Depends(OAuth2PasswordBearer)): ..."
    )
    model = dependencies(code)
    assert ["tokenUrl"] == [
        name for each in model.injections for value in each.targets for name in required(value, model.project)
    ]


def test_a_factory_that_is_injected_uncalled_makes_the_dependency() -> None:
    code = (
        HEADER
        + """
def role(name: str):
    def check(request: Request): ...
    return check
def read(x=Depends(role)): ...
""".replace("Request)", "Annotated[str, Depends(int)])")
    )
    model = dependencies(code)
    injection = next(each for each in model.injections if each.function and each.function.name == "read")
    assert ["def main.role.check"] == [
        described(product)
        for target in injection.targets
        if (product := product_of(target, model.project)) is not None
    ]


# Overrides


@pytest.mark.parametrize(
    "override",
    [
        "app.dependency_overrides[load] = fake",
        "app.dependency_overrides = {load: fake}",
        "app.dependency_overrides.update({load: fake})",
        "app.dependency_overrides |= {load: fake}",
        "app.dependency_overrides.setdefault(load, fake)",
    ],
)
def test_an_override_is_known_however_it_is_written(override: str) -> None:
    files = {
        "main.py": LOAD + "@app.get('/')\ndef read(x=Depends(load)): ...",
        "tests/test_main.py": f"from main import app, load\ndef fake(): ...\ndef test_it():\n    {override}",
    }
    [found] = dependencies(files).overrides
    assert ("load", "fake", True) == (found.key.text(), found.value.text(), found.is_looked_up)


def test_an_override_of_what_no_route_injects_is_never_looked_up() -> None:
    files = {
        "main.py": LOAD + "def unused(): ...\n@app.get('/')\ndef read(x=Depends(load)): ...",
        "tests/test_main.py": "from main import app, unused\napp.dependency_overrides[unused] = dict",
    }
    assert [False] == [each.is_looked_up for each in dependencies(files).overrides]


def test_an_injection_stands_where_it_is_written() -> None:
    files = {
        "deps.py": LOAD + "Loaded = Annotated[int, Depends(load)]",
        "main.py": "from deps import Loaded\ndef read(x: Loaded): ...",
    }
    places = [each.place for each in project(files).subjects(Injection)]
    assert [("deps.py", 5)] == [(place.path, place.span.line) for place in places]
