"""What outlives the call of a function that makes it: it is kept somewhere, or the function is asked once.

That is told by how code is written: an assignment to what is no variable of the function, a method that
stores what it is given, a test whether it is there already, a cache.
"""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.narrowing import made_before
from fastlint.model.scopes import FunctionScope
from fastlint.model.uses import Use, name_uses

STORING = frozenset(("add", "append", "insert", "put", "register", "set", "setdefault", "setattr"))
"""Methods that keep what they are given."""


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


def _is_elsewhere(target: syntax.Expr, scope: FunctionScope) -> bool:
    """Whether a target is anything else than a variable of the function, or of an object it is making."""
    if not isinstance(target, syntax.Ref):
        return True
    owner, dot, _ = target.path.rpartition(".")
    if dot:
        return scope.name != "__init__" or owner != scope.receiver
    return target.path in scope.foreign


def sets_something(scope: FunctionScope) -> bool:
    """Whether a function sets what may outlive its call: `request.state.user`, `response.headers["etag"]`."""
    return any(
        _is_elsewhere(each, scope)
        for statement in scope.statements()
        if isinstance(statement, syntax.Assign)
        for target in statement.targets
        for each in (target.items if isinstance(target, syntax.Collection) else (target,))
    )


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
