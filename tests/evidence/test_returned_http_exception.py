"""What the client gets for an exception that is returned."""

from functools import wraps
from typing import Any

from fastapi import FastAPI, HTTPException

from tests.evidence.client import request
from tests.evidence.pages import examples

SERIALISED = {"status_code": 404, "detail": "No such item", "headers": None}


def test_a_returned_exception_reaches_the_client_as_200_and_a_raised_one_as_404() -> None:
    bad, good = (example["app"] for example in examples("returned-http-exception"))
    returned, raised = request(bad, "GET", "/items/2"), request(good, "GET", "/items/2")
    assert (returned.status_code, returned.json()) == (200, SERIALISED)
    assert (raised.status_code, raised.json()) == (404, {"detail": "No such item"})


def test_both_examples_answer_alike_where_nothing_is_wrong() -> None:
    bad, good = (example["app"] for example in examples("returned-http-exception"))
    assert request(bad, "GET", "/items/1").json() == request(good, "GET", "/items/1").json()
    assert bad.openapi() == good.openapi()


def test_with_a_response_model_a_returned_exception_is_a_500() -> None:
    app = FastAPI()

    @app.get("/model", response_model=dict[str, str])
    def with_model():  # type: ignore[no-untyped-def] # an annotation would be another model
        return HTTPException(404, "No such item")

    @app.get("/annotation")
    def with_annotation() -> object:
        return HTTPException(404, "No such item")

    assert request(app, "GET", "/model").status_code == 500
    assert request(app, "GET", "/annotation").status_code == 500


def test_a_caught_exception_that_is_returned_is_a_200_too() -> None:
    app = FastAPI()

    @app.get("/")
    def read_item():  # type: ignore[no-untyped-def] # an annotation would be a response model
        try:
            raise HTTPException(404, "No such item")
        except HTTPException as error:
            return error

    answer = request(app, "GET", "/")
    assert (answer.status_code, answer.json()) == (200, SERIALISED)


def test_a_subclass_that_is_returned_is_a_200_too() -> None:
    class NoSuchItem(HTTPException):
        def __init__(self) -> None:
            super().__init__(404, "No such item")

    assert answer_to(lambda: NoSuchItem()).status_code == 200


def test_an_exception_that_a_decorator_below_the_route_returns_is_a_200_too() -> None:
    def for_nobody(endpoint: Any) -> Any:
        @wraps(endpoint)
        def wrapper() -> Any:
            return HTTPException(403, "Not for you")

        return wrapper

    def read_item() -> Any:
        return {"name": "Lamp"}

    answer = answer_to(for_nobody(unannotated(read_item)))
    assert (answer.status_code, answer.json()["detail"]) == (200, "Not for you")


def test_a_decorator_below_the_route_may_raise_what_the_handler_returns() -> None:
    def raising(endpoint: Any) -> Any:
        @wraps(endpoint)
        def wrapper() -> Any:
            result = endpoint()
            if isinstance(result, HTTPException):
                raise result
            return result

        return wrapper

    def read_item() -> Any:
        return HTTPException(404, "No such item")

    assert answer_to(raising(unannotated(read_item))).status_code == 404


def test_a_helper_may_build_the_exception_that_the_route_raises() -> None:
    def no_such_item() -> HTTPException:
        return HTTPException(404, "No such item")

    def read_item() -> None:
        raise no_such_item()

    assert answer_to(read_item).status_code == 404


def unannotated(endpoint: Any) -> Any:
    """Without the return annotation, which would be a response model."""
    endpoint.__annotations__ = {}
    return endpoint


def answer_to(endpoint: Any) -> Any:
    app = FastAPI()
    app.add_api_route("/", endpoint)
    return request(app, "GET", "/")
