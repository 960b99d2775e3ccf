"""Which of two routes answers."""

from collections.abc import Callable

import pytest
from fastapi import APIRouter, FastAPI

from tests.evidence.client import request
from tests.evidence.pages import examples


def says(name: str) -> Callable[[], str]:
    return lambda: name


def answer(app: FastAPI, path: str, method: str = "GET") -> str:
    found: str = request(app, method, path).json()
    return found


def test_the_bad_example_rejects_the_path_that_the_good_one_answers() -> None:
    bad, good = (example["app"] for example in examples("shadowed-route"))
    assert request(bad, "GET", "/users/me").status_code == 422
    assert request(good, "GET", "/users/me").json() == {"name": "Ada"}


def test_both_examples_document_both_routes_and_agree_on_every_other_path() -> None:
    bad, good = (example["app"] for example in examples("shadowed-route"))
    assert bad.openapi() == good.openapi()
    assert {"/users/me", "/users/{user_id}"} == set(bad.openapi()["paths"])
    assert request(bad, "GET", "/users/7").json() == request(good, "GET", "/users/7").json()


@pytest.mark.parametrize(
    ("earlier", "later", "path"),
    [
        ("/users/{user_id}", "/users/me", "/users/me"),
        ("/items/{item_id}", "/items/{name}", "/items/lamp"),
        ("/{path:path}", "/api/items", "/api/items"),
        ("/files/{name}.json", "/files/index.json", "/files/index.json"),
        ("/reports/{year}-{month}", "/reports/year-to-date", "/reports/year-to-date"),
        ("/users/{user_id:int}", "/users/42", "/users/42"),
        ("/prices/{price:float}", "/prices/3", "/prices/3"),
    ],
)
def test_the_earlier_route_answers_when_it_matches(earlier: str, later: str, path: str) -> None:
    app = FastAPI()
    app.get(earlier)(says("earlier"))
    app.get(later)(says("later"))
    assert answer(app, path) == "earlier"


@pytest.mark.parametrize(
    ("earlier", "later", "path"),
    [
        ("/users/{user_id:int}", "/users/me", "/users/me"),
        ("/users/{user_id:uuid}", "/users/{name}", "/users/ada"),
        ("/users/{user_id}", "/users/{user_id}/orders", "/users/7/orders"),
        ("/users/{user_id}", "/users/me/", "/users/me/"),
        ("/users/{user_id}", "/users", "/users"),
        ("/files/{name}.json", "/files/{name}", "/files/lamp.png"),
        ("/files/{name}", "/files/{path:path}", "/files/a/b"),
    ],
)
def test_the_later_route_answers_what_the_earlier_one_does_not_match(
    earlier: str, later: str, path: str
) -> None:
    app = FastAPI()
    app.get(earlier)(says("earlier"))
    app.get(later)(says("later"))
    assert answer(app, path) == "later"


def test_routers_are_tried_in_the_order_in_which_they_are_included() -> None:
    app, users, profile = FastAPI(), APIRouter(prefix="/users"), APIRouter(prefix="/users/me")
    users.get("/{user_id}/orders")(says("users"))
    profile.get("/orders")(says("profile"))
    app.include_router(users)
    app.include_router(profile)
    assert answer(app, "/users/me/orders") == "users"


def test_a_prefix_with_a_parameter_shadows_like_a_path() -> None:
    app, orders = FastAPI(), APIRouter(prefix="/users/{user_id}")
    orders.get("/orders")(says("prefix"))
    app.include_router(orders)
    app.get("/users/me/orders")(says("own"))
    assert answer(app, "/users/me/orders") == "prefix"


def test_a_route_of_another_method_shadows_nothing() -> None:
    app, users = FastAPI(), APIRouter(prefix="/users")
    users.post("/{user_id}")(says("post"))
    app.include_router(users)
    app.get("/users/me")(says("get"))
    assert answer(app, "/users/me") == "get"
    assert answer(app, "/users/me", "POST") == "post"


def test_a_route_of_several_methods_shadows_each_of_them() -> None:
    app = FastAPI()
    app.api_route("/users/{user_id}", methods=["GET", "POST"])(says("several"))
    app.post("/users/me")(says("post"))
    assert answer(app, "/users/me", "POST") == "several"


def test_a_catch_all_that_comes_last_shadows_nothing() -> None:
    app = FastAPI()
    app.get("/api/items")(says("items"))
    app.get("/{path:path}")(says("front end"))
    assert answer(app, "/api/items") == "items"
    assert answer(app, "/about") == "front end"


def test_a_mount_takes_every_request_below_its_path() -> None:
    app = FastAPI()
    app.get("/api/early")(says("early"))
    app.mount("/api", FastAPI())
    for path in ("/api", "/api/late", "/apiary", "/{area}/late"):
        app.get(path)(says("late"))
    assert answer(app, "/api/early") == "early"
    assert request(app, "GET", "/api/late").status_code == 404
    assert [answer(app, path) for path in ("/api", "/apiary", "/shop/late")] == ["late"] * 3


def test_a_mount_at_the_root_leaves_nothing_to_later_routes() -> None:
    app = FastAPI()
    app.mount("/", FastAPI())
    app.get("/health")(says("health"))
    assert request(app, "GET", "/health").status_code == 404


def test_a_route_that_a_constructor_adds_comes_before_those_that_are_added_to_the_router() -> None:
    class Resource(APIRouter):
        def __init__(self) -> None:
            super().__init__(prefix="/users")
            self.add_api_route("/{name}", says("one"), methods=["GET"])

    router = Resource()
    router.get("/me")(says("me"))
    app = FastAPI()
    app.include_router(router)
    assert answer(app, "/users/me") == "one"
