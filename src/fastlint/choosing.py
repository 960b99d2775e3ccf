"""Which rows of a listing are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from fastlint.listing import Row
from fastlint.model.ways import UNKNOWN

GLOB = re.compile(r"[*?]")


@dataclass(frozen=True)
class Choice:
    """What is asked for; empty asks for everything. Those of one kind are alternatives."""

    paths: Sequence[str] = ()
    methods: Sequence[str] = ()
    guards: Sequence[str] = ()
    apps: Sequence[str] = ()
    handlers: Sequence[str] = ()
    is_unguarded: bool = False

    def of(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        return tuple(filter(self.takes, rows))

    def takes(self, row: Row) -> bool:
        if self.is_unguarded and (row.guarded is not False):
            return False
        return (
            (not self.paths or any(is_below(row.path, path) for path in self.paths))
            and (not self.methods or any(each.upper() in _verbs(row) for each in self.methods))
            and (not self.guards or any(_is_guarded_by(row, name) for name in self.guards))
            and (not self.apps or any(_is_of(row, app) for app in self.apps))
            and (not self.handlers or any(_matches(row.handler, name) for name in self.handlers))
        )


def is_below(path: str, wanted: str) -> bool:
    """Whether a path matches a glob, or is, or stands below, another path.

    What is not known of it may be anything: `…/users` may be `/api/users`, and also stand below `/users`.
    """
    if UNKNOWN in path:
        return _may_be_below(path, wanted)
    if GLOB.search(wanted):
        return fnmatchcase(path, wanted)
    base = wanted.rstrip("/")
    return path.rstrip("/") == base or path.startswith(f"{base}/")


def _may_be_below(path: str, wanted: str) -> bool:
    first, *_, last = path.split(UNKNOWN)
    start, *rest = GLOB.split(wanted, maxsplit=1)
    if not (start.startswith(first) or first.startswith(start)):
        return False
    return not rest or fnmatchcase(first + last, wanted) or fnmatchcase(last, f"*{wanted}")


def _verbs(row: Row) -> tuple[str, ...]:
    return (*row.verbs, "WEBSOCKET") if row.kind == "websocket" else row.verbs


def _is_guarded_by(row: Row, name: str) -> bool:
    """Whether a guard, or a security scheme or dependency below it, has this name."""
    names = [each.name for each in row.guards]
    names += [scheme for each in row.guards for scheme in each.schemes]
    guards = {each.name for each in row.guards}
    names += [inner for each in row.dependencies if each.name in guards for inner in each.needs]
    return any(_matches(each.partition("(")[0], name) or _matches(each, name) for each in names)


def _is_of(row: Row, app: str) -> bool:
    """Whether an app is meant by its whole name (`shop.main:app`), its module or what follows the colon."""
    if row.app is None:
        return False
    module, _, name = row.app.partition(":")
    return any(_matches(each, app) for each in (row.app, module, name, name.removesuffix("()")))


def _matches(name: str, wanted: str) -> bool:
    return fnmatchcase(name.lower(), wanted.lower())
