"""Projects in memory, and how what the model knows of them reads in a test."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from textwrap import dedent

from fastlint.files import PROPERTY
from fastlint.index import syntax
from fastlint.index.indexer import index
from fastlint.knowledge import Knowledge
from fastlint.model.project import Project
from fastlint.model.routing import Route
from fastlint.model.values import (
    ClassValue,
    Coroutine,
    External,
    FunctionValue,
    Instance,
    Literal,
    Manager,
    ModuleValue,
    Partial,
    Stream,
    Super,
    Value,
)
from fastlint.source import Source, Unreadable

Files = Mapping[str, str]

knowledge = cache(Knowledge.load)


def project(
    files: Files | str, *, roots: Sequence[str] = ("",), seeds: Sequence[str] | None = None
) -> Project:
    """A project of these files, or of a `main.py` with this text. All of them are seeds unless told."""
    texts = {path: dedent(text) for path, text in _named(files).items()}
    return Project(
        texts,
        [*texts] if seeds is None else seeds,
        lambda path: facts(texts[path], path) if path in texts else None,
        knowledge=knowledge(),
        source_roots=roots,
        mentions=lambda word: [path for path, text in texts.items() if word in re.findall(r"\w+", text)],
        text=texts.get,
        properties={each.decode() for text in texts.values() for each in PROPERTY.findall(text.encode())},
    )


def facts(text: str, path: str = "main.py") -> syntax.Module | None:
    """The facts of one file; None for one that cannot be read."""
    source = Source(path, text.encode())
    try:
        return syntax.Module(path, index(source.tree))
    except Unreadable:
        return None


def revealed(files: Files | str, *, roots: Sequence[str] = ("",)) -> list[str]:
    """What the argument of each `reveal(...)` can stand for."""
    return [
        " | ".join(sorted(described(value) for value in call.args[0].values()))
        for call in project(files, roots=roots).calls.named("reveal")
    ]


def described(value: Value) -> str:
    """A value as these tests write it: `requests.get`, `<httpx.Client>` for an object of that class."""
    match value:
        case External():
            return value.name
        case ModuleValue():
            return f"module {value.module.path}"
        case ClassValue():
            return f"class {value.scope.project.qualified(value.scope)}"
        case FunctionValue():
            return f"def {value.scope.project.qualified(value.scope)}"
        case Instance():
            name = described(value.cls).removeprefix("class ")
            inner = ", ".join(_united(each) for each in value.args)
            return f"<{name}[{inner}]>" if value.args else f"<{name}>"
        case Coroutine():
            return f"coroutine of {_united(value.results)}"
        case Manager():
            return f"manager of {_united(value.targets)}"
        case Stream():
            return f"stream of {_united(value.items)}"
        case Partial():
            return f"partial of {_united(value.functions)}"
        case Super():
            return f"super of {value.scope.name}"
        case Literal():
            return value.expression.text()
        case _:
            return f"type {value.expression.text()}"


def routes(files: Files | str) -> list[str]:
    """Every route as `GET /orders/{id}: read_order`, with its whole path."""
    return [
        f"{verb(route)} {path}: {route.function.label}"
        for route in project(files).application.routes
        for path in route.paths or ("?",)
    ]


def verb(route: Route) -> str:
    return "websocket" if route.is_websocket else "/".join(sorted(route.methods)) or "?"


def _united(values: Iterable[Value]) -> str:
    return " | ".join(sorted(map(described, values))) or "?"


def _named(files: Files | str) -> Files:
    return {"main.py": files} if isinstance(files, str) else files
