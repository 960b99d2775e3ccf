"""A test overrides a dependency and does not take it back, so that later tests run against it too.

`dependency_overrides` is a dict of the app. Tests that share the app share the dict, and what one of them
puts in stays until somebody takes it out.

## Why

The test that signs in as an admin leaves every later test signed in. Those pass without asking for it, and
fail when they run alone, in another order or in parallel; or they fail because of a session that a fixture
has closed long ago.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient


def get_user_name() -> str:
    return "ada"


app = FastAPI()


@app.get("/me")
def read_me(name: Annotated[str, Depends(get_user_name)]) -> str:
    return name


client = TestClient(app)


def test_the_admin() -> None:
    app.dependency_overrides[get_user_name] = lambda: "admin"
    assert client.get("/me").json() == "admin"


def test_a_user() -> None:
    assert client.get("/me").json() == "ada"
```

## Good

```python
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient


def get_user_name() -> str:
    return "ada"


app = FastAPI()


@app.get("/me")
def read_me(name: Annotated[str, Depends(get_user_name)]) -> str:
    return name


client = TestClient(app)


def test_the_admin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.dependency_overrides, get_user_name, lambda: "admin")
    assert client.get("/me").json() == "admin"


def test_a_user() -> None:
    assert client.get("/me").json() == "ada"
```

A fixture that yields takes it back as well: `yield`, then `app.dependency_overrides.clear()`.

## When it is fine

An app that is made for the test, an override at the top of a module, in an autouse fixture or in one for the
whole module or session: that is meant for all. It is reported where a later test is found that uses the same
app without asking for the override or setting its own, and where nothing seems to take overrides back: no
autouse fixture, helper, hook or tear-down. Set-ups of a class of tests and helpers that tests call are
reported as tests are.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, LeakedOverride, Project, Rule, Severity, Step

rule = Rule(
    __name__,
    code="FL210",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/advanced/testing-dependencies/#use-the-appdependency_overrides-attribute",
)


@rule.on(LeakedOverride)
def check(leak: LeakedOverride, project: Project) -> Iterator[Diagnostic]:
    key, owner = leak.override.key.text(), leak.override.owner.text()
    yield rule.report(
        leak,
        f"nothing takes this override back: `{leak.victim.name}` runs later and gets it too",
        help=f"`monkeypatch.setitem({owner}.dependency_overrides, {key}, ...)`, which pytest undoes, or "
        f"`{owner}.dependency_overrides.pop({key})` after a `yield`",
        trace=[Step(f"{leak.victim.name}() uses the same app without it", leak.victim.place)],
    )
