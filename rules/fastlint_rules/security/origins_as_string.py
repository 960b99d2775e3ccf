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
type `list[str]` holds. A setting that may be either (`list[str] | str`, with a validator that splits) is
not reported.

The fix is safe for a literal that names one origin: only origins that nobody meant stop being allowed.
"""

from __future__ import annotations

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
    syntax,
)

rule = Rule(
    __name__,
    code="FL302",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://github.com/Kludex/starlette/blob/main/starlette/middleware/cors.py",
)


CORS = "starlette.middleware.cors.CORSMiddleware"


@rule.on(Middleware)
def check(cors: Middleware, project: Project) -> Iterator[Diagnostic]:
    origins = cors.option("allow_origins")
    if origins is None or not cors.is_a(CORS) or not origins.is_text or not origins.is_whole:
        return
    if origins.string() in ("*", ""):
        return
    yield rule.report(
        cors.option_place("allow_origins"),
        f"`allow_origins` is one string, and every part of it is an allowed origin{_example(origins)}",
        help=_help(origins),
        fix=_fix(origins, cors),
    )


@rule.fix("Make it a list", Safety.SAFE)
def list_of_origins(origins: cst.BaseExpression, edit: Edit) -> cst.List:
    """One origin a string; `split="comma"` parts a literal at its commas."""
    if not isinstance(origins, (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)):
        raise edit.refuse("it is not a string literal")
    if edit.params.get("split") != "comma":
        return cst.List([cst.Element(origins)])
    if not isinstance(origins, cst.SimpleString):
        raise edit.refuse("only a plain literal can be split")
    values = [part.strip() for part in origins.raw_value.split(",") if part.strip()]
    opening, closing = origins.prefix + origins.quote, origins.quote
    return cst.List([cst.Element(cst.SimpleString(f"{opening}{value}{closing}")) for value in values])


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
    listed = ", ".join(f'"{part.strip()}"' for part in text.split(","))
    return f"`allow_origins=[{listed}]`"


def _fix(origins: Expression, cors: Middleware) -> FixRequest | None:
    """Only for a literal in the call itself; what its star was meant to allow is not known."""
    place, text = origins.place, origins.string()
    if not isinstance(origins.node, (syntax.Constant, syntax.Template)):
        return None
    if place != cors.option_place("allow_origins"):
        return None
    if text is None:
        return list_of_origins.at(place, safety=Safety.UNSAFE, reason="what is filled in may hold commas")
    if "*" in text:
        return None
    if "," in text:
        return list_of_origins.at(
            place, safety=Safety.UNSAFE, reason="the commas may part something else", split="comma"
        )
    return list_of_origins.at(place)
