"""What fails in a dependency on data that a client may send, and nothing catches: a 500 in place of a 4xx.

FastAPI makes an answer of an `HTTPException` and of what it validates itself; any other exception of a
dependency is a server error (https://fastapi.tiangolo.com/tutorial/handling-errors/).
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.model.calls import last_name
from fastlint.model.dependencies import Dependency
from fastlint.model.exceptions import handled
from fastlint.model.expression import Expression
from fastlint.model.extents import Extent, overlap
from fastlint.model.handlers import HandlerParameter
from fastlint.model.memo import Memo
from fastlint.model.provided import given_by_calling
from fastlint.model.scopes import Binding, Frame, FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.uses import uses
from fastlint.model.values import ClassValue, External, Instance, Manager, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

CONNECTION = "starlette.requests.HTTPConnection"
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
CONDITIONS = ("where", "filter", "filter_by")
NO_ROW = "NoResultFound"
"""What SQLAlchemy raises where there is no such row."""

BODY = "starlette.requests.Request.json"
SENT = ("headers", "query_params", "cookies")
ALWAYS_SENT = ("host",)
SERVER_ERROR = 500
DEEPEST = 4
CREDENTIALS = "fastapi.security.HTTPAuthorizationCredentials"
PLAIN_TYPES = ("builtins.str", "builtins.int", "uuid.UUID")
CHANGING = ("strip", "lstrip", "rstrip", "lower", "upper", "removeprefix", "removesuffix", "replace")
"""Methods of a text that give another one, which is as much the client's."""

NEUTRAL = frozenset(
    (
        *("default", "alias", "title", "description", "example", "examples", "deprecated"),
        *("include_in_schema", "convert_underscores", "min_length", "max_length", "openapi_examples"),
    )
)
"""Options of `Query()`, `Header()` and the like that let any text pass."""


