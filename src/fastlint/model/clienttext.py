"""What in a function that FastAPI fills is text of a client, and whether the function looks at it."""

from __future__ import annotations

from typing import NamedTuple

from fastlint.index import syntax
from fastlint.index.contexts import Reading, readings
from fastlint.model.calls import last_name
from fastlint.model.dependencies import Dependency
from fastlint.model.expression import Expression
from fastlint.model.granted import LOGGING
from fastlint.model.handlers import HandlerParameter
from fastlint.model.provided import given_by_calling
from fastlint.model.scopes import Binding, Frame, FunctionScope
from fastlint.model.values import External, Instance, Value

DEEPEST = 4
CONNECTION = "starlette.requests.HTTPConnection"
BODY = "starlette.requests.Request.body"
FORM = "starlette.requests.Request.form"
SESSION = "session"
SENT = ("headers", "query_params", "cookies")
ALWAYS_SENT = ("host",)
VETTED = ("content-length",)
"""Headers that servers refuse where they are not what they should be."""

CREDENTIALS = "fastapi.security.HTTPAuthorizationCredentials"
PLAIN_TYPES = ("builtins.str", "builtins.int", "uuid.UUID")
CHANGING = (
    "decode",
    "strip",
    "lstrip",
    "rstrip",
    "lower",
    "upper",
    "removeprefix",
    "removesuffix",
    "replace",
)
"""Methods of a text that give another one, which is as much the client's."""

NEUTRAL = frozenset(
    (
        *("default", "alias", "title", "description", "example", "examples", "deprecated"),
        *("include_in_schema", "convert_underscores", "min_length", "max_length", "openapi_examples"),
    )
)
"""Options of `Query()`, `Header()` and the like that let any text pass."""


class Given(NamedTuple):
    """What a function is given by another one: how to call it, and whether it is text."""

    source: str
    is_text: bool


