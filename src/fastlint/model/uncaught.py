"""What fails in a dependency on data that a client may send, and nothing catches: a 500 in place of a 4xx.

FastAPI makes an answer of an `HTTPException` and of what it validates itself; any other exception of a
dependency is a server error (https://fastapi.tiangolo.com/tutorial/handling-errors/).
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.model.calls import last_name
from fastlint.model.clienttext import ClientText, is_ref, split_text
from fastlint.model.dependencies import Dependency
from fastlint.model.exceptions import handled
from fastlint.model.expression import Expression
from fastlint.model.extents import Extent, overlap
from fastlint.model.memo import Memo
from fastlint.model.scopes import Frame, FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.uses import uses
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Manager

if TYPE_CHECKING:
    from fastlint.model.project import Project

CONVERSIONS = {
    **dict.fromkeys(
        (
            *("builtins.int", "builtins.float", "uuid.UUID", "json.loads", "base64.b64decode"),
            *(f"datetime.{name}.fromisoformat" for name in ("date", "datetime", "time")),
            "datetime.datetime.strptime",
        ),
        "ValueError",
    ),
    "decimal.Decimal": "ArithmeticError",
}
"""What raises on a text that is not meant for it, its first argument."""

NAMED = {"uuid.UUID": "hex"}
"""The same argument by its name."""

ONE_ROW = ("one", "scalar_one")
ALWAYS_A_ROW = frozenset(("func", "exists"))
"""Of what a query gives a row, whether there is any or not."""
CONDITIONS = ("where", "filter", "filter_by")
NO_ROW = "NoResultFound"
"""What SQLAlchemy raises where there is no such row."""

BODY = "starlette.requests.Request.json"
SERVER_ERROR = 500
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Uncaught:
    """An expression in a dependency that raises an `error` on what clients may send.

    `source` is what they send, for people; it is `absent` where they fail to send it, and `split` where
    there are fewer parts in it than are taken, and a name `of` an enumeration. What the expression calls may
    do no more than to raise it: `inner` is where.
    """

    dependency: Dependency
    at: Expression
    error: str
    source: str
    absent: bool = False
    split: bool = False
    of: str = ""
    inner: Expression | None = None

    @property
    def place(self) -> Place:
        return self.at.place

    @property
    def called(self) -> str:
        """The name of what raises, where that is a call."""
        raising = self.at if self.inner is None else self.inner
        return last_name(raising.func.node) if raising.is_call else ""


class Uncaughts:
    """Finds them."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._by_others = Memo(project.grounds, self._find_catching)

    def all(self) -> Iterator[Uncaught]:
        for dependency in self.project.dependencies.dependencies:
            scope = dependency.function
            if is_test(scope.module.path) or scope.node.decorators:
                continue
            for each in _Body(dependency, ClientText.of(dependency)).failures():
                if not self._is_caught(each, scope) and not self._is_caught_by_others(each.error, scope):
                    yield each

    def _is_caught(self, failure: Uncaught, scope: FunctionScope) -> bool:
        return any(
            _may_catch(each, failure, scope.frame) for each in syntax.around(scope.body, failure.at.node)
        )

    def _is_caught_by_others(self, error: str, scope: FunctionScope) -> bool:
        """Whether an exception handler, or a `try` of some middleware, may make an answer of it."""
        catching = self._by_others(error)
        if not catching or None in catching:
            return bool(catching)
        around = self.project.hooks.extents.of_dependency(scope)
        return any(overlap(each, around) for each in catching)

    def _find_catching(self, error: str) -> frozenset[Extent]:
        """What that is put around which may make an answer of an exception."""
        hooks, roles = self.project.hooks.hooks, ("middleware", "route class")
        found = {each.extent for each in handled(self.project) if _names(each.kind, error)}
        for hook in hooks:
            if hook.role in roles and hook.extent not in found:
                scope = hook.function.scope
                tries = (each for each in scope.statements() if isinstance(each, syntax.Try))
                kinds = [each.kind for statement in tries for each in statement.handlers]
                if any(each is None or _names(Expression(each, scope.frame), error) for each in kinds):
                    found.add(hook.extent)
        return frozenset(found)


