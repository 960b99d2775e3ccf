"""What the real framework serves: `python -m tests.evidence.served module:app` prints it as JSON.

Packages that are not installed are replaced by mocks: only the framework's own part matters here.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import json
import sys
from collections.abc import Iterator, Sequence
from inspect import iscoroutinefunction, unwrap
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

from fastapi.dependencies.models import Dependant
from fastapi.security.base import SecurityBase
from starlette.routing import Mount


def main() -> None:
    sys.meta_path.append(Mocks())
    module, _, name = sys.argv[1].partition(":")
    found = getattr(importlib.import_module(module), name.removesuffix("()"))
    print(json.dumps(sorted(served(found() if name.endswith("()") else found)), indent=1))


def served(app: Any) -> list[list[Any]]:
    """Method, path, handler, whether it runs on the event loop, dependencies and schemes of each route."""
    return [each for route, path in _routes(app.routes, "") for each in _rows(route, path)]


def _routes(routes: Any, base: str) -> Iterator[tuple[Any, str]]:
    from fastapi import routing

    iterate = getattr(routing, "iter_route_contexts", iter)  # since 0.137 the routes are a tree
    for route in iterate(routes):
        inner = getattr(route, "original_route", route)
        if isinstance(inner, Mount):
            yield from _routes(getattr(inner.app, "routes", None) or [], base + route.path)
        elif getattr(route, "endpoint", None) is not None:
            yield route, base + route.path


def _rows(route: Any, path: str) -> Iterator[list[Any]]:
    endpoint = unwrap(route.endpoint)
    name = getattr(endpoint, "__name__", type(endpoint).__name__)
    if path.endswith(("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect")):
        return
    dependant = getattr(route, "dependant", None)
    methods = getattr(route, "methods", None)
    is_on_loop = not methods or getattr(
        dependant, "is_coroutine_callable", iscoroutinefunction(route.endpoint)
    )
    dependencies = [] if dependant is None else [_name(each.call) for each in dependant.dependencies]
    schemes = set[str]() if dependant is None else set(_schemes(dependant))
    for method in sorted(methods or ["WS"]):
        yield [method, path, name, is_on_loop, dependencies, sorted(schemes)]


def _schemes(dependant: Dependant) -> Iterator[str]:
    for each in dependant.dependencies:
        if isinstance(each.call, SecurityBase):
            yield type(each.call).__name__
        yield from _schemes(each)


def _name(call: Any) -> str:
    call = getattr(call, "func", call)  # what `functools.partial` calls
    return getattr(call, "__name__", type(call).__name__)


class Mocks:
    """Finds every module that nothing else does."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec:
        return importlib.machinery.ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        mock = MagicMock(name=spec.name)
        mock.__path__ = []
        mock.sqlite_version_info = (3, 45, 0)  # the driver of SQLite is asked
        mock.__spec__ = spec
        return mock

    def exec_module(self, module: ModuleType) -> None:
        pass


if __name__ == "__main__":
    main()
