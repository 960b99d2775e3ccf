"""How safe the fix is that a rule offers."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from fastlint import testing
from fastlint.config import Settings
from fastlint.engine import lint
from fastlint.fixing import fix

EXCEPTION_HEAD = """
    from contextlib import contextmanager, suppress
    from fastapi import FastAPI, HTTPException

    app = FastAPI()
    GONE = HTTPException(410)
    MAYBE = None

    def certain(code):
        return HTTPException(code)

    def optional(code) -> HTTPException | None:
        if code:
            return HTTPException(code)
        return None

    def fallen(code):
        if code:
            return HTTPException(code)

    @contextmanager
    def forgiving():
        try:
            yield
        except Exception:
            pass

    @contextmanager
    def timing():
        print("start")
        yield
        print("end")
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return HTTPException(404)", "safe"),
        ("return certain(404)", "safe"),
        ("return GONE", "safe"),
        ("return HTTPException(404) if code else certain(410)", "safe"),
        ("error = HTTPException(404)\nreturn error", "safe"),
        ("return optional(code)", "none"),
        ("return fallen(code)", "none"),
        ("error = optional(code)\nreturn error", "none"),
        ("error = None\nif code:\n    error = HTTPException(422)\nreturn error", "none"),
        ("return HTTPException(404) if code else None", "none"),
        ("return code and HTTPException(404)", "none"),
        ("with suppress(Exception):\n    return HTTPException(404)", "none"),
        ("with suppress(KeyError, OSError):\n    return HTTPException(404)", "safe"),
        ("with forgiving():\n    return HTTPException(404)", "none"),
        ("with timing():\n    return HTTPException(404)", "safe"),
        ("try:\n    return HTTPException(404)\nexcept Exception:\n    return 1", "none"),
        ("try:\n    return HTTPException(404)\nexcept Exception:\n    raise", "unsafe"),
        ("try:\n    return HTTPException(404)\nexcept KeyError:\n    return 1", "safe"),
    ],
)
def test_a_returned_exception_is_raised_safely_where_it_is_one_for_certain_and_nothing_catches_it(
    tmp_path: Path, body: str, expected: str
) -> None:
    assert safety(tmp_path, EXCEPTION_HEAD, body, "returned-http-exception") == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", "unsafe"),
        (", response_model=None", "unsafe"),
        (", response_model=int", "safe"),
        (", response_model=int)\n@app.get('/b'", "unsafe"),
    ],
)
def test_a_returned_exception_is_raised_safely_where_every_answer_with_it_was_a_500(
    tmp_path: Path, options: str, expected: str
) -> None:
    code = f"@app.get('/a'{options})\ndef read():\n    return HTTPException(404)\n"
    testing.write(tmp_path, {"main.py": dedent(EXCEPTION_HEAD) + code})
    found = testing.check(tmp_path, ["returned-http-exception"]).diagnostics
    assert {expected} == {each.fix.safety.value for each in found if each.fix is not None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example", '["https://a.example"]'),
        ("http://localhost:3000", '["http://localhost:3000"]'),
        ("https://a.example/", '["https://a.example"]'),
        ("https://a.example, https://b.example", '["https://a.example", "https://b.example"]'),
        ("https://a.example https://b.example/", '["https://a.example", "https://b.example"]'),
        ("https://a.example;https://b.example", '["https://a.example", "https://b.example"]'),
    ],
)
def test_one_string_of_origins_becomes_a_list_where_that_is_asked_for(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert fixed_origins(tmp_path, text, unsafe=False) == f'"{text}"'
    assert fixed_origins(tmp_path, text, unsafe=True) == expected


@pytest.mark.parametrize("text", ["['https://a.example']", "a.example"])
def test_a_string_that_is_no_origin_stays_as_it_is(tmp_path: Path, text: str) -> None:
    assert fixed_origins(tmp_path, text, unsafe=True) == f'"{text}"'


def fixed_origins(root: Path, text: str, *, unsafe: bool) -> str:
    """What the fix of origins-as-string makes of a text."""
    head = (
        "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\n\napp = FastAPI()\n"
    )
    call = "app.add_middleware(CORSMiddleware, allow_origins="
    testing.write(root, {"main.py": f'{head}{call}"{text}")\n'})
    fix([root], Settings(root=root, select=("origins-as-string",)), unsafe=unsafe)
    return (root / "main.py").read_text(encoding="utf-8").partition(call)[2].rstrip().removesuffix(")")


def safety(root: Path, head: str, body: str, rule: str) -> str:
    """The safety of the one fix that a rule offers for a route of this body; `none` without a fix."""
    route = '\n@app.get("/{code}", response_model=int)\ndef read(code: int):\n' + "".join(
        f"    {line}\n" for line in body.splitlines()
    )
    testing.write(root, {"main.py": dedent(head) + route})
    (found,) = testing.check(root, [rule]).diagnostics
    return "none" if found.fix is None else found.fix.safety.value


ALIAS_HEAD = """
    from typing import Annotated
    from fastapi import Depends, FastAPI, Header, HTTPException, Request
    from fastapi.security import APIKeyHeader, OAuth2PasswordBearer

    app = FastAPI()
    strict = OAuth2PasswordBearer(tokenUrl="token")
    lenient = OAuth2PasswordBearer(tokenUrl="token", auto_error=False)

    def require(x_key: str = Header("")) -> str:
        if not x_key:
            raise HTTPException(401)
        return x_key

    def check(key):
        if not key:
            raise HTTPException(401)
"""
ALIAS_ROUTE = """

    Found = Annotated[str | None, Depends(find)]

    @app.get("/")
    def read(code: Found | None = None):
        return code
"""


@pytest.mark.parametrize(
    ("signature", "body", "rejects"),
    [
        ("", "None", False),
        ("request: Request", "request.headers.get('x')", False),
        ("token: Annotated[str | None, Depends(lenient)]", "token", False),
        ("key: str = Header('')", "key or None", False),
        ("page: int = 1", "str(page)", False),
        ("token: Annotated[str, Depends(strict)]", "token", True),
        ("key: Annotated[str, Depends(APIKeyHeader(name='x'))]", "key", True),
        ("key: Annotated[str, Header()]", "key", True),
        ("key: str = Header()", "key", True),
        ("key: str = Header(...)", "key", True),
        ("page: int", "str(page)", True),
        ("key: Annotated[str, Depends(require)]", "key", True),
        ("key: str = Header('')", "check(key)", True),
    ],
)
def test_an_alias_is_used_alone_where_that_is_asked_for_and_says_whether_it_turns_a_client_away(
    tmp_path: Path, signature: str, body: str, *, rejects: bool
) -> None:
    dependency = f"\n    def find({signature}) -> str | None:\n        return {body}\n"
    code = dedent(ALIAS_HEAD + dependency + ALIAS_ROUTE)
    testing.write(tmp_path, {"main.py": code})
    settings = Settings(root=tmp_path, select=("optional-dependency-alias",))
    [finding] = lint([tmp_path], settings).diagnostics
    assert finding.fix is not None
    assert finding.fix.safety.value == "unsafe"
    assert finding.fix.reason.endswith("who sends nothing") is rejects


CACHE_HEAD = """
    from functools import lru_cache
    from typing import Annotated
    from fastapi import Depends, FastAPI

    app = FastAPI()

    @lru_cache
    async def limits() -> int:
        return 100

    @app.get("/")
    async def route(found: Annotated[int, Depends(limits)], also: int = Depends(limits)):
        return found
"""


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", "safe"),
        ("known = [limits]", "unsafe"),
        ("app.dependency_overrides[limits] = lambda: 1", "unsafe"),
        ("async def other():\n    return await limits()", "none"),
    ],
)
def test_a_cached_dependency_is_made_a_def_safely_where_nobody_else_may_await_it(
    rest: str, expected: str, tmp_path: Path
) -> None:
    testing.write(tmp_path, {"main.py": dedent(CACHE_HEAD) + "\n" + rest + "\n"})
    [finding] = lint([tmp_path], Settings(root=tmp_path, select=("cached-coroutine",))).diagnostics
    assert expected == ("none" if finding.fix is None else finding.fix.safety.value)


def test_a_cached_dependency_that_awaits_something_stays_async(tmp_path: Path) -> None:
    code = dedent(CACHE_HEAD).replace("return 100", "return await route(1)")
    testing.write(tmp_path, {"main.py": code})
    [finding] = lint([tmp_path], Settings(root=tmp_path, select=("cached-coroutine",))).diagnostics
    assert finding.fix is None