class _Body:
    """The body of one dependency, or of a function that it calls, and what in it is text of a client."""

    def __init__(self, dependency: Dependency, text: ClientText) -> None:
        self.dependency = dependency
        self.scope = text.scope
        self.frame = text.frame
        self.text = text

    def failures(self) -> Iterator[Uncaught]:
        for use in uses(self.frame):
            call = use.call
            error, given = self._converts(call)
            source = "" if given is None else self.text.sent(given)
            if given is not None and source and not self.text.is_looked_at(given):
                yield Uncaught(self.dependency, call, error, source)
            source = "" if error else self._searched(call)
            if source:
                yield Uncaught(self.dependency, call, NO_ROW, source)
            if not error and last_name(call.func.node) == "json" and call.func.external() == BODY:
                yield Uncaught(self.dependency, call, "ValueError", call.text())
            if not self.text.given:
                yield from self._further_down(call)
        yield from self._unpacked()
        for node, _, _, statement, _ in self.scope.subscripts:
            is_target = isinstance(statement, syntax.Assign) and any(
                node is each for each in statement.targets
            )
            if isinstance(node, syntax.Subscript) and not is_target:
                yield from self._items(node)

    def _further_down(self, call: Expression) -> Iterator[Uncaught]:
        """The same of a function that is one expression of what it is given: `return UUID(text)`."""
        found = call.func.values()
        called = found[0] if len(found) == 1 and isinstance(found[0], FunctionValue) else None
        if called is None or called.scope.node.decorators or not _is_one_expression(called.scope):
            return
        parameters = called.scope.node.parameters[called.receiver is not None :]
        given = {
            each.name: handed_on
            for position, each in enumerate(parameters)
            if (argument := call.argument(each.name, position)) is not None
            and (handed_on := self.text.handed_on(argument.node)) is not None
        }
        if given:
            frame = self.scope.project.inference.calling.frame(called, call)
            for inner in _Body(self.dependency, ClientText(frame, (), **given)).failures():
                yield replace(inner, at=call, inner=inner.at)
                return

    def _searched(self, call: Expression) -> str:
        """What of the client the row is searched by that a call must find; "" for none, and for a count."""
        if not isinstance(call.node, syntax.Call) or last_name(call.node.func) not in ONE_ROW:
            return ""
        names = call.func.externals()
        if call.has_arguments or not names or not all(map(_is_of_sqlalchemy, names)):
            return ""
        nodes = list(self._written(call.node, 0))
        if any(
            isinstance(each, syntax.Ref) and not ALWAYS_A_ROW.isdisjoint(each.path.split("."))
            for each in nodes
        ):
            return ""
        for node in nodes:
            if isinstance(node, syntax.Call) and last_name(node.func) in CONDITIONS:
                given = (*node.args, *(each.value for each in node.keywords))
                for inner in (each for argument in given for each in syntax.walk(argument)):
                    if isinstance(inner, syntax.Ref) and self.text.is_of_client(inner.path):
                        return self.text.called(inner.path)
        return ""

    def _written(self, node: syntax.Expr, depth: int) -> Iterator[syntax.Expr]:
        """All that an expression is made of, what its names were assigned too."""
        for each in syntax.walk(node):
            yield each
            root = each.path.partition(".")[0] if isinstance(each, syntax.Ref) else ""
            bound = self.scope.bindings.get(root, ()) if depth < DEEPEST else ()
            value = bound[0].value if len(bound) == 1 and bound[0].kind == "value" else None
            if value is not None:
                yield from self._written(value, depth + 1)

    def _unpacked(self) -> Iterator[Uncaught]:
        """`scheme, token = authorization.split(" ")`."""
        for statement in self.scope.statements():
            if not isinstance(statement, syntax.Assign) or not isinstance(statement.value, syntax.Call):
                continue
            text = split_text(statement.value)
            source = "" if text is None else self.text.sent(text)
            is_unpacked = any(
                isinstance(target, syntax.Collection)
                and len(target.items) > 1
                and not any(isinstance(each, syntax.Starred) for each in target.items)
                for target in statement.targets
            )
            if is_unpacked and text is not None and source and not self.text.is_looked_at(text):
                at = Expression(statement.value, self.frame)
                yield Uncaught(self.dependency, at, "ValueError", source, split=True)

    def _converts(self, call: Expression) -> tuple[str, syntax.Expr | None]:
        """What a conversion raises, and what it is given; ("", None) for any other call."""
        if not isinstance(call.node, syntax.Call):
            return "", None
        found = call.func.values()
        if len(found) == 1 and isinstance(found[0], ClassValue):
            is_chosen = _is_choice(found[0]) and call.has_arguments
            return ("ValueError", call.args[0].node) if is_chosen and call.args else ("", None)
        name = found[0].name if len(found) == 1 and isinstance(found[0], External) else ""
        if not name and isinstance(call.node.func, syntax.Ref) and call.node.func.path in ("int", "float"):
            name = (
                "" if call.node.func.path in self.scope.module.bindings else f"builtins.{call.node.func.path}"
            )
        error = CONVERSIONS.get(name, "")
        given = call.argument(NAMED.get(name, ""), 0) if error else None
        return (error, given.node) if given is not None else ("", None)

    def _items(self, node: syntax.Subscript) -> Iterator[Uncaught]:
        """`request.headers["X-Key"]`, `authorization.split(" ")[1]`."""
        at = Expression(node, self.frame)
        if not isinstance(node.index, syntax.Constant):
            source = self._looked_up(at.at(node.value), node.index)
            cls = "" if source else self._chosen(at.at(node.value), node.index)
            source = source or (self.text.sent(node.index) if cls else "")
            if source:
                yield Uncaught(self.dependency, at, "KeyError", source, of=cls)
            return
        key = node.index.value
        if isinstance(key, str) and self.text.may_be_missing(node.value, key):
            yield Uncaught(self.dependency, at, "KeyError", f'{at.at(node.value).text()}["{key}"]', True)
        is_later = isinstance(key, int) and key >= 1
        text = split_text(node.value) if is_later else None
        source = "" if text is None else self.text.sent(text)
        if text is not None and source and not self.text.is_looked_at(text):
            yield Uncaught(self.dependency, at, "IndexError", source, split=True)

    def _chosen(self, cls: Expression, name: syntax.Expr) -> str:
        """The enumeration of which a member is asked for by a name that the client sends; "" for none."""
        found = cls.values()
        value = found[0] if len(found) == 1 else None
        is_choice = isinstance(value, ClassValue) and _is_choice(value) and bool(self.text.sent(name))
        return cls.text() if is_choice and not self.text.is_looked_at(name) else ""

    def _looked_up(self, table: Expression, key: syntax.Expr) -> str:
        """What of the client a dictionary that is written out is asked for; "" where anything is a key of it.

        What is a dictionary is asked for it nowhere else in the function, and not made of it.
        """
        found = table.literal(syntax.Mapping) if isinstance(table.node, syntax.Ref) else None
        if (
            found is None
            or not isinstance(found.node, syntax.Mapping)
            or not isinstance(table.node, syntax.Ref)
        ):
            return ""
        name, text = table.node.path, self.text
        mentions = [each for each in readings(self.scope.body, syntax.Ref) if is_ref(each.node, name)]
        if len(mentions) != 1 or _names_of(key) & _names_of(
            *(each for each in found.node.keys if each is not None)
        ):
            return ""
        is_simple = isinstance(key, syntax.Ref) and text.is_of_client(key.path) and text.is_simple(key.path)
        source = text.called(key.path) if is_simple and isinstance(key, syntax.Ref) else text.sent(key)
        return source if source and not text.is_looked_at(key) else ""


