"""How often a dependency runs for a request, and whether leaving the second run out can be noticed."""

from __future__ import annotations

import pytest

from fastlint.model.reruns import reruns
from tests.model import project

HEAD = """
from fastapi import Depends, FastAPI
from pydantic import BaseModel
import jwt
import requests

app = FastAPI()
class User(BaseModel):
    name: str
def get_name(name: str) -> str: return name.lower()
def get_user(name: str) -> User: return User(name=name)
async def get_length(name: str) -> int: return len(name.replace(" ", ""))
def get_page(name: str) -> str: return str(requests.get(name))
def get_claims(token: str) -> dict[str, str]: return jwt.decode(token)
def get_both(one=Depends(get_name), other=Depends(get_name)) -> str: return one
"""
FRESH = "use_cache=False"
MORE = "`{}` does more than look at its parameters, and may give another answer the second time"


def found(*parameters: str) -> list[tuple[int, str]]:
    given = ", ".join(f"p{number}=Depends({each})" for number, each in enumerate(parameters))
    code = f"{HEAD}\n@app.get('/')\ndef read({given}): ...\n"
    return [(each.runs, each.doubt) for each in reruns(project(code))]


@pytest.mark.parametrize(
    ("uses", "runs"),
    [
        (("get_name", f"get_name, {FRESH}"), [2]),
        ((f"get_name, {FRESH}", "get_name"), [1]),
        ((f"get_name, {FRESH}", f"get_name, {FRESH}"), [2, 2]),
        (("get_both", f"get_name, {FRESH}"), [2]),
        (("get_name", f"get_name, {FRESH}", f"get_name, {FRESH}"), [3, 3]),
        ((f"get_name, {FRESH}",), []),
        (("get_name", "get_name"), []),
        (("get_name", f"get_user, {FRESH}"), []),
    ],
)
def test_runs_are_counted_for_one_request(uses: tuple[str, ...], runs: list[int]) -> None:
    assert runs == [each for each, _ in found(*uses)]


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("get_name", ""),
        ("get_user", "all who get it get the same object then"),
        ("get_length", ""),
        ("get_claims", MORE.format("get_claims")),
        ("get_page", MORE.format("get_page")),
    ],
)
def test_what_reads_something_or_shares_an_object_is_in_doubt(name: str, doubt: str) -> None:
    assert found(name, f"{name}, {FRESH}") == [(2, doubt)]
