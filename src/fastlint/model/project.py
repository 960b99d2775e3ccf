"""The project as a whole: its modules, and what FastAPI makes of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, islice
from typing import Any, TypeVar

from fastlint.index import syntax
from fastlint.knowledge import Knowledge
from fastlint.model.calls import CallIndex
from fastlint.model.dependencies import Dependencies
from fastlint.model.events import Events
from fastlint.model.expression import Expression
from fastlint.model.fixtures import Fixtures
from fastlint.model.guards import Guards
from fastlint.model.hooks import Hooks
from fastlint.model.imports import Imports
from fastlint.model.inference import Inference
from fastlint.model.lastresort import LastResort
from fastlint.model.loop import EventLoop
from fastlint.model.memo import Grounds, Memo, traced_property
from fastlint.model.order import Order
from fastlint.model.pydantic import Models
from fastlint.model.quiet import Quiet, Recollection
from fastlint.model.routing import Application
from fastlint.model.schemas import Schemas
from fastlint.model.scopes import ClassScope, FunctionScope, ModuleScope, Scope
from fastlint.model.service import coroutine_names, service_modules
from fastlint.model.suites import is_test
from fastlint.model.values import ClassValue, FunctionValue, Value, Values
from fastlint.versions import Versions

DEEPEST_PASSING = 2
MOST_CALLERS = 60
REQUIREMENT = re.compile(r"[<>=!~]")

NOTHING_KNOWN: tuple[Recollection, Collection[str]] = (Recollection(), ())
"""What a first run knows of an earlier one."""

T = TypeVar("T")
Loader = Callable[[str], "syntax.Module | None"]


class Project:
    """All modules, linked. `seeds` are the files that can touch the framework; others load when named.

    `load` gives the facts of a file, or None for one that cannot be read; `mentions` the files whose
    text has a word in it; `text` the code of a file, or None. `properties` are the names of those that some
    class may define. `recalled` is what an earlier run left
    (`model.quiet`), and which inputs have changed since.
    """

    def __init__(
        self,
        files: Iterable[str],
        seeds: Sequence[str],
        load: Loader,
        *,
        knowledge: Knowledge,
        source_roots: Sequence[str] = ("",),
        mentions: Callable[[str], Iterable[str]] | None = None,
        versions: Callable[[str], Versions] | None = None,
        text: Callable[[str], str | None] | None = None,
        properties: Collection[str] = (),
        recalled: tuple[Recollection, Collection[str]] = NOTHING_KNOWN,
    ) -> None:
        self.files = frozenset(files)
        self.seeds = tuple(sorted(seeds))
        self.knowledge = knowledge
        self.properties = frozenset(properties)
        self.grounds = Grounds(recalled[0].inputs)
        self.inference = Inference(self)
        self.calls = CallIndex(self)
        self.quiet = Quiet(self, *recalled)
        self._load = load
        self._mentions = mentions
        self._versions = versions
        self._text = text
        self._imports = Imports(self.files, source_roots, self._is_library)
        self._modules: dict[str, ModuleScope | None] = {}
        self._subjects = Memo(self.grounds, self._find_subjects)
        self._subclasses = Memo(self.grounds, self._find_subclasses)
        self._saying: dict[frozenset[str], tuple[set[str], int]] = {}
        self._passing = 0

    @property
    def project(self) -> Project:
        """Itself, as every part of the model names it."""
        return self

    # Modules

    def module(self, path: str) -> ModuleScope | None:
        """The module of a file, or of a folder (its path ends in a slash)."""
        self.grounds.found |= self.grounds.file(path)
        if path not in self._modules:
            is_folder = path.endswith("/") or path == ""
            facts = None if is_folder else self._load(path)
            if facts is None and (is_folder or path in self.files):
                facts = syntax.Module(
                    path, ()
                )  # a file that cannot be read hides other packages all the same
            self._modules[path] = None if facts is None else ModuleScope(self, facts)
        return self._modules[path]

    @traced_property
    def modules(self) -> tuple[ModuleScope, ...]:
        """The modules that can touch the framework, by path."""
        return tuple(module for path in self.seeds if (module := self.module(path)) is not None)

    @traced_property
    def service(self) -> tuple[ModuleScope, ...]:
        """The modules that import the framework and those of what a request runs, by path; no tests."""
        return service_modules(self)

    @traced_property
    def coroutine_names(self) -> dict[str, list[FunctionScope]]:
        """The names of what makes coroutines, with the service's own functions that have them."""
        return coroutine_names(self)

    def naming(self, *words: str) -> Iterator[ModuleScope]:
        """The modules that can touch the framework, of those whose text has one of some words in it."""
        return (module for module in self.modules if self.says(module, frozenset(words)))

    def says(self, module: ModuleScope, words: frozenset[str]) -> bool:
        """Whether the text of a module has one of some words in it."""
        if self._mentions is None:
            return True
        known = self._saying.get(words)
        if known is None:
            paths = {path for word in words for path in self._mentions(word)}
            known = self._saying[words] = paths, sum(map(self.grounds.word, words))
        self.grounds.found |= known[1]
        return module.path in known[0]

    def mentioning(self, *words: str) -> Iterator[ModuleScope]:
        """The modules whose text has all of these words in it."""
        for path in sorted(self.mentioned(*words)):
            module = self.module(path)
            if module is not None:
                yield module

    def mentioned(self, *words: str) -> set[str]:
        """The files whose text has all of these words in it."""
        self.grounds.found |= sum(map(self.grounds.word, set(words)))
        found = [self.seeds] if self._mentions is None else [self._mentions(word) for word in words]
        return set(found[0]).intersection(*found[1:])

    def imported(self, importer: ModuleScope, node: syntax.Import) -> ModuleScope | None:
        """The module that an import statement names, or None when it is another package's."""
        name, member = node.module, node.name
        if not node.name and not node.alias:
            name, _, rest = name.partition(".")
            member = rest.partition(".")[0]
        return self.resolve(importer, name, node.level, member)

    def resolve(self, importer: ModuleScope, name: str, level: int, member: str = "") -> ModuleScope | None:
        """The module that an import means, or None when it is another package's.

        `member` is what is imported from it: a folder without `__init__.py` only counts when that is there.
        """
        path = self._imports.locate(importer, name, level, member)
        return None if path is None else self.module(path)

    def submodule(self, module: ModuleScope, name: str) -> ModuleScope | None:
        """A module inside a package."""
        if not module.path.endswith(("/", "__init__.py")):
            return None
        path = self._imports.submodule(module.folder, name)
        return None if path is None else self.module(path)

    def qualified(self, scope: Scope) -> str:
        """The dotted name by which a function or class can be imported."""
        names: list[str] = []
        current: Scope | None = scope
        while current is not None and not isinstance(current, ModuleScope):
            names.append(getattr(current, "name", ""))
            current = current.parent
        return ".".join([self.dotted(scope.module), *reversed(names)])

    def dotted(self, module: ModuleScope) -> str:
        """The dotted name of a module, from the source root that it lies in."""
        return self._imports.dotted(module)

    def subclasses(self, cls: ClassScope) -> tuple[ClassScope, ...]:
        """The project's classes that derive from a class; those of tests are no part of the service."""
        return self._subclasses(cls)

    def _find_subclasses(self, cls: ClassScope) -> tuple[ClassScope, ...]:
        value = ClassValue(cls)
        return tuple(
            each
            for module in self.mentioning(cls.name)
            if not is_test(module.path)
            for each in module.classes()
            if each is not cls and self.inference.classes.is_subclass(ClassValue(each), value)
        )

    # What inference asks of the framework

    def injected(self, scope: FunctionScope, parameter: syntax.Parameter) -> Values:
        """What FastAPI or pytest passes for a parameter: what its dependency or fixture gives."""
        injection = self.dependencies.of_parameter(scope, parameter)
        return self.fixtures.given(scope, parameter) if injection is None else injection.provided()

    def passed(self, scope: FunctionScope, parameter: syntax.Parameter) -> Values:
        """What the callers of a function pass for a parameter, as far as that does not come from theirs."""
        if self._passing >= DEEPEST_PASSING:
            return ()
        self._passing += 1
        try:
            return self.inference.memo(
                ("passed", scope, parameter.name, self._passing), self._passed, scope, parameter
            )
        finally:
            self._passing -= 1

    def _passed(self, scope: FunctionScope, parameter: syntax.Parameter) -> Values:
        found: list[Value] = []
        calls = list(islice(self.calls.of(scope), MOST_CALLERS + 1))
        if len(calls) > MOST_CALLERS:
            return ()  # a name as common as `get` tells nothing, and asking who is meant takes long
        for call in calls:
            function = next(
                (v for v in call.func.values() if isinstance(v, FunctionValue) and v.scope is scope), None
            )
            if function is None:
                continue
            argument = self.inference.calling.arguments(function, call).get(parameter.name)
            if argument is not None:
                found.extend(argument.values())
        return tuple(found)

    def kept_in_state(self, name: str) -> Values:
        """What is assigned to `app.state.name`; () when one of the assignments is not known."""
        return _all_known(self._assigned_to_state(name, is_app=True))

    def kept_in_request_state(self, name: str) -> Values:
        """What lifespans yield as `name`, and what is assigned to `request.state.name`; () when some of it is
        not known (https://www.starlette.io/lifespan/#lifespan-state)."""
        assigned = self._assigned_to_state(name, is_app=False)
        return _all_known(chain(self.hooks.lifespan_state(name), assigned))

    def _assigned_to_state(self, name: str, *, is_app: bool) -> Iterator[Expression]:
        """What is assigned to `name` in the state of the application, or in that of a request."""
        for module in self.mentioning("state", name, *(("app",) if is_app else ())):
            for scope, path, value in () if is_test(module.path) else module.kept.get(name, ()):
                if path.endswith("app") is is_app:
                    yield Expression(value, scope.frame)

    # Subjects

    def subjects(self, kind: type[T]) -> tuple[T, ...]:
        """Everything of one kind that rules speak about, in the order of the source."""
        return self._subjects(kind)

    def _find_subjects(self, kind: type) -> tuple[Any, ...]:
        from fastlint.model.subjects import SUBJECTS

        if kind not in SUBJECTS:
            raise LookupError(f"`{kind.__name__}` is nothing that a rule can be about")
        return tuple(SUBJECTS[kind](self))

    @cached_property
    def application(self) -> Application:
        """Apps, routers and routes."""
        return Application(self)

    @cached_property
    def dependencies(self) -> Dependencies:
        """What is injected where, and what overrides it."""
        return Dependencies(self)

    @cached_property
    def fixtures(self) -> Fixtures:
        """What pytest passes to tests."""
        return Fixtures(self)

    @cached_property
    def guards(self) -> Guards:
        """What turns clients away."""
        return Guards(self)

    @cached_property
    def order(self) -> Order:
        """What runs before what."""
        return Order(self)

    @cached_property
    def events(self) -> Events:
        """Event handlers and lifespans."""
        return Events(self)

    @cached_property
    def hooks(self) -> Hooks:
        """Middleware, handlers, lifespans, background tasks."""
        return Hooks(self)

    @cached_property
    def schemas(self) -> Schemas:
        """What data is validated and serialised by."""
        return Schemas(self)

    @cached_property
    def models(self) -> Models:
        """The models of Pydantic 2."""
        return Models(self)

    @cached_property
    def loop(self) -> EventLoop:
        """What runs on the event loop."""
        return EventLoop(self)

    @cached_property
    def last_resort(self) -> LastResort:
        """What is asked when nothing else tells what a receiver is."""
        return LastResort(self)

    def text(self, path: str) -> str | None:
        """The code of a file, where that can be had."""
        self.grounds.found |= self.grounds.file(path)
        return None if self._text is None else self._text(path)

    def imports(self, package: str) -> bool:
        """Whether any code of the project imports a package of this name."""
        return any(
            isinstance(node, syntax.Import) and node.module.partition(".")[0] == package
            for module in self.mentioning(package)
            for scope in module.within()
            for node in scope.statements()
        )

    def versions(self, path: str) -> Versions | None:
        """What the project declares for the code of a file."""
        return None if self._versions is None else self._versions(path)

    def _is_library(self, name: str, path: str) -> bool:
        """Whether the code of a file may have a package of this name from elsewhere."""
        versions = self.versions(path)
        return name in self.knowledge.libraries or (versions is not None and versions.requires(name))

    def holds(self, requirement: str, path: str) -> bool:
        """Whether a claim about some versions may be made: all that the project allows are such, or it
        declares none and is taken for up to date."""
        versions = self.versions(path)
        if versions is None or versions.declared(REQUIREMENT.split(requirement)[0]) is None:
            return True
        return versions.always(requirement)

    def always(self, requirement: str, path: str) -> bool:
        """Whether every version that the project allows satisfies `fastapi>=0.118` and the like."""
        versions = self.versions(path)
        return versions is not None and versions.always(requirement)

    def possibly(self, requirement: str, path: str) -> bool:
        """Whether some version that the project allows does; true when it declares none."""
        versions = self.versions(path)
        return versions is None or versions.possibly(requirement)

    def expression(self, node: syntax.Expr, scope: Scope) -> Expression:
        """A node of a scope's code as an expression there."""
        return Expression(node, scope.frame)


def _all_known(expressions: Iterable[Expression]) -> Values:
    """Everything that some expressions stand for; () when one of them is not known."""
    found: list[Value] = []
    for expression in expressions:
        values = expression.values()
        if not values:
            return ()
        found.extend(each for each in values if each not in found)
    return tuple(found)
