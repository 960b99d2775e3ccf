"""Settings: classes whose objects are filled from the environment, and who makes such objects.

Making one reads the environment, and the `.env` file where it has one. What its constructor is given comes
before all that (https://docs.pydantic.dev/latest/concepts/pydantic_settings/#field-value-priority). FastAPI
gives it every field: from the query, and where that has none, its default.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.callables import is_plain
from fastlint.model.calls import last_name
from fastlint.model.changes import ADDING, is_replaced, sets
from fastlint.model.expression import Expression
from fastlint.model.handlers import Handler
from fastlint.model.injections import Injection
from fastlint.model.keeping import is_kept
from fastlint.model.large import runs_once
from fastlint.model.opening import handed_out
from fastlint.model.remembering import may_remember
from fastlint.model.returns import returned
from fastlint.model.scopes import FunctionScope, ModuleScope
from fastlint.model.suites import is_test
from fastlint.model.uses import uses
from fastlint.model.values import ClassValue, FunctionValue, Instance, ModuleValue, TypeForm, Value

if TYPE_CHECKING:
    from fastlint.model.dependencies import Dependency
    from fastlint.model.project import Project

SETTINGS = ("pydantic_settings.BaseSettings", "pydantic.BaseSettings")
OWN_WAYS = ("__new__", "settings_customise_sources")
"""What may give again what was there, or read nothing that it is given."""
READING = (
    "dotenv.load_dotenv",
    "dotenv.dotenv_values",
    "dotenv.main.load_dotenv",
    "dotenv.main.dotenv_values",
)
METHODS = ("builtins.classmethod", "builtins.staticmethod")
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class InjectedSettings:
    """A `Depends` that calls a class of settings: FastAPI takes its fields from the request.

    `named` is how the code names the class there, None where it does not in so many words.
    """

    injection: Injection
    cls: ClassValue
    named: Expression | None

    @property
    def place(self) -> Place:
        return self.injection.place

    @property
    def field(self) -> str:
        """The first of its fields that has a default, else the first."""
        names = [*dict.fromkeys(_fields(self.cls))]
        return next((each for each in names if not self._is_required(each)), names[0])

    @property
    def is_overridden(self) -> bool | None:
        """Whether code puts something else in the place of the class; None where that cannot be told."""
        keys = [override.key.values() for override in self.cls.scope.project.dependencies.overrides]
        if any(self.cls in values for values in keys):
            return True
        return False if all(keys) else None

    @property
    def is_changed(self) -> bool:
        """Whether code, that of tests too, sets an attribute that is called as one of its fields."""
        project, names = self.cls.scope.project, {*_fields(self.cls), *_private(self.cls)}
        return any(sets(project, name) or is_replaced(project, name) for name in names) or any(
            (owner := call.func.owner) is not None and last_name(owner.node) in names
            for call in project.calls.named(*ADDING, "setdefault")
        )

    @property
    def required(self) -> str:
        """A field without a default, which the environment has to have; "" for none."""
        return next((each for each in dict.fromkeys(_fields(self.cls)) if self._is_required(each)), "")

    def _is_required(self, name: str) -> bool:
        classes = self.cls.scope.project.inference.classes.mro(self.cls)
        own = [each.scope for each in classes if isinstance(each, ClassValue)]
        return next(each.bindings[name] for each in own if name in each.bindings)[-1].value is None

    @property
    def provider(self) -> Provider | None:
        """A function above the use, or beside the class, that makes such settings and needs nothing."""
        here = self.injection.call.scope.module
        for module in dict.fromkeys((here, self.cls.scope.module)):
            for function in module.functions():
                found = self._provided_by(function)
                if found is not None and (module is not here or function.place < self.place):
                    return found
        return None

    @property
    def is_at_top(self) -> bool:
        """Whether a function can be defined beside it: it is evaluated where the module is imported."""
        return isinstance(self.injection.call.scope, ModuleScope)

    def _provided_by(self, function: FunctionScope) -> Provider | None:
        node, project = function.node, function.project
        names = project.inference.functions.decorator_names(function)
        if node.parameters or node.is_async or node.is_generator or _is_rebound(function):
            return None
        is_remembered = any(map(project.knowledge.is_remembering, names))
        if len(names) > is_remembered:
            return None
        made = tuple(_makers(FunctionValue(function)))
        if function.parent is not function.module or node not in function.module.body:
            return None
        if not made or any(cls != self.cls for cls, _ in made):
            return None
        is_kept = is_remembered or runs_once(function) or any(is_kept for _, is_kept in made)
        return Provider(function, is_kept, _does_more(function), self._spelled(function))

    def _spelled(self, function: FunctionScope) -> tuple[str, str]:
        """How code at the use says a function that stands beside the class, and where it is imported from."""
        module = self.injection.call.scope.module
        if function.module is module:
            return function.name, ""
        if _imports_between(self.cls, function):
            return "", ""
        name = "" if self.named is None else self.named.text()
        path, _, last = name.rpartition(".")
        if path:
            owner = Expression(syntax.Ref(self.place.span, path), module.frame)
            function.project.inference.keep(owner.node)
            held = owner.value()
            is_there = isinstance(held, ModuleValue) and held.module is function.module
            return (f"{path}.{function.name}" if is_there else ""), ""
        bindings = module.bindings.get(last, ())
        statement = bindings[0].node if len(bindings) == 1 else None
        if not isinstance(statement, syntax.Import) or not statement.name or not statement.module:
            return "", ""
        if function.project.imported(module, statement) is not function.module:
            return "", ""
        return function.name, f"{'.' * statement.level}{statement.module}"

    @property
    def is_first_of_module(self) -> bool:
        """Whether no such use of the class stands before it in its file."""
        project, path = self.cls.scope.project, self.place.path
        others = (each for each in injected_settings(project) if each.cls == self.cls)
        return next(each.place for each in others if each.place.path == path) == self.place


@dataclass(frozen=True, slots=True)
class Provider:
    """A function that gives settings; `is_remembered` where it gives the first ones again.

    `does_more` says that it does something else before. `spelled` is how code at the use can say it, if at
    all, and the module that it has to be imported from.
    """

    function: FunctionScope
    is_remembered: bool
    does_more: bool
    spelled: tuple[str, str]


def injected_settings(project: Project) -> Iterator[InjectedSettings]:
    """Every `Depends(Settings)`, and every `Depends()` of a parameter of that type."""
    for injection in project.dependencies.injections:
        targets = injection.targets
        cls = targets[0] if len(targets) == 1 else None
        if isinstance(cls, ClassValue) and _takes_fields(cls):
            yield InjectedSettings(injection, cls, _named(injection, cls))


def made_anew(dependency: Dependency) -> Expression | None:
    """The call that makes the settings which a dependency gives, where each request makes its own."""
    function = dependency.function
    if not _is_undecorated(function) or runs_once(function):
        return None
    made = (_made(each.value, function, 0) for each in dependency.returns)
    return next(filter(None, made), None)


def reads_file(dependency: Dependency) -> Expression | None:
    """The call by which a dependency reads a `.env` file for each request."""
    function = dependency.function
    if not _is_undecorated(function) or runs_once(function):
        return None
    calls = (Expression(each.node, function.frame) for each in function.calls)
    return next((call for call in calls if call.func.external() in READING), None)


@dataclass(frozen=True, slots=True)
class SettingsOfRequest:
    """A call by which a dependency makes settings for its own use, and gives them nobody.

    `site` is where the dependency calls the function that makes them, None where it does so itself.
    """

    call: Expression
    site: Expression | None = None

    @property
    def place(self) -> Place:
        return self.call.place


def settings_of_requests(project: Project) -> Iterator[SettingsOfRequest]:
    """Every such call of the service, that makes what is not kept.

    Not those of routes: one that makes settings may be about them, and want to know what holds now.
    """
    names = _class_names(project)
    known = project.dependencies.handlers if names else ()
    handlers = {each.scope: each for each in known if each.route is None}
    makers: set[str] = set()
    for call in project.calls.imported(*names) if names else ():
        if not isinstance(call.scope, FunctionScope) or is_test(call.place.path):
            continue
        if call.scope not in handlers:
            makers.add(call.scope.name)
            continue
        classes = call.func.values()
        is_made = bool(classes) and all(is_settings(each, project) for each in classes)
        if is_made and _is_for_itself(call, handlers[call.scope]):
            yield SettingsOfRequest(call)
    yield from _had_made(project, makers, handlers)


def _had_made(
    project: Project, makers: set[str], handlers: dict[FunctionScope, Handler]
) -> Iterator[SettingsOfRequest]:
    """What functions of the project make for dependencies that call them, each once."""
    seen: set[Place] = set()
    for call in project.calls.imported(*sorted(makers)) if makers else ():
        handler = handlers.get(call.scope) if isinstance(call.scope, FunctionScope) else None
        made = None if handler is None else _made(call, handler.scope, 0)
        if handler is None or made is None or made.scope in handlers or made.place in seen:
            continue
        if not is_test(call.place.path) and _is_for_itself(call, handler):
            seen.add(made.place)
            yield SettingsOfRequest(made, call)


def _is_for_itself(call: Expression, handler: Handler) -> bool:
    """Whether a dependency neither keeps nor gives what a call makes."""
    if may_remember(handler.scope):
        return False
    use = next((each for each in uses(handler.scope.frame) if each.call.node is call.node), None)
    return use is not None and not is_kept(use) and not _is_given(call, handler)


def _class_names(project: Project) -> tuple[str, ...]:
    """The names of the classes of settings in a project."""
    found = {
        each
        for module in project.mentioning("BaseSettings")
        for scope in module.classes()
        if is_settings(ClassValue(scope), project)
        for each in (scope.name, *(heir.name for heir in project.subclasses(scope)))
    }
    return tuple(sorted(found))


def _is_given(call: Expression, handler: Handler) -> bool:
    """Whether a dependency gives what a call makes, as it is."""
    given = (handed_out(each.value, handler.scope) for each in returned(handler.function))
    return any(each is not None and each.node is call.node for each in given)


def is_settings(value: Value, project: Project) -> bool:
    """Whether it is a class of settings, and one that makes an object whenever it is called."""
    if not isinstance(value, ClassValue) or not project.inference.classes.descends(value, *SETTINGS):
        return False
    return not any(
        any(name in each.scope.bindings for name in OWN_WAYS)
        or any(keyword.name in (None, "metaclass") for keyword in each.scope.node.keywords)
        or bool(each.scope.node.decorators)
        for each in project.inference.classes.mro(value)
        if isinstance(each, ClassValue)
    )


def _takes_fields(cls: ClassValue) -> bool:
    """Whether FastAPI finds its fields among the parameters of its constructor."""
    project = cls.scope.project
    if not is_settings(cls, project) or not any(True for _ in _fields(cls)):
        return False
    own = project.inference.classes.method(Instance(cls), "__init__")
    return own is None or any(each.kind == "kwargs" for each in own.scope.node.parameters)


def _fields(cls: ClassValue) -> Iterator[str]:
    for each in cls.scope.project.inference.classes.mro(cls):
        for name, bindings in each.scope.bindings.items() if isinstance(each, ClassValue) else ():
            if not name.startswith("_") and name != "model_config" and bindings[-1].annotation is not None:
                yield name


def _named(injection: Injection, cls: ClassValue) -> Expression | None:
    """How the code beside a `Depends` names the class: its argument, or the type that it stands with."""
    named, filled = injection.argument, injection.filled
    if named is None and filled is not None and filled.annotation is not None:
        annotation = filled.annotation
        form = annotation.value()
        if isinstance(form, TypeForm) and isinstance(annotation.node, syntax.Ref):
            annotation = form.expression
        named = _annotated(annotation)
    if named is None or named.place.path != injection.place.path:
        return None
    return named if isinstance(named.node, syntax.Ref) and named.value() == cls else None


def _annotated(annotation: Expression) -> Expression:
    """`Settings` of `Annotated[Settings, Depends()]`."""
    match annotation.node:
        case syntax.Subscript(index=syntax.Collection(items=items)):
            return annotation.at(items[0])
        case _:
            return annotation


def _private(cls: ClassValue) -> Iterator[str]:
    """The attributes of its objects that are no fields: `_calls: int = PrivateAttr(0)`."""
    for each in cls.scope.project.inference.classes.mro(cls):
        for name in each.scope.bindings if isinstance(each, ClassValue) else ():
            if name.startswith("_") and not name.startswith("__"):
                yield name


def _does_more(function: FunctionScope) -> bool:
    """Whether a function does more than to make settings and keep them: set one, refuse a request."""
    if len(function.calls) > 1:
        return True
    targets = [
        target for each in function.statements() if isinstance(each, syntax.Assign) for target in each.targets
    ]
    return any(not isinstance(each, syntax.Ref) or "." in each.path for each in targets)


def _imports_between(cls: ClassValue, function: FunctionScope) -> bool:
    """Whether a module imports something after its class and before its function: what that imports may be
    the module of the use, which then finds the class and not the function."""
    return any(
        isinstance(each, syntax.Import)
        and cls.scope.place < Place(function.module.path, each.span) < function.place
        for each in function.module.statements()
    )


def _is_rebound(function: FunctionScope) -> bool:
    return len(function.module.bindings.get(function.name, ())) != 1


def _is_undecorated(function: FunctionScope) -> bool:
    names = function.project.inference.functions.decorator_names(function)
    return all(name in METHODS for name in names)


def _made(value: Expression, function: FunctionScope, depth: int) -> Expression | None:
    """The call of a class of settings behind what a function returns."""
    call = handed_out(value, function)
    makers = () if call is None or depth > DEEPEST else call.func.values()
    if call is not None and makers and all(is_settings(each, call.project) for each in makers):
        return call
    maker = makers[0] if len(makers) == 1 else None
    if not isinstance(maker, FunctionValue) or not is_plain(maker, maker.scope.project):
        return None
    if not _is_undecorated(maker.scope) or runs_once(maker.scope) or maker.scope.node.is_generator:
        return None
    found = [_made(each.value, maker.scope, depth + 1) for each in returned(maker)]
    return found[0] if found and None not in found else None


def _makers(function: FunctionValue) -> Iterator[tuple[Value | None, bool]]:
    """The classes of what a function returns, None for what no plain call of one makes, and whether the
    module keeps it."""
    scope = function.scope
    for each in returned(function):
        call, is_kept = each.value, False
        if isinstance(call.node, syntax.Ref):
            is_kept = call.node.path not in scope.bindings
            bindings = (scope.module if is_kept else scope).bindings.get(call.node.path, ())
            made = bindings[0].value if len(bindings) == 1 and bindings[0].kind == "value" else None
            if made is None:
                yield None, False
                return
            call = call.at(made)
        is_plain_call = call.is_call and not call.has_arguments
        yield call.func.value() if is_plain_call else None, is_kept
