"""The parameters of dependencies that the code means for itself, and that clients can set.

FastAPI reads every parameter of a dependency that is no `Depends` and no object of its own from the request,
also one that `functools.partial` fills by its name (https://fastapi.tiangolo.com/tutorial/dependencies/).
Most are meant so. These are not: what a dependency refuses clients by, a bound of another parameter, what a
session or client is made with, and what the code itself gives.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.model.callables import HANDLES, is_plain
from fastlint.model.closure import words
from fastlint.model.environment import SETTINGS
from fastlint.model.expression import Expression
from fastlint.model.handlers import Handler, HandlerParameter
from fastlint.model.injections import called_functions
from fastlint.model.narrowing import Test, made_before
from fastlint.model.refusals import EXCEPTIONS, status_of
from fastlint.model.scopes import FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.values import ClassValue, FunctionValue, Instance, Partial

if TYPE_CHECKING:
    from fastlint.model.dependencies import Dependency
    from fastlint.model.project import Project
    from fastlint.model.routing import Route

Why = Literal["given", "switch", "limit", "bound", "resource"]

REFUSALS = frozenset((401, 403, 413, 429))
"""What a client is answered who may not, or not that much: no answer to what it has sent is wrong."""
BOUNDS = frozenset(("cap", "ceiling", "floor", "max", "maximum", "min", "minimum"))
RESOURCES = (*HANDLES, *SETTINGS, "git.Repo", "git.repo.Repo")
COMPARISONS = ("compare", "in")
OF_BODIES = ("builtins.dict", "builtins.list")
UNAUTHORIZED = 401
DEEPEST = 2

Value = str | int | float | bool

OF_TYPES: dict[str, tuple[Value, ...]] = {
    "builtins.bool": (True, False),
    "builtins.float": (1.0,),
    "builtins.int": (1,),
    **{f"builtins.{each}": ("",) for each in ("frozenset", "list", "set", "str", "tuple")},
}
"""What may stand for a default of which the type is all that is known; a collection is one of strings."""


@dataclass(frozen=True, slots=True)
class ClientControlled:
    """A parameter of a dependency that any client can set, though the code means it for itself.

    `why`: the code gives it a value (`given`), it turns a check off (`switch`), it is what a request is
    measured by (`limit`), or another parameter (`bound`), or something is made with it (`resource`). `shown`
    is where the code does so, and `made` the class of what is made.
    """

    parameter: HandlerParameter
    why: Why
    shown: Place
    made: str = ""

    @property
    def place(self) -> Place:
        return self.shown if self.why == "given" else self.parameter.place

    @property
    def is_in_body(self) -> bool:
        """Whether it is read from the body and not from the query."""
        types = self.parameter.types
        return bool(types) and all(
            isinstance(each, Instance) and (isinstance(each.cls, ClassValue) or each.external in OF_BODIES)
            for each in types
        )


class Checked(NamedTuple):
    """A name of a function that stands for a parameter of a dependency, and that parameter's default.

    `passed` are the parameters of the function that have what FastAPI passes: a user, the request.
    """

    function: FunctionScope
    name: str
    default: Value
    passed: frozenset[str]
    is_handed_on: bool = False


def client_controlled(project: Project) -> Iterator[ClientControlled]:
    """Those of all dependencies of the service."""
    given = list(_given(project))
    yield from given
    said = {(each.parameter.function, each.parameter.name) for each in given}
    found: dict[tuple[FunctionScope, str], ClientControlled] = {}
    seen: set[FunctionScope] = set()
    for dependency in project.dependencies.dependencies:
        function = dependency.function
        if function in seen or function.is_lambda or is_test(function.module.path):
            continue
        seen.add(function)
        for each in _of_handler(Handler(dependency.handler)):
            if (function, each.parameter.name) not in said or _is_plainly_used(dependency):
                found[function, each.parameter.name] = each
    yield from (each for each in found.values() if not _is_asked_for(each, found.keys()))


def _is_plainly_used(dependency: Dependency) -> bool:
    """Whether some `Depends` has it without `partial`."""
    return any(not isinstance(each, Partial) for use in dependency.injections for each in use.targets)


def _given(project: Project) -> Iterator[ClientControlled]:
    """What `Depends(partial(limit, most=5))` gives: the default of a query parameter."""
    for injection in project.dependencies.injections:
        for target in injection.targets if not is_test(injection.place.path) else ():
            if not isinstance(target, Partial):
                continue
            for function in called_functions(target, project):
                for parameter in Handler(function).parameters:
                    if parameter.name in target.site.keywords and parameter.is_from_client:
                        yield ClientControlled(parameter, "given", target.site.place_of(parameter.name))


def _of_handler(handler: Handler) -> Iterator[ClientControlled]:
    plain = [each for each in handler.parameters if each.default is not None and each.is_from_client]
    found = {
        parameter.name: each
        for parameter in plain
        if (each := _resource(parameter) or _measure(parameter) or _bound(parameter, plain)) is not None
    }
    limits = [name for name, each in found.items() if each.why == "limit"]
    for parameter in plain if limits else ():
        if parameter.name not in found and _counts_for(parameter, limits):
            found[parameter.name] = ClientControlled(parameter, "limit", found[limits[0]].shown)
    yield from (found[each.name] for each in plain if each.name in found)


def _counts_for(parameter: HandlerParameter, limits: list[str]) -> bool:
    """Whether a number decides what is compared with a limit: `recent = [... if now - time < window]`."""
    function, default = parameter.function, parameter.default
    number = None if default is None else default.constant()
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not number:
        return False
    counted = {
        name
        for name, bindings in function.bindings.items()
        if any(each.value is not None and _reads(each.value, parameter.name) for each in bindings)
    }
    return any(
        isinstance(node, syntax.Operation)
        and node.operator in COMPARISONS
        and any(_reads(node, limit) for limit in limits)
        and any(_reads(node, name) for name in counted)
        for statement in function.statements()
        for outer in syntax.expressions(statement)
        for node in syntax.walk(outer)
    )


def _is_asked_for(controlled: ClientControlled, others: Collection[tuple[FunctionScope, str]]) -> bool:
    """Whether clients are meant to send it: it is part of a path, or something else reads it too.

    That is so where one route says it, and for what a resource is made with where all of them do: nearly all
    routes have a session, and one of them may have a parameter of the same name.
    """
    parameter = controlled.parameter
    routes = parameter.function.project.dependencies.routes_of(parameter.function)
    if controlled.why == "resource":
        return bool(routes) and all(_asks_for(route, parameter, others) for route in routes)
    return any(_asks_for(route, parameter, others) for route in routes)


def _asks_for(
    route: Route, parameter: HandlerParameter, others: Collection[tuple[FunctionScope, str]]
) -> bool:
    name = parameter.name
    if any(f"{{{name}}}" in path or f"{{{name}:" in path for path in route.paths):
        return True
    return any(
        each.name == name and each.is_in_url
        for handler in route.project.dependencies.handlers_of_route(route)
        if (handler.scope, name) not in others
        for each in handler.parameters
    )


def _resource(parameter: HandlerParameter) -> ClientControlled | None:
    """What a session, a client or the settings are made with."""
    function = parameter.function
    uses = function.project.dependencies.injections_of(function)
    given = uses[0].provided() if uses else ()
    classes = function.project.inference.classes
    for value in given:
        if not isinstance(value, Instance) or not classes.descends(value.cls, *RESOURCES):
            return None
    if not given:
        return None
    names = {_name(each) for each in given if isinstance(each, Instance)}
    return ClientControlled(parameter, "resource", parameter.place, min(names))


def _name(value: Instance) -> str:
    return value.external.rpartition(".")[2] or getattr(getattr(value.cls, "scope", None), "name", "")


def _measure(parameter: HandlerParameter) -> ClientControlled | None:
    """What a request is refused by."""
    function = parameter.function
    for default in _defaults(parameter):
        found = _refuses(Checked(function, parameter.name, default, _passed(function)), 0)
        if found is not None:
            return ClientControlled(parameter, "switch" if isinstance(default, bool) else "limit", found)
    return None


def _defaults(parameter: HandlerParameter) -> tuple[Value, ...]:
    """What a parameter is where no client sets it; () for what is empty, and waits for a client."""
    given = parameter.default
    assert given is not None
    constant = given.constant()
    if constant is not None or isinstance(given.node, syntax.Constant):
        return (constant,) if isinstance(constant, Value) and (constant or constant is False) else ()
    is_empty = isinstance(given.node, syntax.Collection) and not given.node.items
    types = parameter.types or given.values()
    names = {each.external if isinstance(each, Instance) else "" for each in types}
    return OF_TYPES.get(names.pop(), ()) if len(names) == 1 and not is_empty else ()


def _refuses(checked: Checked, depth: int) -> Place | None:
    """Where a function, or one that it hands the value to, turns clients away by it."""
    function, name = checked.function, checked.name
    if len(function.bindings.get(name, ())) != 1:
        return None
    for refusal in _refusals(checked):
        tests = tuple(made_before(function.body, refusal.node))
        if _decides(checked, tests) or _verifies(checked, refusal):
            return refusal.place
    return _handed_on(checked, depth) if depth < DEEPEST else None


def _refusals(checked: Checked) -> Iterator[Expression]:
    """What a function raises to turn a client away, and for a switch the calls that may do so."""
    function = checked.function
    for statement in function.statements():
        if isinstance(statement, syntax.Raise) and statement.value is not None:
            raised = Expression(statement.value, function.frame)
            if _is_refusal(raised, checked):
                yield raised
    for reading in function.calls if isinstance(checked.default, bool) else ():
        call = Expression(reading.node, function.frame)
        callee = call.func.value() if reading.context in ("statement", "awaited") else None
        if isinstance(callee, FunctionValue) and function.project.guards.refusals.of(callee).refusals:
            yield call


def _handed_on(checked: Checked, depth: int) -> Place | None:
    function, name = checked.function, checked.name
    names = _names_of_request(checked)
    for reading in function.calls:
        call = Expression(reading.node, function.frame)
        arguments = (*call.args, *call.keywords.values())
        if not any(isinstance(each.node, syntax.Ref) and each.node.path == name for each in arguments):
            continue
        callee = call.func.value()
        if not isinstance(callee, FunctionValue) or not is_plain(callee, function.project):
            continue
        given = function.project.inference.calling.arguments(callee, call)
        passed = frozenset(inner for inner, each in given.items() if _starts_at(each.node, names))
        for inner, each in given.items():
            if isinstance(each.node, syntax.Ref) and each.node.path == name:
                found = _refuses(Checked(callee.scope, inner, checked.default, passed, True), depth + 1)
                if found is not None:
                    return found
    return None


def _is_refusal(raised: Expression, checked: Checked) -> bool:
    """Whether a client is told that it may not: above a `max_...`, by any exception that is not of HTTP."""
    found = raised.instances(*EXCEPTIONS)
    if found:
        return any(status_of(each) in REFUSALS for each in found)
    is_own = bool(raised.values()) and raised.is_call
    return is_own and not BOUNDS.isdisjoint(words(checked.name)) and not isinstance(checked.default, bool)


def _decides(checked: Checked, tests: tuple[Test, ...]) -> bool:
    """Whether a client that sets the value gets around what the tests lead to."""
    default = checked.default
    if isinstance(default, bool):
        usual = [_outcome(each, checked, default) for each in tests]
        other = [_outcome(each, checked, not default) for each in tests]
        return False not in usual and False in other
    return (_is_compared(checked, tests) and not isinstance(default, str)) or (
        any(_is_asked(each, checked) for each in tests) and not _is_given_out(checked)
    )


def _is_compared(checked: Checked, tests: tuple[Test, ...]) -> bool:
    return any(
        _is_measured(node.operands, checked)
        for test in tests
        for node in syntax.walk(test.node)
        if isinstance(node, syntax.Operation) and node.operator in COMPARISONS
    )


def _is_asked(test: Test, checked: Checked) -> bool:
    """Whether one question is about the value and the request: `role in user.roles`, `bucket.allows(ip, 5)`.

    The answer may have a name: `allowed = bucket.allows(ip, most)`. What a string stands for may be anything
    that it is the name of, and a question about that is another one.
    """
    is_name, name = isinstance(checked.default, str), checked.name
    names, asking = {name}, _names_of_request(checked)
    if not is_name:
        names |= _made_of(checked.function, names)
    return any(
        _starts_at(each, names) and _starts_at(each, asking)
        for each in _questions(test.node)
        if is_name or not (isinstance(each, syntax.Operation) and each.operator in COMPARISONS)
    )


def _questions(test: syntax.Expr) -> Iterator[syntax.Expr]:
    if isinstance(test, syntax.Operation) and test.operator in ("and", "or", "not"):
        for operand in test.operands:
            yield from _questions(operand)
    else:
        yield test


def _is_given_out(checked: Checked) -> bool:
    """Whether a dependency gives what it is about: the tenant that a client may choose if it is its own."""
    function, name = checked.function, checked.name
    names = {name, *_made_of(function, {name})}
    given = [each.value for each in function.statements() if isinstance(each, syntax.Return)]
    given += [each.node for each in readings(function.body, syntax.Yield)]
    given += [binding.value for _, binding in function.targets]  # `request.state.tenant = tenant`
    return any(each is not None and _starts_at(each, names) for each in given)


def _made_of(function: FunctionScope, names: Collection[str]) -> set[str]:
    """The variables of a function that are made of what has one of some names."""
    return {
        each
        for each, bindings in function.bindings.items()
        if any(binding.value is not None and _starts_at(binding.value, names) for binding in bindings)
    }


def _starts_at(node: syntax.Expr, names: Collection[str]) -> bool:
    """Whether an expression reads one of some names, or something of it."""
    return any(
        isinstance(each, syntax.Ref) and each.path.partition(".")[0] in names for each in syntax.walk(node)
    )


def _verifies(checked: Checked, refusal: Expression) -> bool:
    """Whether a client is unknown where another package does not like its credentials by the value.

    `jwt.decode(token, secret)` in a `try` is that: who sets the secret as well has any token accepted.
    """
    if not isinstance(checked.default, str) or not any(
        status_of(each) == UNAUTHORIZED for each in refusal.instances(*EXCEPTIONS)
    ):
        return False
    function = checked.function
    for outer in syntax.around(function.body, refusal.node):
        if isinstance(outer, syntax.Try) and not syntax.encloses(outer.body, refusal.node):
            for statement in syntax.statements(outer.body):
                for node in syntax.evaluated(statement):
                    if isinstance(node, syntax.Call) and _is_verified_by(node, checked):
                        return True
    return False


def _is_verified_by(node: syntax.Call, checked: Checked) -> bool:
    call = Expression(node, checked.function.frame)
    given = [each.node for each in (*call.args, *call.keywords.values())]
    return (
        any(_reads(each, checked.name) for each in given)
        and any(_starts_at(each, _names_of_request(checked)) for each in given)
        and bool(call.func.external())
    )


def _outcome(test: Test, checked: Checked, value: bool) -> bool | None:
    """Whether a test comes out as it has to, if the name stands for a value."""
    found = None if test.holds is None else _truth(test.node, checked.name, value)
    return None if found is None else found is test.holds


def _truth(test: syntax.Expr, name: str, value: bool) -> bool | None:
    match test:
        case syntax.Ref(path=path) if path == name:
            return value
        case syntax.Operation(operator="not", operands=(operand,)):
            found = _truth(operand, name, value)
            return None if found is None else not found
        case syntax.Operation(operator="and" | "or" as operator, operands=operands):
            found_all = [_truth(each, name, value) for each in operands]
            ends = operator == "or"
            return ends if ends in found_all else None if None in found_all else not ends
        case _:
            return None


def _is_measured(operands: tuple[syntax.Expr, ...], checked: Checked) -> bool:
    """Whether the name is compared with what the request comes to, by itself."""
    others = [each for each in operands if not _reads(each, checked.name)]
    if len(others) in (0, len(operands)):
        return False
    return any(not _is_plain_operand(each, checked) for each in others)


def _reads(node: syntax.Expr, name: str) -> bool:
    return any(isinstance(each, syntax.Ref) and each.path == name for each in syntax.walk(node))


def _names_of_request(checked: Checked) -> frozenset[str]:
    """What stands for the request: what FastAPI passes, and what a function makes of it."""
    found = checked.passed
    for _ in range(DEEPEST):
        found |= _made_of(checked.function, found)
    return found


def _passed(function: FunctionScope) -> frozenset[str]:
    parameters = Handler(FunctionValue(function)).parameters
    return frozenset(each.name for each in parameters if each.is_for_fastapi)


def _is_plain_operand(node: syntax.Expr, checked: Checked) -> bool:
    """Whether it is a constant, or another parameter of the client's."""
    if not checked.is_handed_on and _starts_at(node, checked.passed):
        return False
    if Expression(node, checked.function.frame).constant() is not None:
        return True
    return (not checked.is_handed_on and isinstance(node, syntax.Ref)) and any(
        each.name == node.path and each.is_from_client is not False
        for each in Handler(FunctionValue(checked.function)).parameters
    )


def _bound(parameter: HandlerParameter, plain: list[HandlerParameter]) -> ClientControlled | None:
    """`min(size, max_size)`, `if size > max_size:`: what another parameter is held within."""
    function = parameter.function
    if BOUNDS.isdisjoint(words(parameter.name)) or len(function.bindings[parameter.name]) != 1:
        return None
    others = {each.name for each in plain if BOUNDS.isdisjoint(words(each.name))}
    for statement in function.statements():
        for outer in syntax.expressions(statement):
            for node in syntax.walk(outer):
                names = {each.path for each in _compared(node) if isinstance(each, syntax.Ref)}
                if parameter.name in names and not others.isdisjoint(names):
                    return ClientControlled(parameter, "bound", Place(function.module.path, node.span))
    return None


def _compared(node: syntax.Expr) -> tuple[syntax.Expr, ...]:
    match node:
        case syntax.Operation(operator="compare" | "in", operands=operands):
            return operands
        case syntax.Call(func=syntax.Ref(path="min" | "max"), args=args):
            return args
        case _:
            return ()
