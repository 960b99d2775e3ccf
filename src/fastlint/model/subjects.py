"""What rules can ask for by type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from fastlint.model.coroutines import OwnLoop, Unawaited, own_loops, unawaited
from fastlint.model.dependencies import Dependency, Injection, Override
from fastlint.model.hooks import Middleware
from fastlint.model.loop import LoopCall
from fastlint.model.routing import EventHandler, Include, Route, Router

if TYPE_CHECKING:
    from fastlint.model.project import Project

SUBJECTS: dict[type, Callable[[Project], Iterable[Any]]] = {
    Route: lambda project: project.application.routes,
    Router: lambda project: project.application.routers,
    Include: lambda project: project.application.includes,
    EventHandler: lambda project: project.application.events,
    Middleware: lambda project: project.hooks.middleware,
    Injection: lambda project: project.dependencies.injections,
    Dependency: lambda project: project.dependencies.dependencies,
    Override: lambda project: project.dependencies.overrides,
    LoopCall: lambda project: project.loop.calls,
    Unawaited: unawaited,
    OwnLoop: own_loops,
}
