"""Dependencies that `use_cache=False` keeps from what they gave before in the same request.

FastAPI runs a dependency once a request for all that need it. One with `use_cache=False` runs for that use
anew (https://fastapi.tiangolo.com/tutorial/dependencies/sub-dependencies/#using-the-same-dependency-multiple-times).
"""

from __future__ import annotations

import builtins
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.contexts import Reading, readings
from fastlint.model.calls import last_name
from fastlint.model.changes import ADDING, is_replaced, sets
from fastlint.model.endpoints import Endpoint, endpoints
from fastlint.model.expression import Expression
from fastlint.model.granted import LOGGING
from fastlint.model.handlers import Handler
from fastlint.model.injections import Injection, called_functions
from fastlint.model.judging import is_guess
from fastlint.model.nominal import PLAIN
from fastlint.model.quick import is_quick
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Literal, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

DEEPEST = 4
MOST_USES = 200
CHANGING = frozenset(("random", "secrets", "time", "uuid", "numpy.random"))
"""Modules whose functions give something else each time."""

NOW = frozenset(
    (
        *("datetime.date.today", "datetime.datetime.now", "datetime.datetime.today"),
        *("datetime.datetime.utcnow", "os.urandom", "builtins.next", "builtins.id", "asyncio.sleep"),
    )
)
TAKING = frozenset(
    (
        *(
            "acquire",
            "begin",
            "borrow",
            "connect",
            "get_nowait",
            "getconn",
            "hit",
            "inc",
            "incr",
            "increment",
        ),
        *("pop", "popitem", "popleft", "reserve", "take"),
    )
)
"""Methods after which the object that they are of has something less, or another number."""

UNCHANGING = frozenset(
    f"builtins.{name}" for name in ("bool", "bytes", "complex", "float", "int", "None", "str", "frozenset")
)
CONNECTIONS = ("starlette.requests.Request", "starlette.requests.HTTPConnection")
UNCHANGING_OF_REQUEST = (
    "base_url",
    "client",
    "cookies",
    "headers",
    "method",
    "path_params",
    "query_params",
    "url",
)
"""What nobody sets of a request that is there."""
ENDING = frozenset(("close", "aclose", "__enter__", "__aenter__", "__exit__", "__aexit__"))


@dataclass(frozen=True, slots=True)
class Rerun:
    """A `Depends(..., use_cache=False)` of what the same request needs elsewhere too.

    `runs` is how often the dependency runs for a request to the endpoint, and `other` another use of it.
    `doubt` says why the answers might differ, or who might notice that they are one; '' if nobody can.
    """

    injection: Injection
    endpoint: Endpoint
    runs: int
    other: Injection
    doubt: str

    @property
    def place(self) -> Place:
        return self.injection.place


def reruns(project: Project) -> tuple[Rerun, ...]:
    """Every such use whose dependency is not seen to give something else each time, once."""
    marked = [each for each in project.dependencies.injections if is_uncached(each) and _is_steady(each)]
    if not marked:
        return ()
    nodes = {id(each.call.node) for each in marked}
    found: dict[int, Rerun] = {}
    for endpoint in endpoints(project):
        for uses in _shared(endpoint):
            runs = _runs(uses)
            for use in uses:
                node = id(use.call.node)
                if node in nodes and (node not in found or found[node].runs < runs):
                    found[node] = Rerun(use, endpoint, runs, _other(use, uses), _doubt(use))
    return tuple(sorted(found.values(), key=lambda each: each.place))


def is_uncached(use: Injection) -> bool:
    given = use.call.argument("use_cache")
    return given is not None and given.constant() is False


def _other(use: Injection, uses: tuple[Injection, ...]) -> Injection:
    apart = [each for each in uses if each.call != use.call]
    return apart[0] if apart else uses[0]


def _runs(uses: tuple[Injection, ...]) -> int:
    """How often the dependency of some uses, in their order, is run: cached ones take what there is."""
    fresh = sum(map(is_uncached, uses))
    return fresh if is_uncached(uses[0]) else fresh + 1


def _shared(endpoint: Endpoint) -> Iterator[tuple[Injection, ...]]:
    """The uses of each dependency that a request needs more than once, if one of them is marked."""
    found: dict[Hashable, list[Injection]] = {}
    for use in _resolved(endpoint):
        key = _key(use)
        if key is not None:
            found.setdefault(key, []).append(use)
    for uses in found.values():
        if len(uses) > 1 and any(map(is_uncached, uses)):
            yield tuple(uses)


