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

from fastlint.api import Rule, Severity

rule = Rule(
    __name__,
    code="FL302",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://github.com/Kludex/starlette/blob/main/starlette/middleware/cors.py",
)
