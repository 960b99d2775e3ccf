"""What the old options of parameters do."""

from __future__ import annotations

import importlib
import inspect
import warnings
from typing import Any

import fastapi
import pytest
from fastapi import FastAPI, Query
from fastapi.exceptions import FastAPIDeprecationWarning

from fastlint_rules._arguments import PARAMETERS
from fastlint_rules.migration.deprecated_parameter import KNOWN, RENAMED
from tests.evidence.client import request
from tests.evidence.pages import bad_example, good_example


def app_with(marker: Any, annotation: Any = str) -> FastAPI:
    app = FastAPI()

    def find(q: Any = marker) -> Any:
        return q

    find.__annotations__["q"] = annotation
    app.get("/")(find)
    return app


def test_the_bad_example_does_not_start_and_the_good_one_checks_what_it_says() -> None:
    with pytest.warns(FastAPIDeprecationWarning), pytest.raises(TypeError, match="min_items"):
        bad_example("deprecated-parameter")
    good = good_example("deprecated-parameter")["app"]
    assert request(good, "GET", "/users?name=ada&tags=a").json() == ["ada", "a"]
    assert request(good, "GET", "/users?name=Ada&tags=a").status_code == 422


def test_regex_warns_and_pattern_says_the_same() -> None:
    with pytest.warns(FastAPIDeprecationWarning, match="please use `pattern`"):
        old = app_with(Query(regex="^a"))
    new = app_with(Query(pattern="^a"))
    assert old.openapi() == new.openapi()
    for path in ("/?q=ab", "/?q=b"):
        assert request(old, "GET", path).text == request(new, "GET", path).text


def test_example_warns_and_examples_stand_elsewhere_in_the_schema() -> None:
    with pytest.warns(FastAPIDeprecationWarning, match="please use `examples`"):
        old = app_with(Query(example="ab")).openapi()
    new = app_with(Query(examples=["ab"])).openapi()
    [before], [after] = (each["paths"]["/"]["get"]["parameters"] for each in (old, new))
    assert (before["example"], before["schema"].get("examples")) == ("ab", None)
    assert (after.get("example"), after["schema"]["examples"]) == (None, ["ab"])


@pytest.mark.parametrize("name", ["min_items", "max_items", "nullable"])
@pytest.mark.parametrize("marker", ["Query", "Path", "Body", "Form", "Header", "Cookie", "File"])
def test_other_keywords_are_refused(marker: str, name: str) -> None:
    options: dict[str, Any] = {name: 1}
    with pytest.raises(TypeError, match=name):
        getattr(fastapi, marker)(**options)


def test_min_length_counts_the_items_of_a_list() -> None:
    app = app_with(Query(min_length=2), list[str])
    assert request(app, "GET", "/?q=a").status_code == 422
    assert request(app, "GET", "/?q=a&q=b").json() == ["a", "b"]


def test_json_schema_extra_is_in_the_schema_of_the_parameter() -> None:
    [parameter] = app_with(Query(json_schema_extra={"nullable": True})).openapi()["paths"]["/"]["get"][
        "parameters"
    ]
    assert parameter["schema"]["nullable"] is True


def test_every_option_of_the_framework_is_known() -> None:
    parts = [each.rpartition(".") for each in PARAMETERS]
    markers = [getattr(importlib.import_module(module), name) for module, _, name in parts]
    taken = {name for each in markers for name in inspect.signature(each).parameters}
    assert taken == {*KNOWN, "regex", "example"}
    assert {*RENAMED} - taken == {"min_items", "max_items"}


def test_openapi_prefix_is_refused_and_root_path_warns_where_it_is_not_empty() -> None:
    options: dict[str, Any] = {"openapi_prefix": "/api"}
    with pytest.raises(TypeError, match="openapi_prefix"):
        FastAPI(**options)
    with pytest.warns(FastAPIDeprecationWarning, match="root_path"):
        FastAPI(root_path="/api")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FastAPI(root_path="")
