"""Clients, engines and pools that a request makes for itself, though all requests could share one.

A route or a dependency makes it, or a function of the project that it calls. What is kept is no such thing:
in a variable of the module, in an object that lives on, by a cache. Neither is what needs something of the
request to be made, such as the key of its user.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place, Step
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.edges import Edge
from fastlint.model.environment import SETTINGS
from fastlint.model.expression import Expression
from fastlint.model.large import runs_once
from fastlint.model.narrowing import made_before
from fastlint.model.scopes import Binding, Frame, FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.uses import Use, name_uses
from fastlint.model.values import ClassValue, External, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project

STORING = frozenset(("add", "append", "insert", "put", "register", "set", "setdefault", "setattr"))
"""Methods that keep what they are given."""
GIVEN_TO_REQUESTS = frozenset(("auth", "base_url", "follow_redirects", "headers", "params", "timeout"))
"""What httpx takes with each request too, so that it needs no client of its own."""
OWN_TRANSPORT = frozenset(("app", "http_client", "mounts", "poolclass", "transport"))
"""Arguments after which making it costs something else, or next to nothing."""
DEEPEST = 4
LONGEST_CHAIN = 3
"""How many calls may lead there: what is further down has less and less to do with the request."""
READING = ("get", "getex")
WRITING = ("put", "set", "setdefault", "setex")


@dataclass(frozen=True, slots=True)
class MadeClient:
    """A call that makes such an object; `name` is what it makes, `cost` what that costs each time."""

    use: Use
    name: str
    cost: str

    @property
    def call(self) -> Expression:
        return self.use.call

    @property
    def place(self) -> Place:
        return self.use.call.place


@dataclass(frozen=True, slots=True)
class ClientPerRequest:
    """A client that each request makes for itself; `edges` lead from a handler to the call, callers first."""

    made: MadeClient
    handler: FunctionScope
    edges: tuple[tuple[FunctionScope, Edge], ...]

    @property
    def call(self) -> Expression:
        """The call that makes it."""
        return self.made.call

    @property
    def place(self) -> Place:
        return self.made.place

    @property
    def trace(self) -> tuple[Step, ...]:
        """The chain from the handler to the call, for a finding."""
        return tuple(
            Step(f"{function.label}() calls {edge.text}", edge.call.place) for function, edge in self.edges
        )


def clients_per_request(project: Project) -> Iterator[ClientPerRequest]:
    """Every such call, once, with the shortest chain that leads there."""
    found = {function: project.quiet.said("clients", function) for function in project.loop.reached}
    loud = {function: clients for function, clients in found.items() if clients}
    ways = _ways(project) if loud else {}
    seen: set[Place] = set()
    for function, clients in sorted(loud.items(), key=lambda pair: pair[0].scope.place):
        way = ways.get(function)
        for made in clients if way is not None else ():
            if made.place not in seen:
                seen.add(made.place)
                yield ClientPerRequest(made, (way[0][0] if way else function.scope), way or ())


def clients_in(function: FunctionValue) -> Iterator[MadeClient]:
    """What one function makes and neither keeps nor needs the request for."""
    scope = function.scope
    knowledge, bindings = scope.project.knowledge, scope.module.bindings
    names = knowledge.client_names
    frame: Frame | None = None
    for reading in scope.calls:
        node = reading.node
        name = last_name(node.func) if isinstance(node, syntax.Call) else ""
        if name not in names and not name[:1].isupper() and not _is_renamed(bindings.get(name), names):
            continue
        frame = frame or scope.project.inference.calling.frame(function, None)
        use = Use(Expression(node, frame), *reading[1:])
        made = _made_name(use.call)
        cost = knowledge.client(made) if made else ""
        is_own = cost and not is_kept(use) and not _depends_on_request(use.call, made)
        if is_own and not is_test(scope.module.path) and not _may_remember(scope):
            yield MadeClient(use, made, cost)


def _is_renamed(bindings: list[Binding] | None, names: frozenset[str]) -> bool:
    """Whether a name is that under which a module imports what makes such an object."""
    return bindings is not None and any(
        isinstance(each.node, syntax.Import) and each.node.name in names for each in bindings
    )


def is_kept(use: Use) -> bool:
    """Whether what a call gives may outlive the call of the function around it."""
    scope, statement = use.call.scope, use.statement
    outer = use.outer_call
    if outer is not None and last_name(outer.func.node) in STORING:
        return True
    if _is_alternative(use):
        return True
    targets = statement.targets if isinstance(statement, syntax.Assign) else ()
    if not isinstance(scope, FunctionScope) or any(_is_elsewhere(each, scope) for each in targets):
        return True
    around = tuple(syntax.around(scope.body, use.call.node))
    if any(_is_fallback(each, use.call.node) for each in around):
        return True
    names = {each.path for each in targets if isinstance(each, syntax.Ref)}
    if any(isinstance(each, syntax.If) and _mentions(each.test, names) for each in around):
        return True
    return any(_is_kept_as(name, use) for name in names) or _is_for_want_of_argument(use, scope)


def _made_name(call: Expression) -> str:
    """The name of what makes an object that is to be shared, where a call does."""
    values = call.func.values()
    names = {_name(each) for each in values}
    return names.pop() if len(names) == 1 else ""


def _name(value: object) -> str:
    if isinstance(value, External):
        return value.name
    if isinstance(value, ClassValue):
        project = value.scope.project
        bases = project.inference.classes.external_bases(value)
        return next((each for each in bases if project.knowledge.client(each)), "")
    return ""


def _is_elsewhere(target: syntax.Expr, scope: FunctionScope) -> bool:
    """Whether a target is anything else than a variable of the function, or of an object it is making."""
    if not isinstance(target, syntax.Ref):
        return True
    owner, dot, _ = target.path.rpartition(".")
    if dot:
        return scope.name != "__init__" or owner != scope.receiver
    return target.path in scope.foreign


def _is_alternative(use: Use) -> bool:
    """Whether it is one of several: `client or AsyncClient()`, `None if ... else AsyncClient()`."""
    return any(
        isinstance(node, syntax.Operation)
        and node.operator in ("or", "and", "if", ":=")
        and any(inner is use.call.node for inner in syntax.walk(node))
        for outer in syntax.expressions(use.statement)
        for node in syntax.walk(outer)
    )


def _is_fallback(statement: syntax.Statement, node: syntax.Expr) -> bool:
    return isinstance(statement, syntax.Try) and any(
        syntax.encloses(handler.body, node) for handler in statement.handlers
    )


def _mentions(test: syntax.Expr, names: set[str]) -> bool:
    return any(isinstance(each, syntax.Ref) and each.path in names for each in syntax.walk(test))


def _is_kept_as(name: str, use: Use) -> bool:
    """Whether a variable is put somewhere else: `self.client = client`, `clients[key] = client`."""
    scope = use.call.scope
    if "." in name or not isinstance(scope, FunctionScope):
        return False
    for each in name_uses(use.call.frame, name):
        targets = each.statement.targets if isinstance(each.statement, syntax.Assign) else ()
        is_value = isinstance(each.statement, syntax.Assign) and each.statement.value is each.call.node
        if is_value and any(_is_elsewhere(target, scope) for target in targets):
            return True
        outer = each.outer_call
        if each.context == "argument" and outer is not None and last_name(outer.func.node) in STORING:
            return True
    return False


def _is_for_want_of_argument(use: Use, scope: FunctionScope) -> bool:
    """Whether a test of a parameter comes before it, which a caller may settle by what it passes."""
    optional = {
        each.name
        for each in scope.node.parameters
        if isinstance(each.default, syntax.Constant) and each.default.value is None
    }
    return bool(optional) and any(
        _mentions(each.node, optional) for each in made_before(scope.body, use.call.node)
    )


def _may_remember(scope: FunctionScope) -> bool:
    """Whether a function, or a decorator of it, may give again what it gave before."""
    project = scope.project
    registered = project.application.route_decorators
    names = project.inference.functions.decorator_names(scope)
    is_cached = any(
        project.knowledge.is_remembering(name) or "cache" in name.lower() or not name
        for node, name in zip(scope.node.decorators, names, strict=True)
        if id(node) not in registered
    )
    return is_cached or runs_once(scope) or _keeps_results(scope)


def _keeps_results(scope: FunctionScope) -> bool:
    """Whether a function puts something into a cache that it looks into: `CACHE[key] = data`."""
    written = {
        last_name(target.value)
        for statement in scope.statements()
        for target in (statement.targets if isinstance(statement, syntax.Assign) else ())
        if isinstance(target, syntax.Subscript) and _is_outside(target.value, scope)
    }
    if written and any(
        isinstance(node, syntax.Subscript) and last_name(node.value) in written
        for statement in scope.statements()
        if not isinstance(statement, syntax.Assign)
        for outer in syntax.expressions(statement)
        for node in syntax.walk(outer)
    ):
        return True
    methods: dict[str, set[str]] = {}
    for reading in scope.calls:
        path = (
            reading.node.func.path
            if isinstance(reading.node, syntax.Call) and isinstance(reading.node.func, syntax.Ref)
            else ""
        )
        owner, _, method = path.rpartition(".")
        methods.setdefault(owner, set()).add(method)
    written |= {owner.rpartition(".")[2] for owner, names in methods.items() if not names.isdisjoint(WRITING)}
    return any(
        owner and owner.rpartition(".")[2] in written and not names.isdisjoint(READING)
        for owner, names in methods.items()
    )


def _is_outside(container: syntax.Expr, scope: FunctionScope) -> bool:
    root = container.path.partition(".")[0] if isinstance(container, syntax.Ref) else ""
    return root not in scope.bindings or root == scope.receiver


# What it is made with


def _depends_on_request(call: Expression, name: str) -> bool:
    """Whether it is made with something that differs from request to request, or may."""
    if call.opaque_keywords or any(isinstance(each.node, syntax.Starred) for each in call.args):
        return True
    keywords = call.keywords
    if not OWN_TRANSPORT.isdisjoint(keywords):
        return True
    is_httpx = name.startswith("httpx.")
    if is_httpx and "verify" in keywords and keywords["verify"].constant() is not True:
        return True
    given = [each for key, each in keywords.items() if not (is_httpx and key in GIVEN_TO_REQUESTS)]
    owner = call.func.owner if last_name(call.func.node) in ("client", "resource") else None
    made_on = [owner] if owner is not None else []
    return not all(_is_fixed(each, 0) for each in (*call.args, *given, *made_on))


def _is_fixed(value: Expression, depth: int) -> bool:
    """Whether a value is the same for all requests, as far as the function itself tells."""
    if depth > DEEPEST:
        return False
    return all(
        _is_fixed_name(each, depth) for each in value.walk() if isinstance(each.node, syntax.Ref)
    ) and all(_is_fixed_call(each) for each in value.calls())


def _is_fixed_name(read: Expression, depth: int) -> bool:
    scope = read.scope
    assert isinstance(read.node, syntax.Ref)
    root = read.node.path.partition(".")[0]
    bindings = scope.bindings.get(root, ()) if isinstance(scope, FunctionScope) else ()
    if not bindings:
        return not isinstance(scope.parent, FunctionScope) or root not in scope.parent.bindings
    if len(bindings) > 1:
        return False
    binding = bindings[0]
    if binding.kind == "import":
        return True
    if binding.kind == "parameter":
        found = read.at(_root(read.node, read)).values()
        classes = read.project.inference.classes
        return bool(found) and all(
            isinstance(each, Instance) and classes.descends(each.cls, *SETTINGS) for each in found
        )
    return (
        binding.kind == "value"
        and binding.value is not None
        and not binding.unpack
        and _is_fixed(read.at(binding.value), depth + 1)
    )


def _root(node: syntax.Ref, near: Expression) -> syntax.Ref:
    made = syntax.Ref(node.span, node.path.partition(".")[0])
    near.project.inference.keep(made)
    return made


def _is_fixed_call(call: Expression) -> bool:
    """Whether a call gives the same each time: that of another package, or one that gives settings."""
    values = call.func.values()
    if all(isinstance(each, External) for each in values):
        return bool(values)
    found = call.values()
    classes = call.project.inference.classes
    return bool(found) and all(
        isinstance(each, Instance) and classes.descends(each.cls, *SETTINGS) for each in found
    )


# The way there


def _ways(project: Project) -> dict[FunctionValue, tuple[tuple[FunctionScope, Edge], ...]]:
    """The functions that a request runs and of which nobody keeps what they give, each with the way there."""
    handlers = [route.handler for route in project.application.routes if not route.is_websocket]
    handlers += [dependency.handler for dependency in project.dependencies.dependencies]
    starts = [each for each in handlers if not is_test(each.scope.module.path)]
    found: dict[FunctionValue, tuple[tuple[FunctionScope, Edge], ...]] = {
        each: () for each in starts if not _may_remember(each.scope)
    }
    queue = deque(found)
    while queue:
        function = queue.popleft()
        if len(found[function]) == LONGEST_CHAIN:
            continue
        for edge in project.loop.edges_of(function):
            callee = edge.callee
            if callee is None or callee in found or edge.how == "schedules" or edge.is_off_loop:
                continue
            if not is_kept(edge.use) and not _may_remember(callee.scope):
                found[callee] = (*found[function], (function.scope, edge))
                queue.append(callee)
    return found