def _key(use: Injection) -> Hashable:
    """What FastAPI takes two uses for the same by: what is called, its security scopes and its scope."""
    targets = use.targets
    if len(targets) != 1 or not use.is_whole or use.call.opaque_keywords or use.call.argument("scopes"):
        return None
    scope = use.call.argument("scope")
    return targets[0], getattr(targets[0], "receiver", None), None if scope is None else scope.constant()


def _resolved(endpoint: Endpoint) -> Iterator[Injection]:
    """What FastAPI resolves for a request, in its order: what a dependency needs before it, each time."""
    left = [MOST_USES]
    for _, use in endpoint.injections:
        yield from _with_its_own(use, (), left)


def _with_its_own(use: Injection, above: tuple[FunctionScope, ...], left: list[int]) -> Iterator[Injection]:
    left[0] -= 1
    if left[0] < 0:
        return
    dependencies = use.call.project.dependencies
    for function in use.functions():
        if function.scope not in above:
            for inner in dependencies.of_function(function.scope):
                yield from _with_its_own(inner, (*above, function.scope), left)
    yield use


def _is_steady(use: Injection) -> bool:
    """Whether nothing is seen by which a dependency would give something else the second time."""
    if use.call.argument("scopes") or not use.is_whole or len(use.targets) != 1:
        return False
    functions = [*use.functions()]
    if not functions and not isinstance(use.targets[0], ClassValue):
        return False
    return _gives_data(use) and not any(_varies(each, set()) for each in functions)


def _gives_data(use: Injection) -> bool:
    """Whether what it gives is data, and no session or client that somebody may want for himself."""
    filled = use.filled
    known = tuple(each for each in use.provided() if not is_guess(each))
    values = known or (() if filled is None else filled.types)
    return bool(values) and all(_is_data(each, use.call.project) for each in values)


def _is_data(value: Value, project: Project) -> bool:
    if not isinstance(value, Instance):
        return isinstance(value, Literal)
    if isinstance(value.cls, External):
        return value.cls in _plain_data()
    own = [each.scope for each in project.inference.classes.mro(value.cls) if isinstance(each, ClassValue)]
    is_changed = any(_changes_itself(method) for scope in own for method in scope.methods.values())
    return not is_changed and all(ENDING.isdisjoint(scope.bindings) for scope in own)


def _changes_itself(method: FunctionScope) -> bool:
    """Whether a method sets an attribute of an object that is already there."""
    if method.name in ("__init__", "__post_init__"):
        return False
    targets = (each for one in method.statements() if isinstance(one, syntax.Assign) for each in one.targets)
    return any(
        isinstance(each, syntax.Ref) and each.path.startswith(f"{method.receiver}.") for each in targets
    )


def _plain_data() -> frozenset[External]:
    return frozenset(
        External(name) for name in PLAIN if name.startswith(("builtins.", "datetime.", "decimal.", "uuid."))
    )


def _varies(function: FunctionValue, seen: set[FunctionScope]) -> bool:
    """Whether a function, or one that it calls or depends on, may give something else each time."""
    scope = function.scope
    if scope in seen:
        return False
    seen.add(scope)
    if scope.node.is_generator or len(seen) > DEEPEST * 8 or _changes_something(scope):
        return True
    frame = scope.project.inference.calling.frame(function, None)
    for reading in scope.calls:
        call = Expression(reading.node, frame)
        if call.is_call and _call_varies(call, _is_dropped(reading), seen):
            return True
    needed = scope.project.dependencies.of_function(scope)
    return any(is_uncached(each) and any(_varies(one, seen) for one in each.functions()) for each in needed)


def _is_dropped(reading: Reading) -> bool:
    """Whether nobody takes what a call gives: it is there for what it does."""
    statement = reading.statement
    value = statement.value if isinstance(statement, syntax.Evaluate) else None
    return reading.node is (value.value if isinstance(value, syntax.Await) else value)


