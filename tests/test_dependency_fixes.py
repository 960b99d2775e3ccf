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
        tmp_path, "returned-rejection", code
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
