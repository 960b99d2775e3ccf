"""A dependency override cannot work: one side is called, or its parameters come from the client.

The key is the dependency function itself, and the value is something that FastAPI can call with what it
finds in its signature, exactly like a dependency.

## Why

A key that is called (`overrides[get_region()]`) is the result, not the function: the override is silently
without effect and the real dependency runs. A value that is called, or a value that is not callable, fails
at the first request with `TypeError`. A `MagicMock()` is callable with `args` and `kwargs`, which FastAPI
takes for required query parameters: every request is a 422. So it is with a `sessionmaker`, with the `self`
of a method that is taken from its class, and with a parameter of a lambda or of a fake function. A pytest
fixture function refuses to be called directly, `lambda: fake_session()` around a generator injects the
generator object, and a function under `@contextmanager` is taken for the generator in it, which fails.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI


def get_region() -> str:
    return "production"


app = FastAPI()


@app.get("/region")
def read_region(region: Annotated[str, Depends(get_region)]) -> str:
    return region


app.dependency_overrides[get_region()] = lambda: "test"
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI


def get_region() -> str:
    return "production"


app = FastAPI()


@app.get("/region")
def read_region(region: Annotated[str, Depends(get_region)]) -> str:
    return region


app.dependency_overrides[get_region] = lambda: "test"
```

For a mock, write `lambda: mock`; for a fixture, take its value as a parameter and write `lambda: value`.

The fix is safe where the old value could only fail and nothing runs at another time than before: a generator
or coroutine function gets its call dropped, what has a name or is written out is put into a `lambda`. A key
that was called takes effect from then on, which changes what the tests run against.

## When it is fine

A value that makes its callable when called: a factory, a class whose instances are callable, a
`functools.partial`. `create_autospec(function)` keeps the signature. Parameters that FastAPI fills itself
(`request: Request`), that carry a `Depends`, or that requests bring anyway, because the real dependency or
its route reads them from the query or path under the same name, are fine too. (One that the real dependency
has injected or reads from a header is not.) One with a default (`lambda user=user: user`) is a query
parameter, but works until a request sends it.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    ClassValue,
    Coroutine,
    Diagnostic,
    Edit,
    Expression,
    FixRequest,
    FunctionValue,
    Instance,
    Literal,
    Override,
    Place,
    Project,
    Rule,
    Safety,
    Severity,
    Stream,
    Value,
    all_callable,
    cst,
    gives_callable,
    is_mock,
    is_session_maker,
    reads,
    required,
    returned,
    syntax,
)
from fastlint_rules.dependencies._words import kind_of

rule = Rule(
    __name__,
    code="FL209",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/advanced/testing-dependencies/",
)

MANAGERS = ("contextlib.contextmanager", "contextlib.asynccontextmanager")

TAKES_EFFECT = "what runs against the real thing today gets the fake"
EACH_REQUEST = "it is made anew for each request"
ABOUT_CALLS = ("return_value", "side_effect", "called", "call_", "assert_", "await", "mock_calls")
"""What is asked of a mock that is meant to be called itself."""


@rule.on(Override)
def check(override: Override, project: Project) -> Iterator[Diagnostic]:
    if not override.is_of_an_app:
        return
    if override.key.is_call and gives_callable(override.key) is False:
        yield _called_key(override)
        return
    found = _problem(override, project)
    if found is not None:
        message, advice = found
        yield rule.report(override, message, help=advice, fix=_fix(override))


@rule.fix("Use the function as the key", Safety.UNSAFE)
def drop_the_call(key: cst.Call, edit: Edit) -> cst.BaseExpression:
    if key.args:
        raise edit.refuse("the call has arguments, so it may be a factory")
    return key.func


@rule.fix("Pass the function itself", Safety.SAFE)
def pass_the_function(value: cst.BaseExpression, edit: Edit) -> cst.BaseExpression:
    """`fake` of `fake()` and of `lambda: fake()`."""
    called = value.body if isinstance(value, cst.Lambda) else value
    if not isinstance(called, cst.Call) or called.args:
        raise edit.refuse("it is not just called")
    return called.func


@rule.fix("Put it into a `lambda`", Safety.SAFE)
def put_into_lambda(value: cst.BaseExpression, edit: Edit) -> cst.Lambda:
    return cst.Lambda(cst.Parameters(), value)


@rule.fix("Put what the mock returns into a `lambda`", Safety.UNSAFE)
def return_its_value(mock: cst.Call, edit: Edit) -> cst.Lambda:
    for name in ("AsyncMock", "MagicMock", "Mock"):
        edit.drop_import_if_unused(f"unittest.mock.{name}")
    return cst.Lambda(cst.Parameters(), mock.args[0].value)


@rule.fix("Leave its parameters out", Safety.UNSAFE)
def drop_parameters(function: cst.Lambda, edit: Edit) -> cst.Lambda:
    names = edit.params["names"].split(",")
    kept = [each for each in function.params.params if each.name.value not in names]
    if kept:
        kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    space = function.whitespace_after_lambda if kept else cst.MaybeSentinel.DEFAULT
    return function.with_changes(params=cst.Parameters(kept), whitespace_after_lambda=space)


@rule.fix("Take the method of an object", Safety.UNSAFE)
def make_the_object(method: cst.Attribute, edit: Edit) -> cst.Attribute:
    return method.with_changes(value=cst.Call(method.value))


def _called_key(override: Override) -> Diagnostic:
    key = override.key
    function = key.func.text()
    return rule.report(
        override,
        f"the key is {kind_of(key)} that `{function}()` returned: FastAPI looks for `{function}`, "
        "and the real dependency runs",
        help=f"`dependency_overrides[{function}]`",
        fix=None if key.has_arguments else _uncalled_key(key),
    )


def _uncalled_key(key: Expression) -> FixRequest:
    """Safe where the key is a list or dict, which cannot be one."""
    if key.is_whole and all(map(_is_unhashable, key.values())):
        return drop_the_call.at(key, safety=Safety.SAFE)
    return drop_the_call.at(key, reason=TAKES_EFFECT)


def _is_unhashable(value: Value) -> bool:
    if isinstance(value, Instance):
        return value.external.removesuffix("()") in ("builtins.dict", "builtins.list", "builtins.set")
    node = value.expression.node if isinstance(value, Literal) else None
    return isinstance(node, syntax.Mapping) or (isinstance(node, syntax.Collection) and node.kind != "tuple")


def _fix(override: Override) -> FixRequest | None:
    """What makes the value one that FastAPI can call, where it stands in the override itself."""
    value, written = override.value, override.place
    is_here = value.place.path == written.path and _is_within(value.place, written)
    if not is_here or not override.apps:
        return None
    if is_mock(value):
        return _fix_of_mock(value)
    if _is_not_callable(value):
        return _fix_of_object(value)
    if _unbound_self(value, override.project):
        return _fix_of_method(value)
    return _fix_of_lambda(override) if isinstance(value.node, syntax.Lambda) else None


def _is_within(inner: Place, outer: Place) -> bool:
    """Whether a place is on the lines of another one; what stands in a dict is told by its key's place."""
    return outer.span.line <= inner.span.line