def _call_varies(call: Expression, is_dropped: bool, seen: set[FunctionScope]) -> bool:
    name = last_name(call.func.node)
    called = call.func.values()
    if name in TAKING or any(map(_is_changing, called)) or _is_of_context(call.func):
        return True
    own = [one for each in called for one in called_functions(each, call.project)]
    if own:
        return any(_varies(each, seen) for each in own)
    return is_dropped and name not in LOGGING


def _is_changing(value: Value) -> bool:
    if not isinstance(value, External):
        return False
    return value.name in NOW or value.name.partition("()")[0].rpartition(".")[0] in CHANGING


def _is_of_context(func: Expression) -> bool:
    """Whether it is `variable.get`, of a variable that others may set before the second time."""
    owner = func.owner if last_name(func.node) == "get" else None
    return owner is not None and bool(owner.instances("contextvars.ContextVar"))


def _changes_something(scope: FunctionScope) -> bool:
    """Whether it leaves something behind: a number that grows, an entry in what is not its own."""
    for statement in scope.statements():
        if isinstance(statement, syntax.Scoped):
            return True
        if not isinstance(statement, syntax.Assign):
            continue
        for target in statement.targets:
            node = target.value if isinstance(target, syntax.Subscript) else target
            path = node.path if isinstance(node, syntax.Ref) else ""
            root, is_part = path.partition(".")[0], "." in path or isinstance(target, syntax.Subscript)
            is_own = root in scope.bindings and root != scope.receiver
            is_made = scope.name == "__init__" and root == scope.receiver
            if is_part and not is_made and (not is_own or statement.augmented):
                return True
    return False


def _doubt(use: Injection) -> str:
    """Why leaving the second run out might be noticed: what is read again, or an object that is shared."""
    for function in use.functions():
        if not is_quick(function, keeps_context=True):
            more = f"`{function.scope.label}` does more than look at its parameters"
            return f"{more}, and may give another answer the second time"
        beyond = next(_changeable(function), "")
        if beyond:
            return f"`{function.scope.label}` reads `{beyond}`, which may be changed in between"
    if _is_replaced(use):
        return "what is put in its place may give another answer the second time"
    given = use.provided()
    is_known = bool(given) and all(_is_unchanging(each) for each in given)
    return "" if is_known else "all who get it get the same object then"


def _is_replaced(use: Injection) -> bool:
    """Whether code overrides the dependency, or something of which it is not known what it is."""
    dependencies = use.call.project.dependencies
    is_overridden = any(any(dependencies.overrides_of(each.scope)) for each in use.functions())
    return is_overridden or not all(each.key.values() for each in dependencies.overrides)


def _changeable(function: FunctionValue) -> Iterator[str]:
    """What a function reads that other dependencies of the same request may change before its second run."""
    scope, parameters = function.scope, {each.name: each for each in Handler(function).parameters}
    for node, *_ in readings(scope.body, syntax.Ref):
        if not isinstance(node, syntax.Ref):
            continue
        name, _, rest = node.path.partition(".")
        if name in parameters:
            types = parameters[name].types
            is_of_request = rest.partition(".")[0] in UNCHANGING_OF_REQUEST
            if not types or not all(
                isinstance(each, Instance)
                and (each.external in UNCHANGING or (each.external in CONNECTIONS and is_of_request))
                for each in types
            ):
                yield node.path
        elif name not in scope.bindings and _may_change(Expression(node, scope.frame), name):
            yield node.path


def _may_change(read: Expression, name: str) -> bool:
    """Whether a name from outside of a function may stand for something else the second time."""
    scope, project = read.scope, read.project
    module = scope.module
    bindings = module.bindings.get(name, ())
    if not bindings:
        return name not in dir(builtins)
    kept = bindings[0].value
    if kept is not None and len(bindings) == 1:
        is_own = name in module.globals or sets(project, name) or is_replaced(project, name)
        grows = (call.func.owner for call in project.calls.named(*ADDING, "setdefault"))
        return is_own or any(owner is not None and last_name(owner.node) == name for owner in grows)
    values = read.values()
    return not values or not all(isinstance(each, (ClassValue, External)) for each in values)


def _is_unchanging(value: Value) -> bool:
    if isinstance(value, Instance):
        return value.external in UNCHANGING
    expression = getattr(value, "expression", None)
    return expression is not None and isinstance(expression.node, (syntax.Constant, syntax.Template))
