"""FL208: an override whose key FastAPI never looks up has no effect, and nothing says so."""

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Request

from tests.evidence.client import request
from tests.evidence.pages import examples, fixed


def helper() -> str:
    return "real"


def get_real() -> str:
    return helper()


def get_outer(value: Annotated[str, Depends(get_real)]) -> str:
    return f"outer {value}"


def echo(value: str) -> str:
    return value


class Reader:
    def __call__(self) -> str:
        return "real"

    def read(self) -> str:
        return "real"


def make_reader(value: str) -> Callable[[], str]:
    def read() -> str:
        return value

    return read


def app_of(dependency: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def read(value: Annotated[str, Depends(dependency)]) -> str:
        return value

    return app


def answer(dependency: Any, key: Any) -> str:
    """What a route gets for a dependency when the key is overridden by a fake."""
    app = app_of(dependency)
    app.dependency_overrides[key] = lambda: "fake"
    text: str = request(app, "GET", "/").json()
    return text


def test_the_override_of_the_bad_example_has_no_effect() -> None:
    bad, good = examples("override-of-non-dependency")
    assert request(bad["app"], "GET", "/token").status_code == 401
    assert request(good["app"], "GET", "/token").json() == "test-token"


def test_a_helper_that_a_dependency_calls_is_not_overridden() -> None:
    assert answer(get_real, helper) == "real"


def test_the_class_of_a_callable_instance_is_not_overridden() -> None:
    assert answer(Reader(), Reader) == "real"


def test_another_instance_of_the_class_is_not_overridden() -> None:
    assert answer(Reader(), Reader()) == "real"


def test_a_method_of_another_instance_is_not_overridden() -> None:
    assert [answer(Reader().read, key) for key in (Reader().read, Reader.read)] == ["real", "real"]


def test_an_equal_partial_is_not_overridden() -> None:
    assert answer(functools.partial(echo, "real"), functools.partial(echo, "real")) == "real"


def test_a_factory_and_its_second_product_are_not_overridden() -> None:
    assert [answer(make_reader("real"), key) for key in (make_reader, make_reader("real"))] == [
        "real",
        "real",
    ]


def test_request_and_background_tasks_are_not_overridden() -> None:
    app = FastAPI()

    @app.get("/")
    def read(request: Request, tasks: BackgroundTasks) -> list[str]:
        return [type(request).__name__, type(tasks).__name__]

    app.dependency_overrides = {Request: lambda: "fake", BackgroundTasks: lambda: "fake"}
    assert request(app, "GET", "/").json() == ["Request", "BackgroundTasks"]


def test_the_overrides_of_the_parent_do_not_reach_a_mounted_app() -> None:
    parent, mounted = FastAPI(), app_of(get_real)
    parent.mount("/sub", mounted)
    parent.dependency_overrides[get_real] = lambda: "fake"
    assert request(parent, "GET", "/sub/").json() == "real"
    mounted.dependency_overrides[get_real] = lambda: "fake"
    assert request(parent, "GET", "/sub/").json() == "fake"


def test_a_dependency_is_overridden() -> None:
    assert answer(get_real, get_real) == "fake"


def test_a_dependency_of_a_dependency_is_overridden() -> None:
    assert answer(get_outer, get_real) == "outer fake"


def test_the_same_instance_product_or_bound_method_is_overridden() -> None:
    instance, product = Reader(), make_reader("real")
    same = [(instance, instance), (product, product), (instance.read, instance.read)]
    assert [answer(dependency, key) for dependency, key in same] == ["fake"] * 3


def test_a_class_dependency_is_overridden() -> None:
    class Region:
        name = "real"

    class FakeRegion:
        name = "fake"

    app = FastAPI()

    @app.get("/")
    def read(region: Annotated[Region, Depends()]) -> str:
        return region.name

    app.dependency_overrides[Region] = FakeRegion
    assert request(app, "GET", "/").json() == "fake"


def test_a_dependency_of_an_included_router_is_overridden() -> None:
    router, app = APIRouter(), FastAPI()

    @router.get("/")
    def read(value: Annotated[str, Depends(get_real)]) -> str:
        return value

    app.include_router(router)
    app.dependency_overrides[get_real] = lambda: "fake"
    assert request(app, "GET", "/").json() == "fake"


def test_a_dependency_of_another_override_is_overridden() -> None:
    def get_setting() -> str:
        return "setting"

    def get_fake(setting: Annotated[str, Depends(get_setting)]) -> str:
        return f"fake {setting}"

    app = app_of(get_real)
    app.dependency_overrides = {get_real: get_fake, get_setting: lambda: "test setting"}
    assert request(app, "GET", "/").json() == "fake test setting"


def test_code_that_asks_the_dictionary_itself_finds_any_key() -> None:
    app = FastAPI()

    @app.get("/")
    def read(request: Request) -> str:
        overrides: dict[Any, Any] = request.app.dependency_overrides
        value: str = overrides.get(helper, helper)()
        return value

    app.dependency_overrides[helper] = lambda: "fake"
    assert request(app, "GET", "/").json() == "fake"


def test_an_override_takes_effect_once_its_key_is_the_object_that_the_route_has() -> None:
    before, after = fixed("override-of-non-dependency", "objects")
    for each in (before, after):
        each["test_classes"]()
    token = {"authorization": "Bearer real"}
    assert request(before["app"], "GET", "/", headers=token).json() == "real"
    assert request(after["app"], "GET", "/", headers=token).json() == "token"


def test_the_fake_of_a_helper_fits_the_dependency_that_returns_what_the_helper_gives() -> None:
    before, after = fixed("override-of-non-dependency", "removed")
    for each in (before, after):
        each["set_up"]()
        next(each["client"].__wrapped__())
    assert request(before["app"], "GET", "/").json() == "eu"
    assert request(after["app"], "GET", "/").json() == "test"


def test_what_a_lambda_or_a_decorated_class_depends_on_is_overridden() -> None:
    class View:
        text = "real"

    def register(cls: type[View], app: FastAPI) -> None:
        def endpoint(view: Any = Depends(cls)) -> str:
            return str(view.text)

        app.add_api_route("/view", endpoint)

    app = FastAPI()
    app.add_api_route("/", lambda value=Depends(get_real): value)
    register(View, app)
    app.dependency_overrides = {get_real: lambda: "fake", View: lambda: SimpleNamespace(text="fake")}
    assert [request(app, "GET", path).json() for path in ("/", "/view")] == ["fake", "fake"]
