"""What FastAPI looks up in `dependency_overrides`.

It takes each callable that it is about to run for a route and looks it up in the overrides of the app that
serves the route, by identity and equality (https://fastapi.tiangolo.com/advanced/testing-dependencies/).
A key that is no such callable is never used.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.callables import SECURITY
from fastlint.model.decorators import is_given_away
from fastlint.model.expression import Expression
from fastlint.model.handlers import PASSED_BY_FASTAPI
from fastlint.model.judging import MOST_VALUES, PLAIN_BASES
from fastlint.model.memo import Memo, traced_property
from fastlint.model.mentions import aliases, held_name, mentions
from fastlint.model.overrides import Override
from fastlint.model.remembered import CACHES
from fastlint.model.routers import Router
from fastlint.model.routing import ROUTERS, Route
from fastlint.model.scopes import Frame, FunctionScope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Partial, Value, stands_for

if TYPE_CHECKING:
    from fastlint.model.injections import Injection
    from fastlint.model.project import Project

FRAMEWORK = ("fastapi.", "starlette.")
Uses = dict[tuple[object, ...], "Injection"]


class Lookup:
    """What FastAPI looks up in the overrides of each app."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._reach = Memo(project.grounds, self._find_reach)

    def of(self, override: Override) -> bool | None:
        apps, keys = override.apps, override.key.values()
        if not override.key.is_whole or not override.is_of_an_app:
            return None
        if not apps:
            return self._in_any_app(override)
        answers = {self._key(key, app, override.key) for key in keys for app in apps}
        return True if True in answers else None if None in answers else False

    def _in_any_app(self, override: Override) -> bool | None:
        """False for what the project defines and nothing depends on, whichever app it is; None otherwise."""
        keys = override.key.values()
        is_unused = all(
            not isinstance(key, External)
            and self._is_told_apart(key)
            and not self.uses(key)
            and not self._is_held(key, override.key)
            for key in keys
        )
        return False if keys and is_unused else None

    def uses(self, key: Value) -> tuple[Injection, ...]:
        """Every `Depends` that calls this very object."""
        return tuple(self._uses.get(identity(key), ()))

    def objects_of(self, cls: Value) -> tuple[Injection, ...]:
        """Every `Depends` that calls an object of a class."""
        return tuple(
            use
            for uses in self._uses.values()
            for use in uses[:1]
            for target in use.targets
            if isinstance(target, Instance) and target.cls == cls
        )

    def reached(self, app: Instance) -> tuple[Injection, ...]:
        """Every `Depends` that is resolved for some route of an app."""
        roots = [root for root in self._routes if _is_same_site(root.instance, app)]
        found = {key: use for root in roots for key, use in self._reach(root).items()}
        return tuple(found.values())

    def apps_with(self, key: Value) -> tuple[Router, ...]:
        """The outermost routers for some route of which a key is looked up."""
        return tuple(root for root in self._routes if self._reaches(root, key))

    def callers(self, key: Value) -> tuple[tuple[FunctionScope, Expression], ...]:
        """The dependencies that call a function themselves, and where."""
        if not isinstance(key, FunctionValue):
            return ()
        handlers = {each.function for each in self.project.dependencies.dependencies}
        return tuple(
            (call.scope, call)
            for call in self.project.calls.of(key.scope)
            if isinstance(call.scope, FunctionScope) and call.scope in handlers
            if stands_for(call.func.values(), key.scope)
        )

    def _key(self, key: Value, app: Instance, written: Expression) -> bool | None:
        if is_passed_by_fastapi(key, self.project):
            return False
        if not self._is_told_apart(key):
            return None
        uses = self.uses(key)
        if not uses:
            return None if self._is_held(key, written) else False
        roots = [root for root in self._routes if _is_same_site(root.instance, app)]
        if any(self._reaches(root, key) for root in roots):
            return True
        if any(root in self._open for root in roots) or not all(self._is_placed(use) for use in uses):
            return None
        return False if app.site is not None and not self._is_anything_open else None

    def _reaches(self, root: Router, key: Value) -> bool:
        wanted = identity(key)
        return any(
            identity(target) == wanted
            for injection in self._reach(root).values()
            for target in injection.targets
        )

    def _is_told_apart(self, key: Value) -> bool:
        """Whether it is certain which object the key is, and which others are equal to it."""
        match key:
            case External():
                return key.name.startswith(FRAMEWORK)
            case FunctionValue():
                return self._is_certain_function(key)
            case ClassValue() | Partial():
                return True
            case Instance():
                return self._is_certain_object(key)
            case _:
                return False

    def _is_certain_function(self, key: FunctionValue) -> bool:
        others = [each for each in self._functions.get(key.scope, ()) if identity(each) != identity(key)]
        if any(_is_vague(each.receiver) for each in others) or (others and _is_vague(key.receiver)):
            return False
        maker = key.scope.parent
        if not isinstance(maker, FunctionScope):
            return True
        return not set(self.project.inference.functions.decorator_names(maker)).intersection(CACHES)

    def _is_certain_object(self, key: Instance) -> bool:
        if key.site is None or key.external.endswith("()"):
            return False  # what another package's function gives may be one that it keeps
        others = self.objects_of(key.cls)
        return not others or self._is_equal_to_itself_only(key)

    def _is_equal_to_itself_only(self, key: Instance) -> bool:
        inference = self.project.inference
        if isinstance(key.cls, External):
            return inference.classes.descends(key.cls, SECURITY)
        for cls in inference.classes.mro(key.cls):
            if isinstance(cls, External):
                if cls.name not in PLAIN_BASES and not inference.classes.descends(cls, SECURITY):
                    return False
            elif cls.scope.node.decorators or {"__eq__", "__new__"} & set(cls.scope.bindings):
                return False
        return True

    @traced_property
    def _functions(self) -> dict[FunctionScope, list[FunctionValue]]:
        found: dict[FunctionScope, list[FunctionValue]] = {}
        for use in self.project.dependencies.uses:
            for target in use.targets:
                if isinstance(target, FunctionValue):
                    found.setdefault(target.scope, []).append(target)
        return found

    @traced_property
    def _uses(self) -> dict[Hashable, list[Injection]]:
        found: dict[Hashable, list[Injection]] = {}
        for use in self.project.dependencies.uses:
            for target in use.targets:
                found.setdefault(identity(target), []).append(use)
        return found

    # Which routes an app has

    @traced_property
    def _routes(self) -> dict[Router, list[Route]]:
        """The routes below each of the outermost routers."""
        application = self.project.application
        found: dict[Router, list[Route]] = {router: [] for router in application.made}
        below: dict[Router, list[Route]] = {}
        for route in application.routes:
            below.setdefault(route.router, []).append(route)
        for router, routes in below.items():
            for root in sorted(application.roots(router), key=_router_order):
                found.setdefault(root, []).extend(routes)
        return found

    def _find_reach(self, root: Router) -> Uses:
        """Every `Depends` that is resolved for some route of a root, those of overrides too."""
        found = dict(self._overriding)
        for route in self._routes.get(root, ()):
            self._collect(self.project.dependencies.of_route(route), found)
        return found

    @traced_property
    def _overriding(self) -> Uses:
        found: Uses = {}
        for override in self.project.dependencies.overrides:
            for value in override.value.values():
                self._collect(self.project.dependencies.below(value), found)
        return found

    def _collect(self, injections: Iterable[Injection], found: Uses) -> None:
        queue = list(injections)
        while queue:
            injection = queue.pop()
            key = _use_key(injection)
            if key not in found:
                found[key] = injection
                for target in injection.targets:
                    queue.extend(self.project.dependencies.below(target))

    def _is_placed(self, use: Injection) -> bool:
        """Whether all the routes that resolve it are known to be of apps that the project makes."""
        key = _use_key(use)
        roots = [root for root in self._routes if key in self._reach(root)]
        application = self.project.application
        return bool(roots) and all(application.is_app(root) and root.site is not None for root in roots)

    @traced_property
    def _open(self) -> frozenset[Router]:
        """The roots that include a router which is not known."""
        application = self.project.application
        return frozenset(
            root
            for receiver, is_known, call in self._inclusions
            if receiver is not None and not is_known
            for root in application.roots(application.router(receiver, call))
        )

    @traced_property
    def _is_anything_open(self) -> bool:
        """Whether something unknown is included somewhere unknown."""
        return any(receiver is None and not is_known for receiver, is_known, _ in self._inclusions)

    @traced_property
    def _inclusions(self) -> tuple[tuple[Instance | None, bool, Expression], ...]:
        """Each `include_router`: the including router, None when unknown, and whether its child is known."""
        return tuple(
            (receiver, self._is_included(call, receiver), call)
            for call in self.project.calls.named("include_router")
            for receiver in self._receivers(call)
        )

    def _receivers(self, call: Expression) -> Iterator[Instance | None]:
        """The routers whose method a call is of; None for one that is not known."""
        owner = call.func.owner
        values = () if owner is None else owner.values()
        if not values or len(values) >= MOST_VALUES:
            yield None
        for value in values:
            if not isinstance(value, Instance) or value.external.endswith("()"):
                yield None
            elif self.project.inference.classes.descends(value.cls, *ROUTERS):
                yield value if value.site is not None else None

    def _is_included(self, call: Expression, parent: Instance | None) -> bool:
        """Whether it is known what a call of `include_router` includes in a router."""
        child = call.argument("router", 0)
        made = () if child is None else child.instances(*ROUTERS)
        if not 0 < len(made) < MOST_VALUES or any(each.site is None for each in made):
            return False
        return parent is None or any(
            include.site.node is call.node and _is_same_site(include.parent.instance, parent)
            for include in self.project.application.includes
        )

    # Who else may hold a function

    def _is_held(self, key: Value, written: Expression) -> bool:
        """Whether a function or object is handed to something that may depend on it unseen."""
        name = held_name(key, written)
        if not name:
            return False
        if isinstance(key, FunctionValue) and not self._is_plainly_decorated(key.scope):
            return True
        if isinstance(key, ClassValue) and is_given_away(key):
            return True
        for module in self.project.mentioning(name):
            names = {name, *aliases(module, name)}
            for scope in module.within():
                for node in mentions(scope, names):
                    if id(node) in self._accounted:
                        continue
                    values = Expression(node, scope.frame).values()
                    if any(identity(value) == identity(key) for value in values):
                        return True
        return False

    def _is_plainly_decorated(self, scope: FunctionScope) -> bool:
        knowledge = self.project.knowledge
        names = self.project.inference.functions.decorator_names(scope)
        return all(knowledge.is_transparent(name) or name.startswith(FRAMEWORK) for name in names)

    @traced_property
    def _accounted(self) -> frozenset[int]:
        """The nodes inside `Depends(...)` and inside overrides."""
        dependencies = self.project.dependencies
        roots = [use.call.node for use in dependencies.uses]
        for override in dependencies.overrides:
            roots += [override.key.node, override.value.node]
        return frozenset(id(node) for root in roots for node in syntax.walk(root))


