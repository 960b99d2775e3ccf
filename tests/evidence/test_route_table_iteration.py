"""What `app.routes` has of a router that is included."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
from starlette.routing import Mount

from tests.evidence.client import request
from tests.evidence.pages import bad_example, good_example

ATTRIBUTES = ("path", "name", "methods", "endpoint", "operation_id", "tags", "include_in_schema")


def made(**options: Any) -> FastAPI:
    """An app with a route of its own and a router with two."""
    router = APIRouter(prefix="/users", tags=["users"])

    @router.get("/{name}")
    def read_user(name: str) -> str:
        return name

    @router.websocket("/news")
    async def read_news(websocket: WebSocket) -> None:
        await websocket.accept()

    app = FastAPI(**options)

    @app.get("/own")
    def read_own() -> str:
        return "own"

    app.include_router(router, prefix="/api")
    app.mount("/inner", FastAPI())
    return app


def operation_ids(app: FastAPI) -> list[str]:
    paths: dict[str, Any] = app.openapi()["paths"]
    return [operation["operationId"] for path in paths.values() for operation in path.values()]


def test_the_bad_example_fails_and_the_good_one_has_the_routes_of_the_router() -> None:
    with pytest.raises(AttributeError, match="_IncludedRouter"):
        bad_example("route-table-iteration")
    assert "/users/me" in good_example("route-table-iteration")["PATHS"]


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_the_entry_of_a_router_has_nothing_that_a_route_has(attribute: str) -> None:
    assert [each for each in made().routes if not hasattr(each, attribute)]


def test_asking_for_the_class_skips_what_is_included() -> None:
    assert [each.path for each in made().routes if isinstance(each, APIRoute)] == ["/own"]


def test_contexts_have_every_route_with_its_whole_path() -> None:
    found = {each.path: each for each in iter_route_contexts(made().routes)}
    assert {"/own", "/api/users/{name}", "/api/users/news", "/inner"} <= found.keys()
    user, news = found["/api/users/{name}"], found["/api/users/news"]
    assert (user.name, user.methods, user.tags) == ("read_user", {"GET"}, ["users"])
    assert user.endpoint is not None
    assert (news.name, news.methods) == ("read_news", None)


def test_a_context_is_no_route_but_has_it() -> None:
    app = made()
    contexts = [*iter_route_contexts(app.routes)]
    assert not any(isinstance(each, APIRoute) for each in contexts)
    kinds = (APIRoute, APIWebSocketRoute, Mount)
    found = [each.path for each in contexts if isinstance(each.original_route, kinds)]
    assert found == ["/own", "/api/users/{name}", "/api/users/news", "/inner"]


def test_a_context_takes_no_operation_id() -> None:
    for context in iter_route_contexts(made().routes):
        with pytest.raises(FrozenInstanceError):
            context.operation_id = "mine"  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue] # it is what fails


def test_the_route_of_a_context_takes_one_without_effect_where_its_router_is_included() -> None:
    app = made()
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            context.original_route.operation_id = context.original_route.name
    assert operation_ids(app) == ["read_own", "read_user_api_users__name__get"]


def test_the_recipe_for_operation_ids_names_the_own_routes_only() -> None:
    app = made()
    for route in app.routes:
        if isinstance(route, APIRoute):
            route.operation_id = route.name
    assert operation_ids(app) == ["read_own", "read_user_api_users__name__get"]


def test_an_id_function_names_all_of_them() -> None:
    def by_name(route: APIRoute) -> str:
        return route.name

    app = made(generate_unique_id_function=by_name)
    assert operation_ids(app) == ["read_own", "read_user"]


def test_a_loop_before_the_router_is_included_is_fine() -> None:
    app = FastAPI()
    assert "/openapi.json" in [getattr(each, "path") for each in app.routes]  # noqa: B009 - a `BaseRoute` has none to a checker


def test_a_schema_that_is_assigned_is_not_served() -> None:
    app = made()
    app.openapi_schema = get_openapi(title="Mine", version="1", routes=app.routes)
    assert request(app, "GET", "/openapi.json").json()["info"]["title"] == "FastAPI"


def test_a_schema_that_was_asked_for_before_is_served_as_it_was_changed() -> None:
    app = made()
    schema = app.openapi()
    schema["info"]["title"] = "Mine"
    app.openapi_schema = schema
    assert request(app, "GET", "/openapi.json").json()["info"]["title"] == "Mine"


def test_a_method_that_makes_the_schema_is_asked() -> None:
    app = made()
    schema = get_openapi(title="Mine", version="1", routes=app.routes)
    app.openapi = lambda: schema  # type: ignore[method-assign] # the documented way
    assert request(app, "GET", "/openapi.json").json()["info"]["title"] == "Mine"