def _fix_of_object(value: Expression) -> FixRequest | None:
    """Safe where the old value could only fail, and nothing runs at another time than before."""
    if value.is_call and not value.has_arguments:
        if all(isinstance(each, (Stream, Coroutine)) for each in value.values()) and _asks_nothing(
            value.func
        ):
            return pass_the_function.at(value)
        if all(isinstance(each, FunctionValue) for each in value.func.values()) and _asks_nothing(value.func):
            return pass_the_function.at(value, safety=Safety.UNSAFE, reason=EACH_REQUEST)
    if _changes(value):
        return None
    if any(isinstance(each, syntax.Call) for each in syntax.walk(value.node)):
        return put_into_lambda.at(value, safety=Safety.UNSAFE, reason=EACH_REQUEST)
    return put_into_lambda.at(value)


def _changes(value: Expression) -> bool:
    """Whether a name may be bound to something else by the time a request comes."""
    if not isinstance(value.node, syntax.Ref):
        return False
    name = value.node.path.partition(".")[0]
    bindings = value.scope.bindings.get(name, [])
    return len(bindings) > 1 or any(each.kind == "iterate" for each in bindings)


def _asks_nothing(function: Expression) -> bool:
    """Whether a function has no parameters that FastAPI would ask a client for."""
    handlers = [
        handler for value in function.values() for handler in function.project.dependencies.handlers_of(value)
    ]
    return bool(handlers) and not any(each.is_from_client for it in handlers for each in it.parameters)


def _fix_of_mock(mock: Expression) -> FixRequest | None:
    """Not for one that is itself asked what it was called with."""
    if mock.is_call:
        options = mock.keywords
        if mock.args or not options.keys() <= {"return_value"}:
            return None
        if "return_value" in options:
            return return_its_value.at(mock, reason="nothing counts the calls then")
    elif _is_about_calls(mock):
        return None
    return put_into_lambda.at(mock, safety=Safety.UNSAFE, reason="the mock itself may be meant to be called")


def _is_about_calls(mock: Expression) -> bool:
    """Whether the code around says what calling the mock gives, or asks whether it was called."""
    if not isinstance(mock.node, syntax.Ref):
        return True
    sites = [each.site for each in mock.values() if isinstance(each, Instance)]
    if any(site is None or (site.is_call and site.has_arguments) for site in sites):
        return True
    prefix = f"{mock.node.path}."
    return any(
        isinstance(node, syntax.Ref)
        and node.path.startswith(prefix)
        and node.path[len(prefix) :].startswith(ABOUT_CALLS)
        for scope in mock.scope.module.within()
        for statement in scope.statements()
        for node in (*syntax.evaluated(statement), *_targets(statement))
    )