def identity(value: Value) -> Hashable:
    """What tells one object from another: where it is defined, or the call that makes it."""
    match value:
        case FunctionValue():
            receiver = None if value.receiver is None else identity(value.receiver)
            return "function", value.scope, receiver, _maker(value.outer)
        case Instance():
            return "object", value.cls, None if value.site is None else id(value.site.node)
        case Partial():
            return "partial", value.site
        case External():
            return "external", value.name
        case _:
            return value


def is_passed_by_fastapi(value: Value, project: Project) -> bool:
    """Whether it is a class of which FastAPI passes an object of its own, such as `Request`."""
    return isinstance(value, External) and project.inference.classes.descends(value, *PASSED_BY_FASTAPI)


def _is_same_site(one: Instance, other: Instance) -> bool:
    return one.site is not None and other.site is not None and one.site.node is other.site.node


def _use_key(injection: Injection) -> tuple[object, ...]:
    return id(injection.call.node), id(injection.parameter) if injection.parameter is not None else None


def _router_order(router: Router) -> tuple[Place, ...]:
    return () if router.site is None else (router.site.place,)


def _maker(outer: Frame | None) -> object:
    """The call of a factory that a nested function comes from, when it was given arguments."""
    return outer.key[-2:] if outer is not None and outer.arguments else None


def _is_vague(receiver: Instance | ClassValue | None) -> bool:
    return isinstance(receiver, Instance) and receiver.site is None
