"""What the fixes of the dependency rules do to code, and where there is none."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from fastlint import testing
from fastlint.config import Settings
from fastlint.fixing import fix

HEADER = """\
import contextlib
from typing import Annotated, Optional
from fastapi import APIRouter, Depends, FastAPI, HTTPException
from pydantic import BaseModel
app = FastAPI()
class User(BaseModel):
    name: str
"""
MAYBE = """
def maybe() -> User | None: ...
MaybeUser = Annotated[User | None, Depends(maybe)]
"""
GUARDED = """
@app.get("/", dependencies=[Depends(verify)])
def read(): ...
"""


def fixed(folder: Path, rule: str, code: str, *, unsafe: bool = False) -> str | None:
    """The code below the header after the fixes of a rule; None where the findings promise no fix."""
    testing.write(folder, {"main.py": HEADER + dedent(code)})
    report = testing.check(folder, [rule])
    assert report.diagnostics
    if all(each.fix is None for each in report.diagnostics):
        return None
    fix([folder], Settings(root=folder, select=(rule,)), unsafe=unsafe)
    return (folder / "main.py").read_text(encoding="utf-8").removeprefix(HEADER)


# returned-rejection

HELPERS = """
DENIED = HTTPException(403)
CURRENT = HTTPException(403)
class Errors:
    DENIED = HTTPException(403)
def allow():
    global CURRENT
    CURRENT = None
def rejected(key: str) -> HTTPException:
    return HTTPException(401, key)
def made(key: str):
    return HTTPException(401, key)
def maybe(key: str) -> HTTPException | None:
    return HTTPException(401) if key else None
def perhaps(key: str):
    if key:
        return HTTPException(401)
    return None
def falling(key: str):
    if key:
        return HTTPException(401)
"""
REJECTING = (
    HELPERS
    + """
def verify(key: str = ""):
    {body}
"""
)


@pytest.mark.parametrize(
    "body",
    [
        "return HTTPException(401)",
        "return HTTPException(401) if key else HTTPException(403)",
        "error = HTTPException(401)\n    return error",
        "return rejected(key)",
        "return made(key)",
        "if error := maybe(key):\n        return error",
        "error = maybe(key)\n    if error:\n        return error",
        "return DENIED",
        "return Errors.DENIED",
        "try:\n        int(key)\n    except HTTPException as error:\n        return error",
        "with open(key) as file:\n        return HTTPException(401)",
    ],
)
def test_a_rejection_is_raised_where_nothing_but_an_exception_can_be_returned(
    body: str, tmp_path: Path
) -> None:
    code = REJECTING.format(body=body) + GUARDED
    assert code.replace("return", "raise").replace(HELPERS.replace("return", "raise"), HELPERS) == fixed(
        tmp_path, "returned-rejection", code, unsafe=True
    )


@pytest.mark.parametrize(
    "body",
    [
        "return HTTPException(401) if key else None",
        "return key and HTTPException(401)",
        "return maybe(key)",
        "return perhaps(key)",
        "return falling(key)",
        "error = None\n    if not key:\n        error = HTTPException(401)\n    return error",
        "return CURRENT",
        "try:\n        return HTTPException(401)\n    except Exception:\n        pass",
        "try:\n        return HTTPException(401)\n    except:\n        print(key)",
        "with contextlib.suppress(Exception):\n        return HTTPException(401)",
    ],
)
def test_a_rejection_that_may_be_none_or_would_be_swallowed_is_not_raised(body: str, tmp_path: Path) -> None:
    assert fixed(tmp_path, "returned-rejection", REJECTING.format(body=body) + GUARDED, unsafe=True) is None


def test_a_rejection_is_raised_by_wish_where_another_exception_takes_its_place(tmp_path: Path) -> None:
    body = "try:\n        return HTTPException(401)\n    except Exception:\n        raise HTTPException(500)"
    code = REJECTING.format(body=body) + GUARDED
    assert code == fixed(tmp_path, "returned-rejection", code)
    expected = code.replace(
        "    return HTTPException(401)\n    except", "    raise HTTPException(401)\n    except"
    )
    assert expected == fixed(tmp_path, "returned-rejection", code, unsafe=True)


# optional-dependency-alias


@pytest.mark.parametrize(
    "annotation, alone",
    [
        ("MaybeUser | None", "MaybeUser"),
        ("None | MaybeUser", "MaybeUser"),
        ("Optional[MaybeUser]", "MaybeUser"),
        ("Annotated[User | None, Depends(maybe)] | None", "Annotated[User | None, Depends(maybe)]"),
        ("Optional[Annotated[User | None, Depends(maybe)]]", "Annotated[User | None, Depends(maybe)]"),
        ("Union[MaybeUser, None]", "MaybeUser"),
        ("Annotated[MaybeUser | None, 'who asks']", "MaybeUser"),
    ],
)
def test_the_member_of_a_union_that_is_injected_is_left_as_it_is_written(
    annotation: str, alone: str, tmp_path: Path
) -> None:
    code = MAYBE + "from typing import Union\n@app.get('/')\ndef read(user: {} = None): ...\n"
    assert code.format(alone) == fixed(
        tmp_path, "optional-dependency-alias", code.format(annotation), unsafe=True
    )


# Annotations in quotes


@pytest.mark.parametrize(
    "rule, annotation",
    [
        ("optional-dependency-alias", "'MaybeUser | None'"),
        ("optional-dependency-alias", "Optional['MaybeUser']"),
        ("missing-depends", "'Annotated[User, load]'"),
        ("called-dependency", "'Annotated[User, Depends(load())]'"),
    ],
)
def test_code_inside_a_string_is_left_alone(rule: str, annotation: str, tmp_path: Path) -> None:
    code = MAYBE + f"def load():\n    yield User()\n@app.get('/')\ndef read(user: {annotation}): ...\n"
    assert fixed(tmp_path, rule, code, unsafe=True) is None


# called-dependency


@pytest.mark.parametrize(
    "result", ["check", "lambda: None", "HTTPBearer()", "Guard()", "functools.partial(check, 1)"]
)
def test_a_coroutine_function_that_makes_the_dependency_is_still_called(result: str, tmp_path: Path) -> None:
    code = f"""
import functools
from fastapi.security import HTTPBearer
class Guard:
    def __call__(self): ...
def check(level: int = 0): ...
async def require_login():
    return {result}
@app.get("/", dependencies=[Depends(require_login())])
def read(): ...
"""
    assert fixed(tmp_path, "called-dependency", code, unsafe=True) is None


@pytest.mark.parametrize("body", ["return User()", "return load()", "yield 1", "pass"])
def test_a_coroutine_function_that_does_the_work_is_passed_itself(body: str, tmp_path: Path) -> None:
    code = f"""
from elsewhere import load
async def get_user():
    {body}
@app.get("/", dependencies=[Depends(get_user())])
def read(): ...
"""
    assert code.replace("r())", "r)") == fixed(tmp_path, "called-dependency", code)