class ClientText:
    """The same for one function, that FastAPI fills or that is `given` something of a client."""

    def __init__(self, frame: Frame, parameters: tuple[HandlerParameter, ...], **given: Given) -> None:
        assert isinstance(frame.scope, FunctionScope)
        self.scope = frame.scope
        self.frame = frame
        self.parameters = {each.name: each for each in parameters}
        self.given = given

    @classmethod
    def of(cls, dependency: Dependency) -> ClientText:
        handlers = dependency.injections[0].handlers()
        own = next((each for each in handlers if each.scope is dependency.function), None)
        return cls(dependency.function.frame, () if own is None else own.parameters)

    def handed_on(self, node: syntax.Expr) -> Given | None:
        """What of a client an argument is, of which the function itself does not ask more."""
        if self.is_looked_at(node):
            return None
        text = self.sent(node)
        if not text and isinstance(node, syntax.Ref) and self.is_of_client(node.path):
            return Given(node.path, is_text=False)
        return Given(text, is_text=True) if text else None

    def is_of_client(self, name: str) -> bool:
        """Whether it is a parameter that the client fills, and that no test hands on to anything."""
        if name in self.given:
            return True
        parameter = self.parameters.get(name)
        if parameter is None or not (parameter.marker is not None or parameter.is_from_client):
            return False
        if len(self.scope.bindings.get(name, ())) != 1:
            return False
        tests = (each.test for each in self.scope.statements() if isinstance(each, syntax.If))
        return not any(
            isinstance(call, syntax.Call) and any(is_ref(each, name) for each in syntax.walk(call))
            for test in tests
            for call in syntax.walk(test)
        )

    def is_simple(self, name: str) -> bool:
        """Whether a parameter may have more values than any dictionary."""
        types = self.parameters[name].types if name in self.parameters else ()
        is_plain = bool(types) and all(
            isinstance(each, Instance) and each.external in PLAIN_TYPES for each in types
        )
        return is_plain and _is_unchecked(self.parameters[name])

    def may_be_missing(self, mapping: syntax.Expr, key: str) -> bool:
        """Whether nothing in the function asks whether an item is there; of a session, nothing at all."""
        if last_name(mapping) == SESSION and self._is_of_request(mapping):
            modules = self.scope.project.naming(SESSION)
            functions = (each for module in modules for each in module.within())
            return not any(isinstance(each, FunctionScope) and _asks_for(each, key) for each in functions)
        is_sent = key.lower() not in ALWAYS_SENT and self._is_sent_mapping(mapping)
        return is_sent and not _asks_for(self.scope, key)

    def sent(self, node: syntax.Expr, depth: int = 0) -> str:
        """How to call the text of a client that an expression is; "" where it is none, or may be none."""
        if depth > DEEPEST:
            return ""
        match node:
            case syntax.Ref(path=path) if path in self.given:
                return self.given[path].source if self.given[path].is_text else ""
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
            case syntax.Call(func=func, args=args):
                owner = _receiver(func)
                if owner is None:
                    return ""
                if last_name(func) == "get" and self._is_sent_mapping(owner):
                    return self._item(owner, *args[:1])
                return self.sent(owner, depth + 1) if last_name(func) in CHANGING else ""
            case syntax.Await(value=syntax.Call(func=func)) if last_name(func) == "body":
                return f"{Expression(func, self.frame).text()}()" if self._external(func) == BODY else ""
            case syntax.Subscript(value=value, index=index):
                is_sent = self._is_in_path(value, index) or self._is_sent_mapping(value)
                return self._item(value, index) if is_sent else ""
            case _:
                return ""

    def _item(self, mapping: syntax.Expr, *key: syntax.Expr) -> str:
        """How to call an item of what is sent; "" for one that the server has looked at."""
        name = Expression(mapping, self.frame).text()
        known = [str(each.value) for each in key if isinstance(each, syntax.Constant)]
        if any(each.lower().replace("_", "-") in VETTED for each in known):
            return ""
        return f'{name}["{known[0]}"]' if known else name

    def called(self, name: str) -> str:
        """How the function that FastAPI fills calls something of a client."""
        return self.given[name].source if name in self.given else name

    def _part(self, item: Binding, depth: int) -> str:
        """The same of what a loop takes: a part of a text is the client's as the whole is, unless picked."""
        is_picked = isinstance(item.node, syntax.Generator) and bool(item.node.conditions)
        text = None if item.value is None or is_picked else split_text(item.value)
        return "" if text is None else self.sent(text, depth + 1)

    def _is_plain(self, parameter: HandlerParameter) -> bool:
        """Whether FastAPI lets any text through to it, and nothing else is bound to its name."""
        if parameter.annotation is None or parameter.injection is not None or parameter.is_collector:
            return False
        if len(self.scope.bindings.get(parameter.name, ())) != 1:
            return False
        is_text = bool(parameter.types) and all(
            isinstance(each, Instance) and each.external == "builtins.str" for each in parameter.types
        )
        is_vetted = parameter.name.replace("_", "-") in VETTED
        return is_text and not is_vetted and _is_unchecked(parameter)

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
        """`request.headers` and the like, and a form."""
        if last_name(node) in SENT and self._is_of_request(node):
            return True
        bound = self.scope.bindings.get(node.path, ()) if isinstance(node, syntax.Ref) else ()
        given = bound[0].value if len(bound) == 1 and bound[0].kind == "value" else node
        call = given.value if isinstance(given, syntax.Await) else None
        is_form = isinstance(call, syntax.Call) and last_name(call.func) == "form"
        return is_form and isinstance(call, syntax.Call) and self._external(call.func) == FORM

    def _is_of_request(self, node: syntax.Expr) -> bool:
        owner = Expression(node, self.frame).owner
        found = () if owner is None else owner.values()
        return bool(found) and owner is not None and len(owner.instances(CONNECTION)) == len(found)

    def _is_in_path(self, mapping: syntax.Expr, key: syntax.Expr) -> bool:
        """Whether it is `request.path_params[key]`, and a text in the paths of all routes."""
        if last_name(mapping) != "path_params" or not isinstance(key, syntax.Constant):
            return False
        routes = self.scope.project.dependencies.routes_of(self.scope)
        paths = [path for route in routes for path in route.paths]
        is_text = bool(paths) and all(f"{{{key.value}}}" in path for path in paths)
        return is_text and all(route.paths for route in routes) and self._is_of_request(mapping)

    def _external(self, node: syntax.Expr) -> str:
        return Expression(node, self.frame).external()

    def is_looked_at(self, node: syntax.Expr) -> bool:
        """Whether some test asks more of it than whether it is there, or a function that is shown it may."""
        own = {id(each) for each in syntax.walk(node)}
        names = {each.path for each in syntax.walk(node) if isinstance(each, syntax.Ref)}
        names |= {name.partition(".")[0] for name in names}
        for reading in readings(self.scope.body, syntax.Ref):
            each = reading.node
            if not isinstance(each, syntax.Ref) or id(each) in own:
                continue
            if each.path in names or each.path.partition(".")[0] in names:
                if isinstance(reading.statement, syntax.Match) or _is_shown(reading):
                    return True
                if reading.context == "compared" and not _is_for_none(reading.outer):
                    return True
                if reading.context in ("receiver", "argument") and _is_tested(reading.statement, each):
                    return True
        return False


