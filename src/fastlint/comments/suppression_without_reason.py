"""A comment that silences findings does not say why.

Off by default: `require-reason = true` in the configuration turns it on.

## Why

Whoever reads the comment a year later cannot tell whether the finding was wrong, is harmless here, or was to
be mended soon: so nobody dares to remove it, and it silences whatever happens on its line from then on.

## Bad

```python
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/report")
async def report() -> dict[str, str]:
    time.sleep(0.01)  # fastlint: ignore[blocking-sleep]
    return {"status": "done"}
```

## Good

```python
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/report")
async def report() -> dict[str, str]:
    time.sleep(0.01)  # fastlint: ignore[blocking-sleep] -- ten milliseconds, once a night
    return {"status": "done"}
```

## When it is fine

In a project whose comments need no reason. `# noqa` without codes is for every linter, and never reported;
with codes of ours, a reason after them counts: `# noqa: FL101 -- once a night`.
`fastlint --add-ignore --reason TEXT` gives a reason to all comments that lack one.
"""

from __future__ import annotations

from fastlint.diagnostic import Severity
from fastlint.rule import Rule

rule = Rule(
    __name__,
    code="FL003",
    severity=Severity.WARNING,
    default=False,
    since="0.1.0",
    source="https://github.com/fastlint/fastlint/blob/main/docs/configuration.md#in-the-code",
)