@dataclass(frozen=True, slots=True)
class Uncaught:
    """An expression in a dependency that raises an `error` on what clients may send.

    `source` is what they send, for people; it is `absent` where they fail to send it, and `split` where
    there are fewer parts in it than are taken.
    """

    dependency: Dependency
    at: Expression
    error: str
    source: str
    absent: bool = False
    split: bool = False

    @property
    def place(self) -> Place:
        return self.at.place


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
            for each in _Body(dependency).failures():
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
    """The body of one dependency, and what in it is text of a client."""

    def __init__(self, dependency: Dependency) -> None:
        self.dependency = dependency
        self.scope = dependency.function
        self.frame = dependency.function.frame
        self.parameters = {
            parameter.name: parameter
            for handler in dependency.injections[0].handlers()
            if handler.scope is dependency.function
            for parameter in handler.parameters
        }

    def failures(self) -> Iterator[Uncaught]:
        for use in uses(self.frame):
            call = use.call
            error, given = self._converts(call)
            source = "" if given is None else self.sent(given)
            if given is not None and source and not self._is_looked_at(given):
                yield Uncaught(self.dependency, call, error, source)
            source = "" if error else self._searched(call)
            if source:
                yield Uncaught(self.dependency, call, NO_ROW, source)
            if not error and last_name(call.func.node) == "json" and call.func.external() == BODY:
                yield Uncaught(self.dependency, call, "ValueError", call.text())
        yield from self._unpacked()
        for node, _, _, statement, _ in self.scope.subscripts:
            is_target = isinstance(statement, syntax.Assign) and any(
                node is each for each in statement.targets
            )
            if isinstance(node, syntax.Subscript) and not is_target:
                yield from self._items(node)

    def _searched(self, call: Expression) -> str:
        """What of the client the row is searched by that a call must find; "" for none, and for a count."""
        if not isinstance(call.node, syntax.Call) or last_name(call.node.func) not in ONE_ROW:
            return ""
        names = call.func.externals()
        if call.has_arguments or not names or not all(map(_is_of_sqlalchemy, names)):
            return ""
        nodes = list(self._written(call.node, 0))
        if any(isinstance(each, syntax.Ref) and "func" in each.path.split(".") for each in nodes):
            return ""
        for node in nodes:
            if isinstance(node, syntax.Call) and last_name(node.func) in CONDITIONS:
                given = (*node.args, *(each.value for each in node.keywords))
                for inner in (each for argument in given for each in syntax.walk(argument)):
                    if isinstance(inner, syntax.Ref) and self._is_of_client(inner.path):
                        return inner.path
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

    def _is_of_client(self, name: str) -> bool:
        """Whether it is a parameter that the client fills, and that no test hands on to anything."""
        parameter = self.parameters.get(name)
        if parameter is None or not (parameter.marker is not None or parameter.is_from_client):
            return False
        if len(self.scope.bindings.get(name, ())) != 1:
            return False
        tests = (each.test for each in self.scope.statements() if isinstance(each, syntax.If))
        return not any(
            isinstance(call, syntax.Call) and any(_is_ref(each, name) for each in syntax.walk(call))
            for test in tests
            for call in syntax.walk(test)
        )

    def _unpacked(self) -> Iterator[Uncaught]:
        """`scheme, token = authorization.split(" ")`."""
        for statement in self.scope.statements():
            if not isinstance(statement, syntax.Assign) or not isinstance(statement.value, syntax.Call):
                continue
            text = _split(statement.value)
            source = "" if text is None else self.sent(text)
            is_unpacked = any(
                isinstance(target, syntax.Collection)
                and len(target.items) > 1
                and not any(isinstance(each, syntax.Starred) for each in target.items)
                for target in statement.targets
            )
            if is_unpacked and text is not None and source and not self._is_looked_at(text):
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
            if source:
                yield Uncaught(self.dependency, at, "KeyError", source)
            return
        key = node.index.value
        if isinstance(key, str) and self._may_be_missing(node.value, key):
            yield Uncaught(self.dependency, at, "KeyError", f'{at.at(node.value).text()}["{key}"]', True)
        is_later = isinstance(key, int) and key >= 1
        text = _split(node.value) if is_later else None
        source = "" if text is None else self.sent(text)
        if text is not None and source and not self._is_looked_at(text):
            yield Uncaught(self.dependency, at, "IndexError", source, split=True)

    def _looked_up(self, table: Expression, key: syntax.Expr) -> str:
        """What of the client a dictionary that is written out is asked for; "" where anything is a key of it.

        What is a dictionary is asked for it nowhere else in the function.
        """
        if not isinstance(table.node, syntax.Ref) or table.literal(syntax.Mapping) is None:
            return ""
        name = table.node.path
        mentions = [each for each in readings(self.scope.body, syntax.Ref) if _is_ref(each.node, name)]
        plain = isinstance(key, syntax.Ref) and self._is_of_client(key.path) and self._is_simple(key.path)
        source = key.path if plain and isinstance(key, syntax.Ref) else self.sent(key)
        return source if len(mentions) == 1 and source and not self._is_looked_at(key) else ""

    def _is_simple(self, name: str) -> bool:
        """Whether a parameter is of a type that has more values than any dictionary."""
        types = self.parameters[name].types
        return bool(types) and all(
            isinstance(each, Instance) and each.external in PLAIN_TYPES for each in types
        )

    def _may_be_missing(self, mapping: syntax.Expr, key: str) -> bool:
        is_sent = key.lower() not in ALWAYS_SENT and self._is_sent_mapping(mapping)
        return is_sent and not self._is_looked_at(mapping, key)

    def sent(self, node: syntax.Expr, depth: int = 0) -> str:
        """How to call the text of a client that an expression is; "" where it is none, or may be none."""
        if depth > DEEPEST:
            return ""
        match node:
            case syntax.Ref(path=path) if path in self.parameters:
                parameter = self.parameters[path]
                return path if self._is_plain(parameter) or self._is_given(parameter, "builtins.str") else ""
            case syntax.Ref(path=path) if path.endswith(".credentials"):
                holder = self.parameters.get(path.removesuffix(".credentials"))
                return path if holder is not None and self._is_given(holder, CREDENTIALS) else ""
            case syntax.Ref(path=path):
                bound = self.scope.bindings.get(path, ())
                if len(bound) == 1 and bound[0].kind == "iterate" and not bound[0].unpack:
                    return self._part(bound[0], depth)
                plain = [each.value for each in bound if each.kind == "value" and not each.unpack]
                value = plain[0] if len(bound) == len(plain) == 1 else None
                return "" if value is None else self.sent(value, depth + 1)
            case syntax.Call(func=func):
                owner = _receiver(func)
                if owner is None:
                    return ""
                if last_name(func) == "get" and self._is_sent_mapping(owner):
                    return Expression(owner, self.frame).text()
                return self.sent(owner, depth + 1) if last_name(func) in CHANGING else ""
            case syntax.Subscript(value=value) if self._is_sent_mapping(value):
                return Expression(value, self.frame).text()
            case _:
                return ""

    def _part(self, item: Binding, depth: int) -> str:
        """The same of what a loop takes: a part of a text is the client's as the whole is, unless picked."""
        is_picked = isinstance(item.node, syntax.Generator) and bool(item.node.conditions)
        text = None if item.value is None or is_picked else _split(item.value)
        return "" if text is None else self.sent(text, depth + 1)

    def _is_plain(self, parameter: HandlerParameter) -> bool:
        """Whether FastAPI lets any text through to it, and nothing else is bound to its name."""
        annotation, marker = parameter.annotation, parameter.marker
        if annotation is None or parameter.injection is not None or parameter.is_collector:
            return False
        if len(self.scope.bindings.get(parameter.name, ())) != 1:
            return False
        others = [each for each in parameter.metadata if marker is None or each.node is not marker.node]
        is_text = bool(parameter.types) and all(
            isinstance(each, Instance) and each.external == "builtins.str" for each in parameter.types
        )
        if others or not is_text:
            return False
        if marker is None:
            return True
        return not marker.opaque_keywords and NEUTRAL.issuperset(marker.keywords)

    def _is_given(self, parameter: HandlerParameter, name: str) -> bool:
        """Whether a security scheme of FastAPI fills it: with what the client sends, whatever that is."""
        injection = parameter.injection
        found = () if injection is None else injection.targets
        given = [
            given_by_calling(each, self.scope.project, False) if _is_scheme(each) else None for each in found
        ]
        is_alone = len(self.scope.bindings.get(parameter.name, ())) == 1
        return is_alone and bool(given) and all(each and each.classes == (External(name),) for each in given)

    def _is_sent_mapping(self, node: syntax.Expr) -> bool:
        """`request.headers` and the like."""
        if last_name(node) not in SENT:
            return False
        owner = Expression(node, self.frame).owner
        found = () if owner is None else owner.values()
        return bool(found) and owner is not None and len(owner.instances(CONNECTION)) == len(found)

    def _is_looked_at(self, node: syntax.Expr, key: str = "") -> bool:
        """Whether some test asks more of it than whether it is there; for an item, whether any test does."""
        names = {each.path for each in syntax.walk(node) if isinstance(each, syntax.Ref)}
        names |= {name.partition(".")[0] for name in names} if not key else set()
        for reading in readings(self.scope.body, syntax.Ref, syntax.Constant):
            each = reading.node
            is_named = isinstance(each, syntax.Ref) and (
                each.path in names or each.path.partition(".")[0] in names
            )
            is_key = bool(key) and isinstance(each, syntax.Constant) and each.value == key
            if key and is_key and reading.context == "compared":
                return True
            if not is_named or key:
                continue
            if reading.context == "compared" and not _is_for_none(reading.outer):
                return True
            if reading.context == "receiver" and _is_tested(reading.statement, each):
                return True
            if reading.context == "argument" and _is_tested(reading.statement, each):
                return True
        return False