def uncaught(project: Project) -> Iterator[Uncaught]:
    return Uncaughts(project).all()


def _is_one_expression(function: FunctionScope) -> bool:
    """Whether a function does nothing but to return something, apart from a docstring."""
    body = [
        each
        for each in function.body
        if not (isinstance(each, syntax.Evaluate) and isinstance(each.value, syntax.Constant))
    ]
    return len(body) == 1 and isinstance(body[0], syntax.Return)


def _names_of(*nodes: syntax.Expr) -> set[str]:
    inner = (each for node in nodes for each in syntax.walk(node))
    return {each.path for each in inner if isinstance(each, syntax.Ref)}


def _is_of_sqlalchemy(name: str) -> bool:
    return name.startswith(("sqlalchemy.", "sqlmodel."))


def _may_catch(statement: syntax.Statement, failure: Uncaught, frame: Frame) -> bool:
    if isinstance(statement, syntax.Try):
        if not syntax.encloses(statement.body, failure.at.node):
            return False
        kinds = (each.kind for each in statement.handlers)
        return any(kind is None or _names(Expression(kind, frame), failure.error) for kind in kinds)
    for item in statement.items if isinstance(statement, syntax.With) else ():
        manager = Expression(item.context, frame)
        if manager.is_call and manager.func.external() == "contextlib.suppress":
            return True
        own = (Manager, Instance)
        if any(isinstance(value, own) and _is_own(value) for value in manager.values()):
            return True
    return False


def _is_choice(cls: ClassValue) -> bool:
    """Whether it is an `Enum` that knows nothing to do with any other value."""
    classes = cls.scope.project.inference.classes
    return classes.descends(cls, "enum.Enum") and classes.method(Instance(cls), "_missing_") is None


def _is_own(value: Manager | Instance) -> bool:
    return isinstance(value, Manager) or isinstance(value.cls, ClassValue)


def _names(kind: Expression, error: str) -> bool:
    """Whether what an `except` or a handler is for may be this exception; what cannot be told may."""
    if isinstance(kind.node, syntax.Collection):
        return any(_names(kind.at(item), error) for item in kind.node.items)
    raised: type[BaseException] = getattr(builtins, error, Exception)
    if isinstance(kind.node, syntax.Ref) and isinstance(getattr(builtins, kind.node.path, None), type):
        return issubclass(raised, getattr(builtins, kind.node.path))
    value = kind.value()
    if isinstance(value, ClassValue) or kind.constant() is not None:
        return kind.constant() == SERVER_ERROR
    strange = ("fastapi.", "starlette.", "jwt.", "jose.")
    return not (isinstance(value, External) and value.name.startswith(strange))
