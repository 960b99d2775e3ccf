"""What is mounted in an app: it takes every request below its path, whether or not it has an answer.

https://www.starlette.io/routing/#submounting-routes
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.model.expression import Expression
from fastlint.model.paths import covers
from fastlint.model.routers import Router

if TYPE_CHECKING:
    from fastlint.model.routing import Application


@dataclass(frozen=True, slots=True)
class Mount:
    """`app.mount(path, ...)`."""

    path: str
    parent: Router
    site: Expression

    @property
    def place(self) -> Place:
        return self.site.place

    def takes(self, path: str) -> bool:
        """Whether it matches every request for a path of the app."""
        return covers(self.path.rstrip("/") + "/{path:path}", path)


def mounts(application: Application) -> Iterator[Mount]:
    """The mounts in apps, of which the path is known."""
    for call in application.project.calls.named("mount"):
        given = call.argument("path", 0)
        path = None if given is None else given.string()
        for _, parent in application.called_on(call, "mount") if path is not None else ():
            if path is not None and application.is_app(parent):
                yield Mount(path, parent, call)