def _targets(statement: syntax.Statement) -> tuple[syntax.Expr, ...]:
    return statement.targets if isinstance(statement, syntax.Assign) else ()


def _fix_of_method(value: Expression) -> FixRequest | None:
    method = value.value()
    if not isinstance(method, FunctionValue) or not isinstance(method.receiver, ClassValue):
        return None
    if required(method.receiver, value.project) or len(method.scope.node.parameters) > 1:
        return None
    return make_the_object.at(value, reason="each request gets what a new object gives")


def _fix_of_lambda(override: Override) -> FixRequest | None:
    value = override.value
    assert isinstance(value.node, syntax.Lambda)
    asked = [each.name for each in override.client_parameters]
    function = value.value()
    if not isinstance(function, FunctionValue):
        return None
    if asked:
        is_read = any(reads(function.scope, name) for name in asked)
        reason = "requests without them are answered"
        return None if is_read else drop_parameters.at(value, reason=reason, names=",".join(asked))
    passed = _passed_on(value)
    if passed is None or passed.has_arguments or not _asks_nothing(passed.func):
        return None
    return pass_the_function.at(value, safety=Safety.UNSAFE, reason="what it gives is injected, not itself")


def _problem(override: Override, project: Project) -> tuple[str, str] | None:
    """Why the value cannot stand in for the dependency, and what to write."""
    value = override.value
    written = value.text()
    name = written.rpartition(".")[2]
    if _is_fixture(value, project):
        return (
            f"`{written}` is a fixture, and pytest does not let fixtures be called: every request fails",
            f"take `{name}` as a parameter of the test, and override with `lambda: {name}`",
        )
    if is_mock(value):
        return (
            "FastAPI takes the `args` and `kwargs` of a mock for query parameters: every request is a 422",
            "put it into a function: `lambda: mock`",
        )
    if is_session_maker(value):
        return (
            "FastAPI takes the options of a sessionmaker for a query parameter: every request is a 422",
            f"`lambda: {written}()`, or a function that yields a session and closes it",
        )
    if _is_decorated(value, project, *MANAGERS):
        return (
            f"FastAPI takes `{written}` for a generator, but it makes a context manager: every request fails",
            "override with the generator function, without its decorator: FastAPI enters it itself",
        )
    if _is_not_callable(value):
        return f"{kind_of(value)} cannot be called: every request fails with a `TypeError`", _uncalled(value)
    unbound = _unbound_self(value, project)
    if unbound:
        return (
            f"`{written}` is a method without its object: FastAPI takes `{unbound}` for a query parameter",
            f"make an object, and override with its method: `{written.rpartition('.')[0]}().{name}`",
        )
    for parameter in override.client_parameters[:1]:
        return (
            f"FastAPI takes `{parameter.name}` for a query parameter: a request without it is a 422",
            "use a function without it, or wrap the call in a lambda",
        )
    passed = _passed_on(value)
    if passed is not None:
        return (
            f"FastAPI injects {kind_of(passed)} and does not run it: the function around it is a plain one",
            f"`{passed.func.text()}` itself",
        )
    return None


def _is_fixture(value: Expression, project: Project) -> bool:
    return value.is_whole and all(
        isinstance(each, FunctionValue) and project.fixtures.is_fixture(each.scope) for each in value.values()
    )


def _is_decorated(value: Expression, project: Project, *names: str) -> bool:
    return value.is_whole and all(
        isinstance(each, FunctionValue)
        and not set(project.inference.functions.decorator_names(each.scope)).isdisjoint(names)
        for each in value.values()
    )


def _unbound_self(value: Expression, project: Project) -> str:
    """The parameter of a method, taken from its class, that nobody fills."""
    method = value.value()
    if not isinstance(method, FunctionValue) or not isinstance(method.receiver, ClassValue):
        return ""
    names = project.inference.functions.decorator_names(method.scope)
    first = method.scope.node.parameters[:1]
    return first[0].name if first and not names else ""


def _is_not_callable(value: Expression) -> bool:
    if value.is_call:
        return gives_callable(value) is False
    return value.is_whole and all_callable(value.values(), value.project) is False


def _uncalled(value: Expression) -> str:
    if not value.is_call or value.has_arguments:
        return f"`lambda: {value.text()}`"
    function = f"`{value.func.text()}`, which FastAPI calls for each request"
    is_deferred = any(isinstance(each, (Stream, Coroutine)) for each in value.values())
    return function if is_deferred else f"{function}, or `lambda: {value.text()}`"


def _passed_on(value: Expression) -> Expression | None:
    """The call of a generator or coroutine function that a plain function returns."""
    function = value.value()
    if not isinstance(function, FunctionValue):
        return None
    node = function.scope.node
    found = () if node.is_async or node.is_generator else returned(function)
    if all(each.value.is_call and isinstance(each.value.value(), (Stream, Coroutine)) for each in found):
        return found[0].value if found else None
    return None