def is_ref(node: syntax.Expr, name: str) -> bool:
    return isinstance(node, syntax.Ref) and node.path.partition(".")[0] == name


def split_text(node: syntax.Expr) -> syntax.Expr | None:
    """The text that is cut into parts."""
    is_split = isinstance(node, syntax.Call) and last_name(node.func) in ("split", "rsplit")
    return _receiver(node.func) if is_split and isinstance(node, syntax.Call) else None


def _receiver(func: syntax.Expr) -> syntax.Expr | None:
    if isinstance(func, syntax.Attribute):
        return func.value
    if isinstance(func, syntax.Ref) and "." in func.path:
        return syntax.Ref(func.span, func.path.rpartition(".")[0])
    return None


def _asks_for(function: FunctionScope, key: str) -> bool:
    """Whether a function asks whether an item is there, or for it by `get` and the like."""
    return any(
        isinstance(each.node, syntax.Constant)
        and isinstance(each.node.value, str)
        and each.node.value.lower() == key.lower()
        and each.context in ("compared", "argument")
        for each in readings(function.body, syntax.Constant)
    )


def _is_unchecked(parameter: HandlerParameter) -> bool:
    """Whether nothing beside its type says what FastAPI lets through to it."""
    marker = parameter.marker
    others = [each for each in parameter.metadata if marker is None or each.node is not marker.node]
    is_neutral = marker is None or (not marker.opaque_keywords and NEUTRAL.issuperset(marker.keywords))
    return not others and is_neutral


def _is_shown(reading: Reading) -> bool:
    """Whether it is an argument of a call of which nobody takes a result: `validate(raw)`."""
    statement = reading.statement
    called = statement.value if isinstance(statement, syntax.Evaluate) else None
    called = called.value if isinstance(called, syntax.Await) else called
    is_argument = reading.context == "argument" and reading.outer is called
    return is_argument and isinstance(called, syntax.Call) and last_name(called.func) not in LOGGING


def _is_for_none(outer: syntax.Expr | None) -> bool:
    return isinstance(outer, syntax.Operation) and any(
        isinstance(each, syntax.Constant) and each.value is None for each in outer.operands
    )


def _is_tested(statement: syntax.Statement, node: syntax.Expr) -> bool:
    """Whether it stands in the test of an `if`, a `while` or an `assert`, or of a conditional expression."""
    if isinstance(statement, syntax.If):
        return any(each is node for each in syntax.walk(statement.test))
    if isinstance(statement, syntax.Evaluate) and statement.asserted:
        return True
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


def _is_scheme(value: Value) -> bool:
    return isinstance(value, Instance) and isinstance(value.cls, External)
