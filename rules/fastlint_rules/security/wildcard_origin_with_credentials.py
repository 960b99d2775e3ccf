"""CORS lets every origin send credentials, so any website can make requests with the user's cookies.

`CORSMiddleware` is told to accept all origins (`"*"`, or a regular expression that matches any) and to
allow credentials.

## Why

Browsers refuse the answer `Access-Control-Allow-Origin: *` for a request with cookies, and many believe
that this saves them. It does not: Starlette never sends that answer here. It sends back whatever `Origin`
the request named, together with `Access-Control-Allow-Credentials: true`, for the preflight and for the
response itself. A user who is signed in by a cookie (or by the browser's own dialogue) and opens
`https://evil.example` has their data read, and changed, from there.

It is a warning where no code of the project has to do with cookies or HTTP Basic: a token in the
`Authorization` header is not sent by the browser itself. It opens the day when somebody adds a cookie.

## Bad

```python
from typing import Annotated

from fastapi import Cookie, FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)


@app.get("/me")
def read_me(session: Annotated[str, Cookie()]) -> dict[str, str]:
    return {"email": f"{session}@example.com"}
```

## Good

```python
from typing import Annotated

from fastapi import Cookie, FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"], allow_credentials=True)


@app.get("/me")
def read_me(session: Annotated[str, Cookie()]) -> dict[str, str]:
    return {"email": f"{session}@example.com"}
```

Name the origins, in the settings where they differ by environment. An API that uses neither cookies nor
HTTP authentication of the browser needs no `allow_credentials`: a token that the client puts into the
`Authorization` header by itself is sent without it.

## When it is fine

`"*"` without `allow_credentials`: the browser then sends no cookies. `"*"` for methods and headers. A list
that the code chooses at run time (`["*"] if settings.debug else ORIGINS`, `allow_credentials="*" not in
origins`, `if "*" not in origins:`), or changes after it was written (`origins.clear()`, `settings.origins =
[...]`), or a setting without a default: what it will be cannot be read here. A setting whose default is
`["*"]` is reported, since that is what runs wherever nobody has set it. Middleware that is only added for
development (`if settings.debug:`) is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Expression,
    Middleware,
    Place,
    Project,
    Rule,
    Severity,
    Step,
    defaults,
    syntax,
)

rule = Rule(
    __name__,
    code="FL301",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/cors/#use-corsmiddleware",
)


CORS = "starlette.middleware.cors.CORSMiddleware"
DEVELOPMENT = re.compile(r"debug|(?<![a-z])(?:dev|development|local|test|testing)(?![a-z])", re.IGNORECASE)
ANYBODY = ("https://evil.example", "https://shop-1.attacker.test", "https://x.y.z.invalid:8443")
SENT_BY_BROWSERS = (
    *("Cookie", "APIKeyCookie", "CookieTransport", "SessionMiddleware", "cookie", "cookies", "set_cookie"),
    *("HTTPBasic", "HTTPBasicCredentials", "HTTPDigest"),
)
TAKING_COOKIES = (
    *("authlib", "authx", "async_fastapi_jwt_auth", "fastapi_jwt_auth", "fastapi_csrf_protect"),
    *("fastapi_login", "fastapi_sessions", "fastapi_sso", "sqladmin", "starlette_admin", "starlette_csrf"),
)
"""Packages that read cookies themselves."""


@rule.on(Middleware)
def check(cors: Middleware, project: Project) -> Iterator[Diagnostic]:
    if not cors.is_a(CORS) or not _is_on(cors.option("allow_credentials", 4)) or _is_guarded(cors):
        return
    for option, position, wildcard in (("allow_origins", 1, _star), ("allow_origin_regex", 5, _any_origin)):
        given = cors.option(option, position)
        written = None if given is None else wildcard(given)
        if given is None or written is None or not given.is_whole:
            continue
        place = cors.option_place(option, position)
        yield rule.report(
            place,
            "every origin may send credentials: any website can make requests with the user's cookies",
            help="name the origins that may, or leave `allow_credentials` out if no browser sends cookies",
            trace=_trace(option, written, place),
            severity=None if _takes_cookies(project) else Severity.WARNING,
        )
        return


def _takes_cookies(project: Project) -> bool:
    """Whether some code may ask for what a browser sends by itself."""
    named = any(True for word in SENT_BY_BROWSERS for _ in project.mentioning(word))
    return named or any(map(project.imports, TAKING_COOKIES))


def _is_on(credentials: Expression | None) -> bool:
    return credentials is not None and credentials.is_whole and bool(defaults.constant(credentials))


def _is_guarded(cors: Middleware) -> bool:
    """Whether it is for development only, or the code asks for a star before it is added."""
    if any(DEVELOPMENT.search(node.text()) for test in cors.conditions for node in test.walk()):
        return True
    line = cors.site.place.span.line
    before = (each for each in cors.site.scope.statements() if each.span.line < line)
    tests = (each.test for each in before if isinstance(each, syntax.If))
    return any(
        isinstance(node, syntax.Constant) and node.value == "*"
        for test in tests
        for node in syntax.walk(test)
    )


def _star(origins: Expression) -> Expression | None:
    """Where the star is; in one text it counts wherever it stands: Starlette asks `"*" in origins`."""
    whole = defaults.text(origins)
    if whole is not None:
        return whole.at if "*" in whole.text else None
    return next((each.at for each in defaults.texts(origins) if each.text == "*"), None)


def _any_origin(regex: Expression) -> Expression | None:
    pattern = defaults.text(regex)
    if pattern is None:
        return None
    try:
        compiled = re.compile(pattern.text)
    except re.error:
        return None
    return pattern.at if all(compiled.fullmatch(origin) for origin in ANYBODY) else None


def _trace(option: str, written: Expression, place: Place) -> Iterator[Step]:
    lines = range(place.span.line, place.span.end_line + 1)
    if written.place.path != place.path or written.place.span.line not in lines:
        yield Step(f"`{option}` gets its wildcard here", written.place)