def uncaught(project: Project) -> Iterator[Uncaught]:
    return Uncaughts(project).all()


def _is_of_sqlalchemy(name: str) -> bool:
    return name.startswith(("sqlalchemy.", "sqlmodel."))


def _is_ref(node: syntax.Expr, name: str) -> bool:
    return isinstance(node, syntax.Ref) and node.path.partition(".")[0] == name


def _split(node: syntax.Expr) -> syntax.Expr | None:
    """The text that is cut into parts."""
    is_split = isinstance(node, syntax.Call) and last_name(node.func) in ("split", "rsplit")
    return _receiver(node.func) if is_split and isinstance(node, syntax.Call) else None


def _receiver(func: syntax.Expr) -> syntax.Expr | None:
    if isinstance(func, syntax.Attribute):
        return func.value
    if isinstance(func, syntax.Ref) and "." in func.path:
        return syntax.Ref(func.span, func.path.rpartition(".")[0])
    return None


def _is_for_none(outer: syntax.Expr | None) -> bool:
    return isinstance(outer, syntax.Operation) and any(
        isinstance(each, syntax.Constant) and each.value is None for each in outer.operands
    )


def _is_tested(statement: syntax.Statement, node: syntax.Expr) -> bool:
    """Whether it stands in the test of an `if`, a `while` or an `assert`, or of a conditional expression."""
    if isinstance(statement, syntax.If):
        return any(each is node for each in syntax.walk(statement.test))
    if not isinstance(statement, (syntax.Assign, syntax.Return, syntax.Evaluate)):
        return True
    return any(
        each is node
        for root in syntax.expressions(statement)
        for outer in syntax.walk(root)
        for test in _tests(outer)
        for each in syntax.walk(test)
    )


def _tests(node: syntax.Expr) -> tuple[syntax.Expr, ...]:
    """What decides on the rest of `a if test else b` and of `test and a`."""
    if not isinstance(node, syntax.Operation):
        return ()
    return {"if": node.operands[:1], "and": node.operands[:-1]}.get(node.operator, ())


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


def _is_scheme(value: Value) -> bool:
    return isinstance(value, Instance) and isinstance(value.cls, External)


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
