"""Overrides that outlive the test or fixture that sets them, and the tests that get them too.

`dependency_overrides` is a plain dict of the app: what is put in stays until it is taken out, and where the
app is one of a module, all tests share it (https://fastapi.tiangolo.com/advanced/testing-dependencies/).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.memo import Memo
from fastlint.model.overrides import Override
from fastlint.model.overriding import NAME
from fastlint.model.reads import reads
from fastlint.model.routing import APPS
from fastlint.model.scopes import Frame, FunctionScope, ModuleScope, Scope
from fastlint.model.suites import is_test
from fastlint.model.values import ClassValue, stands_for

if TYPE_CHECKING:
    from fastlint.model.project import Project

CLIENTS = ("TestClient", "ASGITransport", "AsyncClient")
WIDE = frozenset(("class", "module", "package", "session"))
"""The scopes of fixtures that are meant for more than one test."""

SET_UP = frozenset(("asyncSetUp", "setUp", "setup", "setup_method"))
"""Methods of a class of tests that run before each of them."""

Position = tuple[str, int]


@dataclass(frozen=True, slots=True)
class LeakedOverride:
    """An override that nobody takes back, and a test that runs later and gets it."""

    override: Override
    function: FunctionScope
    victim: FunctionScope

    @property
    def place(self) -> Place:
        return self.override.place


def leaked_overrides(project: Project) -> Iterator[LeakedOverride]:
    """The overrides of single tests, and of fixtures, set-ups and helpers that some tests have and others
    have not."""
    overrides = project.dependencies.overrides
    return Leaks(project, overrides).found() if overrides else iter(())


class Leaks:
    """Finds them."""

    def __init__(self, project: Project, overrides: tuple[Override, ...]) -> None:
        self.project = project
        self.overrides = [(each, _function(each.owner.scope)) for each in overrides]
        self._closure = Memo(project.grounds, self._find_closure)
        self._helpers = dict(self._find_helpers())
        self._touches = Memo(project.grounds, touches)

    def found(self) -> Iterator[LeakedOverride]:
        candidates = [
            (override, function)
            for override, function in self.overrides
            if function is not None and self._stays(override, function)
        ]
        if not candidates or self._is_taken_back_for_all():
            return
        seen: set[int] = set()
        for override, function in candidates:
            if id(override.owner.node) in seen:
                continue  # one that a helper sets for whoever calls it
            if not any(map(self._touches, self._closure(function))):
                victim = next(self._victims(override, function), None)
                if victim is not None:
                    seen.add(id(override.owner.node))
                    yield LeakedOverride(override, function, victim)

    def _stays(self, override: Override, function: FunctionScope) -> bool:
        """Whether it is put into an app that more than this test sees, and stays there."""
        if (
            override.is_undone
            or override.place.path != function.module.path
            or not _is_shared(override.owner)
        ):
            return False
        if self.project.fixtures.is_fixture(function):
            return not _is_wide(function)
        return _is_test(function) or _is_set_up(function) or function in self._called_helpers

    def _is_taken_back_for_all(self) -> bool:
        """Whether a fixture that all tests get, a hook or a helper may take overrides back."""
        fixtures = self.project.fixtures
        for module in self.project.naming(NAME):
            functions = [each for each in module.within() if isinstance(each, FunctionScope)]
            is_of_tests = is_test(module.path) or any(_is_test(each) for each in functions)
            for function in functions if is_of_tests else ():
                is_asked_for = fixtures.is_fixture(function) and not _is_wide(function)
                is_own = is_asked_for or _is_test(function) or isinstance(function.parent, FunctionScope)
                if not is_own and self._touches(function):
                    return True
        return False

    def _victims(self, override: Override, function: FunctionScope) -> Iterator[FunctionScope]:
        """The tests that use the app after it and neither ask for the override nor set their own."""
        apps = {id(app.site.node) for app in override.apps if app.site is not None}
        users = [each for each in self._tests_with(function) if not self._is_clean(each)]
        if not apps or not users:
            return
        first = min(map(_position, users))
        for test in sorted(self._using(apps), key=_position):
            closure = self._closure(test)
            if _position(test) <= first or function in closure:
                continue
            if not self._is_clean(test) and not any(self._sets(each, override) for each in closure):
                yield test

    def _is_clean(self, test: FunctionScope) -> bool:
        """Whether a test, or what it asks for, may take overrides back."""
        return any(map(self._touches, self._closure(test)))

    def _using(self, apps: set[int]) -> set[FunctionScope]:
        """The tests that send requests to an app, by a client that is seen to be made for it."""
        found: set[FunctionScope] = set()
        for call in self.project.calls.named(*CLIENTS):
            app = call.argument("app", 0)
            if app is None or not any(
                each.site is not None and id(each.site.node) in apps for each in app.instances(*APPS)
            ):
                continue
            function = _function(call.scope)
            if function is not None:
                found.update(self._tests_with(function))
            elif isinstance(call.scope, ModuleScope):
                found.update(_reading(call, call.scope))
        return found

    def _tests_with(self, function: FunctionScope) -> list[FunctionScope]:
        """The test that a function is, or those that ask for or call the fixture, set-up or helper it is."""
        if _is_test(function):
            return [function]
        if _is_set_up(function):
            return [each for each in function.owner.functions() if _is_test(each)] if function.owner else []
        if function in self._called_helpers:
            callers = [each for each, helpers in self._helpers.items() if function in helpers]
            return [test for each in callers if each is not function for test in self._tests_with(each)]
        if not self.project.fixtures.is_fixture(function):
            return []
        return [
            test
            for module in self.project.mentioning(function.name)
            for test in module.within()
            if isinstance(test, FunctionScope) and _is_test(test) and function in self._closure(test)
        ]

    def _find_helpers(self) -> Iterator[tuple[FunctionScope, frozenset[FunctionScope]]]:
        """The tests, fixtures and set-ups that call a plain function which overrides, and those functions."""
        fixtures = self.project.fixtures
        found: dict[FunctionScope, set[FunctionScope]] = {}
        for setter in dict.fromkeys(setter for _, setter in self.overrides):
            if setter is None or not _is_helper(setter):
                continue
            for call in self.project.calls.of(setter):
                caller = _function(call.scope)
                if caller is None or not stands_for(call.func.values(), setter):
                    continue
                if _is_test(caller) or _is_set_up(caller) or fixtures.is_fixture(caller):
                    found.setdefault(caller, set()).add(setter)
        yield from ((caller, frozenset(helpers)) for caller, helpers in found.items())

    @property
    def _called_helpers(self) -> frozenset[FunctionScope]:
        return frozenset(each for helpers in self._helpers.values() for each in helpers)

    def _find_closure(self, function: FunctionScope) -> frozenset[FunctionScope]:
        """A test or fixture, and the fixtures that it asks for, at every depth."""
        found = {function}
        queue = [function]
        while queue:
            current = queue.pop()
            more = {*self._helpers.get(current, ()), *_set_ups(current)}.difference(found)
            found.update(more)
            queue.extend(more)
            for name in (*(each.name for each in current.node.parameters), *_used_fixtures(current)):
                fixture = self.project.fixtures.find(current, name)
                if fixture is not None and fixture not in found:
                    found.add(fixture)
                    queue.append(fixture)
        return frozenset(found)

    def _sets(self, function: FunctionScope, override: Override) -> bool:
        """Whether a function overrides the same."""
        keys = override.key.values()
        return any(
            setter is function and (not keys or any(each in keys for each in other.key.values()))
            for other, setter in self.overrides
        )


def _is_test(function: FunctionScope) -> bool:
    return function.name.startswith("test") and not isinstance(function.parent, FunctionScope)


def _is_helper(function: FunctionScope) -> bool:
    """Whether it is a plain function of the tests, for them to call."""
    is_plain = not function.owner and not function.node.is_generator and not function.node.decorators
    return is_plain and not _is_test(function) and is_test(function.module.path)


def _is_set_up(function: FunctionScope) -> bool:
    return function.owner is not None and function.name in SET_UP


def _set_ups(test: FunctionScope) -> Iterator[FunctionScope]:
    """The set-ups that run before a test of a class."""
    if test.owner is None or not _is_test(test):
        return
    for cls in test.project.inference.classes.mro(ClassValue(test.owner)):
        if isinstance(cls, ClassValue):
            yield from (each for name, each in cls.scope.methods.items() if name in SET_UP)


def _position(test: FunctionScope) -> Position:
    """Where pytest runs a test, unless it is told otherwise."""
    return test.module.path, test.place.span.line


def _function(scope: Scope) -> FunctionScope | None:
    """The outermost function around some code."""
    found = None
    current: Scope | None = scope
    while current is not None:
        if isinstance(current, FunctionScope):
            found = current
        current = current.parent
    return found


def _is_wide(fixture: FunctionScope) -> bool:
    """Whether a fixture is for a whole module or session, or for all tests."""
    for node in fixture.node.decorators:
        if isinstance(node, syntax.Call) and fixture.parent is not None:
            given = Expression(node, fixture.parent.frame).keywords
            scope, autouse = given.get("scope"), given.get("autouse")
            if (scope is not None and scope.string() in (None, *WIDE)) or autouse is not None:
                return True
    return False


def _used_fixtures(test: FunctionScope) -> Iterator[str]:
    """`@pytest.mark.usefixtures("name")`."""
    for node in test.node.decorators:
        if isinstance(node, syntax.Call) and last_name(node.func) == "usefixtures":
            yield from (
                each.value
                for each in node.args
                if isinstance(each, syntax.Constant) and isinstance(each.value, str)
            )


def _is_shared(app: Expression) -> bool:
    """Whether an app is one of a module, which all tests see."""
    root = app.node.path.partition(".")[0] if isinstance(app.node, syntax.Ref) else ""
    frame: Frame | None = app.frame
    while frame is not None and root:
        bindings = frame.scope.bindings.get(root)
        if bindings:
            if all(each.kind == "import" for each in bindings):
                return True
            if isinstance(frame.scope, ModuleScope):
                return all(each.kind in ("import", "value") for each in bindings)
            break
        frame = frame.outer
    sites = [each.site for each in app.instances(*APPS)]
    return bool(sites) and all(each is not None and isinstance(each.scope, ModuleScope) for each in sites)


def touches(function: FunctionScope) -> bool:
    """Whether a function does more with `dependency_overrides` than to put something in."""
    for scope in function.within():
        for statement in scope.statements():
            put: set[int] = set()
            for target in statement.targets if isinstance(statement, syntax.Assign) else ():
                if isinstance(target, syntax.Subscript):
                    put.add(id(target.value))
                elif last_name(target) == NAME:
                    return True
            for node in syntax.evaluated(statement):
                if id(node) not in put and _is_overrides(node):
                    return True
    return False


def _is_overrides(node: syntax.Expr) -> bool:
    if isinstance(node, syntax.Ref):
        parts = node.path.split(".")
        return NAME in parts[1:] and parts[-1] != "update"
    return isinstance(node, syntax.Attribute) and node.name == NAME


def _reading(call: Expression, module: ModuleScope) -> Iterator[FunctionScope]:
    """The tests of a module that use the client which a call at its top makes."""
    names = [
        target.path
        for statement in module.statements()
        if isinstance(statement, syntax.Assign) and statement.value is not None
        if any(node is call.node for node in syntax.walk(statement.value))
        for target in statement.targets
        if isinstance(target, syntax.Ref) and "." not in target.path
    ]
    for test in module.within():
        if isinstance(test, FunctionScope) and _is_test(test):
            own = {each.name for each in test.node.parameters}
            if any(name not in own and reads(test, name) for name in names):
                yield test
