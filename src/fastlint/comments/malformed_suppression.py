"""A comment that is meant to silence findings cannot be understood, so it silences none.

It names a rule that does not exist, does not name it in brackets, or does not quite begin with `# fastlint:`.

## Why

Whoever wrote it believes that the finding is dealt with. It is not guessed what was meant: a comment that
silenced every rule because of a misspelled one would hide whatever else happens on its line.

## Bad

```python
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/report")
async def report() -> dict[str, str]:
    time.sleep(0.01)  # fastlint: ignore=blocking-sleep
    return {"status": "done"}
```

## Good

```python
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/report")
async def report() -> dict[str, str]:
    time.sleep(0.01)  # fastlint: ignore[blocking-sleep] -- ten milliseconds
    return {"status": "done"}
```

## When it is fine

Comments of other tools, and `# noqa` with their codes alone, are not read. `# fastlint: ignore` without a
list is understood: it silences every rule on its line. A reason may follow after a space.
"""

from __future__ import annotations

from fastlint.diagnostic import Severity
from fastlint.rule import Rule

rule = Rule(
    __name__,
    code="FL002",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://github.com/fastlint/fastlint/blob/main/docs/configuration.md#in-the-code",
)
