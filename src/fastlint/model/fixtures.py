"""pytest's fixtures: which of them a parameter of a test is given, and what it gives.

A fixture is found by its name: in the test's own class and module, then in the `conftest.py` of its folder
and of the folders above (https://docs.pytest.org/en/stable/reference/fixtures.html#fixture-availability).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.judging import yielded
from fastlint.model.memo import Memo
from fastlint.model.scopes import ClassScope, FunctionScope, ModuleScope, Scope
from fastlint.model.values import External, FunctionValue, Instance, Values

if TYPE_CHECKING:
    from fastlint.model.project import Project

FIXTURES = ("pytest.fixture", "pytest_asyncio.fixture")
BUILT_IN = {
    "monkeypatch": "pytest.MonkeyPatch",
    **{f"{scope}mocker": "pytest_mock.MockerFixture" for scope in ("", "class_", "module_", "session_")},
}
"""Fixtures that pytest and its plugins bring, and the classes of what they give."""


class Fixtures:
    def __init__(self, project: Project) -> None:
        self.project = project
        self._fixtures_of = Memo(project.grounds, self._find_fixtures)
        self._parametrized = Memo(project.grounds, self._find_parametrized)

    def given(self, function: FunctionScope, parameter: syntax.Parameter) -> Values:
        """What pytest passes for a parameter of a test or of another fixture."""
        if not self._is_filled(function, parameter):
            return ()
        fixture = self.find(function, parameter.name)
        if fixture is not None:
            inference = self.project.inference
            value = FunctionValue(fixture, bare=True)
            return tuple(
                each
                for result in inference.calling.call(value, None)
                for each in inference.calling.provided(result)
            )
        known = BUILT_IN.get(parameter.name)
        return (Instance(External(known)),) if known else ()

    def outcomes(self, function: FunctionScope, parameter: syntax.Parameter) -> tuple[Expression, ...]:
        """What the fixture of a parameter returns or yields, as it is written there."""
        fixture = self.find(function, parameter.name) if self._is_filled(function, parameter) else None
        if fixture is None:
            return ()
        returned = (node.value for node in fixture.statements() if isinstance(node, syntax.Return))
        given = (*(node.value for node in yielded(fixture)), *returned)
        return tuple(Expression(value, fixture.frame) for value in given if value is not None)

    def find(self, function: FunctionScope, name: str) -> FunctionScope | None:
        """The fixture of a name as a test sees it; not the test itself, which may extend one of its name."""
        for scope in self._visible(function):
            found = self._fixtures_of(scope).get(name)
            if found is not None and found is not function:
                return found
        return None

    def is_fixture(self, function: FunctionScope) -> bool:
        names = self.project.inference.functions.decorator_names(function)
        return any(name in FIXTURES for name in names)

    def _is_filled(self, function: FunctionScope, parameter: syntax.Parameter) -> bool:
        """Whether pytest fills a parameter: of a `test_` function or a fixture, without a default."""
        if parameter.default is not None or parameter.kind not in ("normal", "keyword"):
            return False
        if not function.name.startswith("test") and not function.node.decorators:
            return False
        if isinstance(function.parent, FunctionScope):
            return False
        is_test = function.name.startswith("test") or self.is_fixture(function)
        return is_test and parameter.name not in self._parametrized(function.module)

    def _visible(self, function: FunctionScope) -> Iterator[Scope]:
        if isinstance(function.parent, ClassScope):
            yield function.parent
        yield function.module
        folder = function.module.folder
        while True:
            module = self.project.module(f"{folder}/conftest.py" if folder else "conftest.py")
            if module is not None:
                yield module
            if not folder:
                return
            folder = folder.rpartition("/")[0]

    def _find_fixtures(self, scope: Scope) -> dict[str, FunctionScope]:
        imported = self._imported(scope) if isinstance(scope, ModuleScope) else ()
        functions = (*imported, *scope.functions())
        return {name: each for each in functions if (name := self._name(each)) is not None}

    def _imported(self, module: ModuleScope) -> Iterator[FunctionScope]:
        for name, bindings in module.bindings.items():
            if bindings[-1].kind == "import":
                for value in self.project.inference.names.member(module, name):
                    if isinstance(value, FunctionValue):
                        yield value.scope

    def _name(self, function: FunctionScope) -> str | None:
        """The name under which a function is a fixture."""
        if not function.node.decorators or not self.is_fixture(function) or function.parent is None:
            return None
        for node in function.node.decorators:
            if isinstance(node, syntax.Call):
                given = Expression(node, function.parent.frame).keywords.get("name")
                if given is not None:
                    return given.string()
        return function.name

    def _find_parametrized(self, module: ModuleScope) -> frozenset[str]:
        """The names that some `parametrize` of a module gives values of its own."""
        return frozenset(
            name.strip()
            for _, call in self.project.calls.module(module).get("parametrize", ())
            for argument in (*call.args[:1], *(each.value for each in call.keywords))
            for inner in syntax.walk(argument)
            if isinstance(inner, syntax.Constant) and isinstance(inner.value, str)
            for name in inner.value.split(",")
        )
