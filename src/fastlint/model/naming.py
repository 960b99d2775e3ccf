"""Names for functions that hold in every run: by where they are written, and what they are bound to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.model.expression import Expression
from fastlint.model.scopes import ClassScope, Frame, FunctionScope, Scope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project

CLOSURE = "~"
"""What the name of a function begins with that only those have who call its maker."""


class Names:
    """The names of a project's functions, and the functions by their names."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[FunctionValue, str | None] = {}
        self._functions: dict[str, FunctionValue] = {}
        self._scopes: dict[str, dict[str, Scope]] = {}
        self._calls: dict[str, dict[str, Expression]] = {}

    def of(self, function: FunctionValue) -> str | None:
        """The name of a function; None where it is bound to something that has none."""
        if function not in self._known:
            name = self._known[function] = self._name(function)
            if name is not None:
                self._functions[name] = function
        return self._known[function]

    def find(self, name: str) -> FunctionValue | None:
        """The function of a name, in files that are what they were when it got it."""
        if name not in self._functions and not name.startswith(CLOSURE):
            function = self._made(*name.split("\0"))
            if function is None or self.of(function) != name:
                return None
        return self._functions.get(name)

    def bits(self, name: str) -> int:
        """The bits of the files that a name speaks of."""
        grounds = self.project.grounds
        bits = 0
        for part in name.split("\0"):
            if ":" in part:
                bits |= grounds.file(path_of(part))
        return bits

    # From functions to names

    def _name(self, function: FunctionValue) -> str | None:
        scope, outer = function.scope, function.outer
        if scope.parent is None:
            return None
        is_plain = outer is None or outer == scope.parent.frame
        kind = f"{'-' if outer is None else '+'}{'b' if function.bare else ''}"
        parts = [written(scope.place), kind, *self._receiver(function.receiver)]
        if outer is not None and not is_plain:
            parts.extend(("in", *self._frame(outer)))
        if None in parts:
            return None
        is_plain = is_plain and "at" not in parts
        return "\0".join([*([] if is_plain else [CLOSURE]), *(each for each in parts if each is not None)])

    def _receiver(self, receiver: object) -> Iterator[str | None]:
        match receiver:
            case None:
                return
            case ClassValue():
                yield from ("class", written(receiver.scope.place))
            case Instance(cls=cls, site=site, args=()):
                if isinstance(cls, ClassValue):
                    yield written(cls.scope.place)
                else:
                    yield cls.name if cls.receiver is None else None
                if site is not None:
                    yield written(site.place) if site.is_call else None
                    yield from ("at", *self._frame(site.frame)) if site.frame.key else ()
            case _:
                yield None

    def _frame(self, frame: Frame) -> Iterator[str | None]:
        yield written(frame.scope.place) if isinstance(frame.scope, (FunctionScope, ClassScope)) else "module"
        for part in frame.key:
            if isinstance(part, int):
                site = self.project.inference.calling.sites.get(part)
                yield None if site is None else f"{type(site.node).__name__} {written(site.place)}"
            elif isinstance(part, (FunctionScope, ClassScope)):
                yield written(part.place)
            else:
                yield from ("for", *self._receiver(part))

    # From names to functions

    def _made(self, place: str, kind: str, *receiver: str) -> FunctionValue | None:
        scope = self._scope(place)
        if not isinstance(scope, FunctionScope) or scope.parent is None:
            return None
        outer = scope.parent.frame if kind[0] == "+" else None
        if not receiver:
            return FunctionValue(scope, None, outer, bare="b" in kind)
        bound = self._bound(*receiver)
        return None if bound is None else FunctionValue(scope, bound, outer, bare="b" in kind)

    def _bound(self, first: str, second: str = "") -> Instance | ClassValue | None:
        if first == "class":
            cls = self._scope(second)
            return ClassValue(cls) if isinstance(cls, ClassScope) else None
        owner = self._scope(first) if ":" in first else None
        site = self._call(second) if second else None
        if second and site is None:
            return None
        if isinstance(owner, ClassScope):
            return Instance(ClassValue(owner), site)
        return None if ":" in first else Instance(External(first), site)

    def _scope(self, place: str) -> Scope | None:
        path = path_of(place)
        if path not in self._scopes:
            module = self.project.module(path)
            scopes = () if module is None else module.with_lambdas()
            self._scopes[path] = {
                written(each.place): each for each in scopes if isinstance(each, (ClassScope, FunctionScope))
            }
        return self._scopes[path].get(place)

    def _call(self, place: str) -> Expression | None:
        path = path_of(place)
        if path not in self._calls:
            module = self.project.module(path)
            calls = {} if module is None else self.project.calls.module(module)
            pairs = (pair for found in calls.values() for pair in found)
            sites = (Expression(node, scope.frame) for scope, node in pairs)
            self._calls[path] = {written(each.place): each for each in sites}
        return self._calls[path].get(place)


def written(place: Place) -> str:
    """A place as text: the path first, and a colon after it."""
    span = place.span
    return f"{place.path}:{span.line}:{span.column}:{span.end_line}:{span.end_column}"


def place_in(name: str) -> str:
    """Where the function of a name is written."""
    return name.removeprefix(f"{CLOSURE}\0").partition("\0")[0]


def path_of(place: str) -> str:
    return place.rpartition(" ")[2].rsplit(":", 4)[0]
