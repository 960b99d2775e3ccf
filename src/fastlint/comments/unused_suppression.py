"""A comment that silences findings silences none, or names a rule that finds nothing there.

What it was written for has been mended, moved to another line, or was never reported.

## Why

The comment stays behind and claims a mistake that is not there. The day somebody makes that mistake on this
line, it is silenced unseen, with a reason that was given for other code.

## Bad

```python
import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/report")
async def report() -> dict[str, str]:
    await asyncio.sleep(0.15)  # fastlint: ignore[blocking-sleep] -- a short one
    return {"status": "done"}
```

## Good

```python
import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/report")
async def report() -> dict[str, str]:
    await asyncio.sleep(0.15)
    return {"status": "done"}
```

## When it is fine

Where the rule that a comment names did not run, because it is not selected, nothing is said: it may be needed
all the same. `# noqa` without codes is for every linter, and never reported. A comment that has to stay says
so: `# fastlint: ignore[blocking-sleep, unused-suppression]`.
"""

from __future__ import annotations

from fastlint.diagnostic import Severity
from fastlint.rule import Rule

rule = Rule(
    __name__,
    code="FL001",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://github.com/fastlint/fastlint/blob/main/docs/configuration.md#in-the-code",
)
