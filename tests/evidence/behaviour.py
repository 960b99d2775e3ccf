"""What a small project does when it is run: the schema of its app, and what the app answers.

The project is imported from its folder, its lifespan is run, and requests are sent to the `app` of its `main`
module (of its only module, if it is called otherwise). The module may say more:

- `REQUESTS`: what is asked, as `("GET", "/items/1")` or `("POST", "/items", {"json": {"name": "Lamp"}})`;
  without it, every operation of the schema is asked with values made from the schema.
- `observed()`: anything else that must not differ, asked once the app has shut down.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx

from tests.evidence.garbage import collect_garbage

HEADERS = ("location", "set-cookie", "content-type", "www-authenticate")
VERBS = ("get", "put", "post", "delete", "patch")
LETTER = "a"


@dataclass(frozen=True)
class Behaviour:
    """`schema` is the app's OpenAPI schema, `answers` are pairs of a request and its answer.

    `failed` is the class of what importing, starting or describing the app raised, if it did.
    """

    schema: Any
    answers: tuple[tuple[str, Any], ...]
    observed: Any
    failed: str = ""


def behaviour(folder: Path, *, quietly: bool) -> Behaviour:
    """Run a project. `quietly` ignores warnings; else one is raised like any exception.

    An app that cannot be imported, started or described has `failed`; a single request that fails is a 500.
    """
    with warnings.catch_warnings():
        if quietly:
            warnings.simplefilter("ignore")
        try:
            module = imported(folder)
            return _asked(module)
        except Exception as error:
            if not quietly:
                raise
            return Behaviour(None, (), None, type(error).__name__)
        finally:
            if quietly:
                collect_garbage()  # what was never awaited says so when it goes


def keeps(before: Behaviour, after: Behaviour) -> list[str]:
    """How `after` differs where `before` worked: a line for each difference. No line where nothing does.

    Where the old code could not run, or answered with 500, the new one may do as it likes.
    """
    if before.failed:
        return []
    changed: list[str] = []
    if before.schema != after.schema:
        changed.append(f"the schema was {before.schema} and is {after.schema}")
    for (asked, old), (again, new) in zip(before.answers, after.answers, strict=False):
        if asked != again:
            changed.append(f"{asked} was asked and {again} is")
        elif old[0] != 500 and new != old:
            changed.append(f"{asked} was answered {old} and is {new}")
    if before.observed != after.observed:
        changed.append(f"what was observed was {before.observed} and is {after.observed}")
    return changed


def imported(folder: Path) -> ModuleType:
    """The `main` module of a project, or its only one."""
    files = sorted(folder.glob("*.py"))
    name = files[0].stem if len(files) == 1 else "main"
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
        for each in set(sys.modules) - before:
            if (getattr(sys.modules[each], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[each]


def _asked(module: ModuleType) -> Behaviour:
    app: Any = module.app
    schema = app.openapi()
    asked: list[Any] = getattr(module, "REQUESTS", None) or list(_requests(schema))
    answers = asyncio.run(_answers(app, asked))
    observed = module.observed() if hasattr(module, "observed") else None
    return Behaviour(schema, answers, observed)


async def _answers(app: Any, asked: list[Any]) -> tuple[tuple[str, Any], ...]:
    """The answers while the app's lifespan runs."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://test")
    async with app.router.lifespan_context(app), client:
        return tuple([(repr(each), await _answer(client, *each)) for each in asked])


async def _answer(
    client: httpx.AsyncClient, method: str, path: str, more: dict[str, Any] | None = None
) -> Any:
    answer = await client.request(method, path, **(more or {}))
    return answer.status_code, answer.text, {name: answer.headers.get(name) for name in HEADERS}


def _requests(schema: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Two requests for each operation: one with all that may be sent, one with only what must be."""
    for path, item in schema["paths"].items():
        for verb in VERBS:
            if verb not in item:
                continue
            operation = item[verb]
            for everything in (True, False):
                yield verb.upper(), *_request(path, operation, schema, everything)


def _request(path: str, operation: Any, schema: Any, everything: bool) -> tuple[str, dict[str, Any]]:
    more: dict[str, dict[str, Any]] = {"params": {}, "headers": {}, "cookies": {}}
    for parameter in operation.get("parameters", ()):
        value = _sample(parameter["schema"], schema)
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(value))
        elif everything or parameter.get("required"):
            kind = {"query": "params", "header": "headers", "cookie": "cookies"}[parameter["in"]]
            more[kind][parameter["name"]] = value if kind == "params" else str(value)
    arguments: dict[str, Any] = {name: values for name, values in more.items() if values}
    for kind, body in operation.get("requestBody", {}).get("content", {}).items():
        arguments["json" if kind == "application/json" else "data"] = _sample(body["schema"], schema)
    return path, arguments


def _sample(described: Any, schema: Any) -> Any:
    """A value that a schema describes."""
    if "$ref" in described:
        *_, name = described["$ref"].split("/")
        return _sample(schema["components"]["schemas"][name], schema)
    for several in ("anyOf", "allOf", "oneOf"):
        if several in described:
            return _sample(described[several][0], schema)
    if described.get("examples"):
        return described["examples"][0]
    if described.get("enum"):
        return described["enum"][0]
    if "const" in described:
        return described["const"]
    kind = described.get("type")
    if kind == "object":
        properties: dict[str, Any] = described.get("properties", {})
        return {name: _sample(each, schema) for name, each in properties.items()}
    if kind == "array":
        return [_sample(described.get("items", {}), schema)]
    if kind in ("integer", "number"):
        return described.get("minimum", 1)
    if kind == "boolean":
        return True
    return None if kind == "null" else LETTER * described.get("minLength", 1)
