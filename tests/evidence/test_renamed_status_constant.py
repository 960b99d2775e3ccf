"""What the old names of status constants do."""

from __future__ import annotations

import warnings

import pytest
from fastapi import FastAPI, status
from fastapi import status as fastapi_status
from starlette.exceptions import StarletteDeprecationWarning

from fastlint_rules.migration.renamed_status_constant import ANSWERS, CLOSURES
from tests.evidence.client import request
from tests.evidence.pages import examples


def test_an_old_name_warns_at_each_request_and_the_new_one_does_not() -> None:
    bad, good = (example["app"] for example in examples("renamed-status-constant"))
    with pytest.warns(StarletteDeprecationWarning, match="HTTP_422_UNPROCESSABLE_CONTENT"):
        assert request(bad, "GET", "/orders/0").status_code == 422
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert request(good, "GET", "/orders/0").status_code == 422


@pytest.mark.parametrize(("old", "new"), ANSWERS.items())
def test_the_new_name_has_the_number_of_the_old_one(old: str, new: str) -> None:
    with pytest.warns(StarletteDeprecationWarning, match=new):
        assert getattr(status, old) == getattr(status, new)


@pytest.mark.parametrize(("old", "new"), CLOSURES.items())
def test_the_old_names_of_closures_are_gone_and_had_the_number_of_another(old: str, new: str) -> None:
    assert not hasattr(fastapi_status, old)
    assert getattr(status, new) == int(old[3:7]) + 1


def test_a_star_import_does_not_have_the_old_names() -> None:
    assert not set(ANSWERS) & set(status.__all__)


def test_both_examples_have_the_same_schema() -> None:
    bad, good = (example["app"] for example in examples("renamed-status-constant"))
    assert isinstance(bad, FastAPI)
    assert bad.openapi() == good.openapi()
