"""`allow_origins` is one string, and every piece of it is an allowed origin.

`CORSMiddleware` asks `origin in allow_origins`. For a list that is membership; for a string Python answers
whether the origin is a part of the text.

## Why

Nothing fails: the front end's own origin is a part of the string and works. So does every prefix of it:
`"https://app.example.com"` also allows `https://app.example.co`, which anyone can register. A
comma-separated value straight from the environment works for each of its origins in the same way, so tests
pass. A star anywhere in it (`"https://*.example.com"`) allows every origin there is, because Starlette
looks for `"*"` in the same way.

## Bad

```python
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins="https://app.example.com")


@app.get("/prices")
def read_prices() -> list[int]:
    return [1, 2, 3]
```

## Good

```python
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"])


@app.get("/prices")
def read_prices() -> list[int]:
    return [1, 2, 3]
```

Several origins in one variable need `.split(",")`: a list that holds one comma-separated string matches no
origin at all. Subdomains need `allow_origin_regex`.

## When it is fine

`allow_origins="*"` means what `["*"]` means. Lists, tuples and sets of strings, and whatever a setting of
type `list[str]` holds. A setting with a validator, which may split it (`list[str] | str`), is not reported.

The fix is offered for a literal that is an origin, `scheme://host[:port]`, or several. It is unsafe: an
origin that is allowed by accident today is not any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    Expression,
    FixRequest,
    Middleware,
    Project,
    Rule,
    Safety,
    Severity,
    cst,
    defaults,
    syntax,
)

rule = Rule(
    __name__,
    code="FL302",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://github.com/Kludex/starlette/blob/main/starlette/middleware/cors.py",
)


SEPARATORS = re.compile(r"[,;\s]+")
ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9._-]+(?::\d+)?")
CORS = "starlette.middleware.cors.CORSMiddleware"


@rule.on(Middleware)
def check(cors: Middleware, project: Project) -> Iterator[Diagnostic]:
    origins = cors.option("allow_origins", 1)
    if origins is None or not cors.is_a(CORS) or not origins.is_text or not origins.is_whole:
        return
    if origins.string() in ("*", "") or defaults.is_validated(origins):
        return
    yield rule.report(
        cors.option_place("allow_origins", 1),
        f"`allow_origins` is one string, and every part of it is an allowed origin{_example(origins)}",
        help=_help(origins),
        fix=_fix(origins, cors),
    )


@rule.fix("Make it a list", Safety.UNSAFE)
def list_of_origins(origins: cst.BaseExpression, edit: Edit) -> cst.List:
    """One origin a string; `split` parts a literal into the origins that it names."""
    if not isinstance(origins, (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)):
        raise edit.refuse("it is not a string literal")
    if "split" not in edit.params:
        return cst.List([cst.Element(origins)])
    if not isinstance(origins, cst.SimpleString):
        raise edit.refuse("only a plain literal can be split")
    opening, closing = origins.prefix + origins.quote, origins.quote
    values = _origins(origins.raw_value)
    return cst.List([cst.Element(cst.SimpleString(f"{opening}{value}{closing}")) for value in values])


def _origins(text: str) -> list[str]:
    """The origins that a text names, as browsers send them; none where it may say something else."""
    found = [part.rstrip("/") for part in SEPARATORS.split(text) if part]
    return found if all(map(ORIGIN.fullmatch, found)) else []


def _example(origins: Expression) -> str:
    """An origin that is allowed by accident."""
    text = origins.string() or ""
    if "*" in text:
        return ": with the star in it, every origin there is"
    first = text.partition(",")[0]
    return f": `{first[:-1]}` too" if "." in first else ""


def _help(origins: Expression) -> str:
    text = origins.string()
    if text is None or not isinstance(origins.node, syntax.Constant):
        return 'put it into a list, or split it where it holds several: `.split(",")`'
    if "*" in text:
        return "subdomains need `allow_origin_regex`"
    found = _origins(text)
    if not found:
        return "put the origins into a list, each as `scheme://host[:port]`"
    listed = ", ".join(f'"{origin}"' for origin in found)
    return f"`allow_origins=[{listed}]`"


def _fix(origins: Expression, cors: Middleware) -> FixRequest | None:
    """Only for a literal in the call itself; what its star was meant to allow is not known."""
    place, text = origins.place, origins.string()
    if not isinstance(origins.node, (syntax.Constant, syntax.Template)):
        return None
    if place != cors.option_place("allow_origins", 1):
        return None
    if text is None:
        return list_of_origins.at(place, reason="what is filled in may hold commas")
    found = _origins(text)
    if found == [text]:
        return list_of_origins.at(place, reason="origins that are a part of it are not allowed any more")
    if not found:
        return None
    return list_of_origins.at(place, reason="what stands between origins may be meant", split="origins")
