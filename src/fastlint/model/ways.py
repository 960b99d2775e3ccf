"""The ways by which apps serve a router, and the paths that they give to its routes, as far as known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.memo import Memo
from fastlint.model.routers import Include, Router
from fastlint.model.routing import Application
from fastlint.model.scopes import Binding, FunctionScope, ModuleScope
from fastlint.model.suites import is_test
from fastlint.model.values import Literal

UNKNOWN = "\u2026"
"""What stands in a path for a part that is not known."""

MOST_WAYS = 64
DEEPEST = 8
Way = tuple[Include, ...]
"""Includes and mounts, the outermost first."""


class Ways:
    """Finds those to apps, if there are any; those of test suites only where there are no others."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.to = Memo(application.project.grounds, self._find)

    def _find(self, router: Router) -> tuple[Way, ...]:
        ways = [*islice(self._upwards(router, ()), MOST_WAYS)]
        apps = [way for way in ways if self.application.is_app(way[0].parent if way else router)]
        real = [way for way in apps if not (way and is_test(way[0].place.path))]
        return tuple(real or apps or ways)

    def _upwards(self, router: Router, below: Way) -> Iterator[Way]:
        outer = [each for each in self.application.parents(router) if each not in below]
        for include in outer:
            yield from self._upwards(include.parent, (include, *below))
        if not outer:
            yield below


def whole_path(application: Application, root: Router, way: Way, *, is_apart: bool = False) -> str:
    """What stands before the paths of the router at the end of a way; its own prefix too, unless apart."""
    path = "" if is_apart and not way else _own_prefix(application, root)
    for include in way:
        path = joined(path, _include_prefix(include))
        if not is_apart or include is not way[-1]:
            path = joined(path, _own_prefix(application, include.child))
    return path


def written(given: Expression | None, depth: int = 0) -> str:
    """A path or prefix as far as it is known, with `UNKNOWN` for each part that is not."""
    if given is None:
        return UNKNOWN
    known = given.string()
    if known is not None or depth > DEEPEST:
        return UNKNOWN if known is None else known
    node = given.node
    if isinstance(node, (syntax.Template, syntax.Operation)):
        is_sum = isinstance(node, syntax.Template) or node.operator == "+"
        parts = node.parts if isinstance(node, syntax.Template) else node.operands
        text = "".join(written(given.at(part), depth + 1) for part in parts) if is_sum else UNKNOWN
        return text.replace(UNKNOWN * 2, UNKNOWN)
    found = given.value()
    if isinstance(found, Literal) and found.expression.node is not node:
        return written(found.expression, depth + 1)
    return UNKNOWN


def name_of(router: Router) -> str:
    """How a person finds an app or router: `shop.main:app`, `shop.main:create_app()` for a local one.

    A router that a function makes has its name there too: `shop.api:build().inner`.
    """
    site = router.site
    scope = router.scope if site is None else site.scope
    if scope is None:
        return ""
    module = scope.project.dotted(scope.module)
    bound = (
        [] if site is None else [name for name, each in scope.bindings.items() if _is_bound(each, site.node)]
    )
    if isinstance(scope, ModuleScope):
        made = "" if site is None else f"{site.func.text()}()"
        return f"{module}:{bound[0] if bound else made}".removesuffix(":")
    maker = scope.label if isinstance(scope, FunctionScope) else getattr(scope, "name", "")
    is_app = scope.project.application.is_app(router)
    return f"{module}:{maker}()" if is_app or not bound else f"{module}:{maker}().{bound[0]}"


def names_of(routers: Iterable[Router]) -> dict[tuple[str, str], str]:
    """The names of routers by what they are known as: those that modules of one name have say the file."""
    known = {known_as(router) for router in routers}
    count = Counter(name for name, _ in known)
    return {
        (name, path): name if count[name] == 1 else f"{path}:{name.partition(':')[2]}" for name, path in known
    }


def known_as(router: Router) -> tuple[str, str]:
    """What tells apps apart for people: one that is made in two branches is one."""
    scope = router.site.scope if router.site is not None else router.scope
    return name_of(router), "" if scope is None else scope.module.path


def _include_prefix(include: Include) -> str:
    given = include.site.argument("path", 0) if include.is_mount else include.site.argument("prefix")
    if given is None:
        return UNKNOWN if include.is_mount or include.site.opaque_keywords else ""
    return written(given).rstrip("/")


def _own_prefix(application: Application, router: Router) -> str:
    if application.is_app(router):
        return ""
    given = router.option("prefix")
    if given is None:
        return UNKNOWN if router.may_be_given("prefix") else ""
    return written(given)


def joined(base: str, prefix: str) -> str:
    return base.rstrip("/") + prefix if prefix else base


def _is_bound(bindings: Iterable[Binding], node: syntax.Expr) -> bool:
    """Whether a name is bound to what a call makes, or to what another call makes of that."""
    values = [each.value for each in bindings if each.value is not None]
    return any(inner is node for value in values for inner in syntax.walk(value))
