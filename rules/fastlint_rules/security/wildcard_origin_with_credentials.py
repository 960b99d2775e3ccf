"""CORS lets every origin send credentials, so any website can act as the signed-in user.

`CORSMiddleware` is told to accept all origins (`"*"`, or a regular expression that matches any) and to
allow credentials.

## Why

Browsers refuse the answer `Access-Control-Allow-Origin: *` for a request with cookies, and many believe
that this saves them. It does not: Starlette never sends that answer here. It sends back whatever `Origin`
the request named, together with `Access-Control-Allow-Credentials: true`, for the preflight and for the
response itself. A user who is signed in and opens `https://evil.example` has their data read, and changed,
from there.

## Bad

```python
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)


@app.get("/me")
def read_me() -> dict[str, str]:
    return {"email": "ada@example.com"}
```

## Good

```python
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"], allow_credentials=True)


@app.get("/me")
def read_me() -> dict[str, str]:
    return {"email": "ada@example.com"}
```

Name the origins, in the settings where they differ by environment. An API that uses neither cookies nor
HTTP authentication of the browser needs no `allow_credentials`: a token that the client puts into the
`Authorization` header by itself is sent without it.

## When it is fine

`"*"` without `allow_credentials`: the browser then sends no cookies. `"*"` for methods and headers. A list
that the code chooses at run time (`["*"] if settings.debug else ORIGINS`, `allow_credentials="*" not in
origins`), or a setting without a default: what it will be cannot be read here. A setting whose default is
`["*"]` is reported, since that is what runs wherever nobody has set it.
"""

from __future__ import annotations

from fastlint.api import Rule, Severity

rule = Rule(
    __name__,
    code="FL301",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/cors/#use-corsmiddleware",
)
