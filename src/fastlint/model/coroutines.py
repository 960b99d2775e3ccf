"""Coroutines that nobody awaits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.narrowing import admits
from fastlint.model.plainhandlers import PlainHandler
from fastlint.model.scopes import Frame, FunctionScope, Scope
from fastlint.model.uses import Use, name_uses, uses
from fastlint.model.values import ClassValue, Coroutine, External, FunctionValue, Instance, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

FAILING = frozenset({"iterated", "receiver", "operand"})
"""What a coroutine cannot take part in: Python raises an exception there."""

ALWAYS_WRONG = frozenset({"statement", "tested", "compared", "formatted", *FAILING})
HARMLESS = frozenset({"awaited", "entered", "raised", "yielded", "target", "other"})
"""What becomes of a call where nothing is wrong if it makes a coroutine, or nothing is known to be."""

COROUTINE_METHODS = frozenset({"send", "throw", "close"})
CONSUMERS = frozenset(
    {
        *(
            f"builtins.{name}"
            for name in ("len", "str", "list", "tuple", "set", "dict", "sorted", "sum", "bool")
        ),
        *(f"builtins.{name}" for name in ("int", "float", "max", "min", "any", "all", "enumerate", "zip")),
        "json.dumps",
        "fastapi.HTTPException",
        "starlette.exceptions.HTTPException",
        "starlette.responses.JSONResponse",
        "starlette.responses.Response",
        "starlette.responses.HTMLResponse",
        "starlette.responses.PlainTextResponse",
    }
)
ITEM_CONSUMERS = {
    "builtins.any": "tested",
    "builtins.all": "tested",
    "builtins.sum": "operand",
    "builtins.sorted": "compared",
    "builtins.max": "compared",
    "builtins.min": "compared",
}
"""What becomes of the items of what a function is given."""
ASYNC_ITERATORS = frozenset(
    f"{module}.Async{kind}"
    for module in ("collections.abc", "typing")
    for kind in ("Generator", "Iterable", "Iterator")
)


@dataclass(frozen=True, slots=True)
class Unawaited:
    """A call that makes a coroutine which is used as if it were its result.

    `outcome` is what becomes of it: the context of the call, or of the name that it is bound to. `is_direct`
    says that it is that of the call itself. `function` is None in the body of a module.
    """

    call: Expression
    coroutine: Coroutine
    function: FunctionScope | None
    outcome: str
    is_direct: bool

    @property
    def place(self) -> Place:
        return self.call.place

    @property
    def name(self) -> str:
        """How the code calls what makes the coroutine."""
        return self.call.func.text()

    @property
    def fails(self) -> bool:
        """Whether Python can only raise an exception there."""
        return self.is_direct and self.outcome in FAILING


def unawaited(project: Project) -> Iterator[Unawaited]:
    """Every such call in the functions that a request can run, and every statement that is one.

    Not those of a handler that cannot await them because it is a plain function: that is what is wrong there.
    """
    seen: set[Place] = set()
    plain = {(each.function, name) for each in project.subjects(PlainHandler) for name in each.awaitable}
    for function in project.loop.reached:
        for each in project.quiet.said("unawaited", function):
            if each.place not in seen and (each.function, each.name) not in plain:
                seen.add(each.place)
                yield each
    yield from _statements(project)


def unawaited_in(function: FunctionValue, is_handler: bool) -> Iterator[Unawaited]:
    """Those in one function; `is_handler` where the framework takes what it returns."""
    frame = function.scope.project.inference.calling.frame(function, None)
    for use in uses(frame):
        if use.context in HARMLESS or (use.context == "returned" and not is_handler):
            continue
        coroutine = _coroutine(use.call)
        if coroutine is None:
            continue
        direct = _outcome(use, is_handler)
        outcome = direct or _kept_outcome(use, is_handler)
        if outcome:
            yield Unawaited(use.call, coroutine, function.scope, outcome, bool(direct))


def _statements(project: Project) -> Iterator[Unawaited]:
    """Statements that make a coroutine, in the functions that no request is seen to run.

    Those are looked for in the modules that import the framework and in those of what a request runs.
    """
    reached: set[Scope] = {function.scope for function in project.loop.reached}
    known = (name.rpartition(".")[2] for table in project.knowledge.tables for name in table.coroutines)
    names = {*known}  # for most calls it is enough to look at theirs
    calls: list[Expression] = []
    for scope in (scope for module in project.service for scope in module.within()):
        if isinstance(scope, FunctionScope) and scope.node.is_async:
            names.add(scope.name)
        for statement in scope.statements():
            if type(statement) is syntax.Import and statement.name:
                names.add(statement.alias or statement.name)
            elif _calls_a_name(statement) and not (scope in reached or _is_quiet(scope)):
                assert isinstance(statement, syntax.Evaluate)
                calls.append(Expression(statement.value, scope.frame))
    for call in calls:
        coroutine = _coroutine(call) if last_name(call.func.node) in names and call.values() else None
        if coroutine is not None:
            function = call.scope if isinstance(call.scope, FunctionScope) else None
            yield Unawaited(call, coroutine, function, "statement", True)


def _is_quiet(scope: Scope) -> bool:
    return isinstance(scope, FunctionScope) and scope.project.quiet.reaches(scope.place)


def _calls_a_name(statement: syntax.Statement) -> bool:
    """What `make().run()` calls takes long to find out, for as little as there is to be found."""
    node = statement.value if type(statement) is syntax.Evaluate else None
    return type(node) is syntax.Call and type(node.func) is syntax.Ref


def _coroutine(call: Expression) -> Coroutine | None:
    """The coroutine that a call makes, when whatever it may call makes one."""
    inference = call.project.inference
    callees = call.func.values()
    outside = (each.name for each in callees if isinstance(each, External))
    if not all(map(inference.knowledge.is_coroutine, outside)):
        return None
    if not call.values():
        callees = call.project.last_resort.callee(call)
    elif not call.func.is_whole:
        return None  # it is chosen at run time, and only some of the choices are known
    made = [inference.calling.call(callee, call) for callee in callees]
    values = [value for each in made for value in each]
    coroutines = [value for value in values if isinstance(value, Coroutine) and value.certain]
    if not coroutines or len(coroutines) < len(values) or not all(made):
        return None
    if any(map(may_be_overridden, callees)) or not all(admits(call.func, each) for each in callees):
        return None
    return coroutines[0]


def may_be_overridden(callee: Value) -> bool:
    """Whether a subclass has an ordinary function or a generator in place of a coroutine method.

    An abstract method without a `yield` makes a coroutine. Where it is annotated as an iterator, its author
    means the generators that implement it, be they in this project or in others.
    """
    if not isinstance(callee, FunctionValue) or not isinstance(callee.receiver, Instance):
        return False
    cls = callee.receiver.cls
    if callee.receiver.site is not None or not isinstance(cls, ClassValue):
        return False
    name = callee.scope.name
    if _is_declared_as_iterator(callee.scope):
        return True
    overriding = (each.methods.get(name) for each in cls.scope.project.subclasses(cls.scope))
    return any(
        method is not None and (method.node.is_generator or not method.node.is_async) for method in overriding
    )


def _is_declared_as_iterator(method: FunctionScope) -> bool:
    node = method.node.returns
    named = node.value if isinstance(node, syntax.Subscript) else node
    if (
        named is None
        or method.parent is None
        or not method.project.inference.contracts.is_abstract_method(method)
    ):
        return False
    return Expression(named, method.parent.frame).external() in ASYNC_ITERATORS


def _outcome(use: Use, is_handler: bool) -> str:
    """What makes a reading of a coroutine wrong, or '' where it may be right."""
    context, outer = use.context, use.outer
    if context == "receiver":
        return "" if _is_own_attribute(use) else "receiver"
    if context == "operand":
        return "formatted" if _formats(use) else "operand"
    if context in ALWAYS_WRONG:
        return context
    if context == "argument" and isinstance(outer, syntax.Call):
        return "argument" if use.call.at(outer.func).external() in CONSUMERS else ""
    if context == "collected":
        return _collected_outcome(use, is_handler)
    return "returned" if context == "returned" and is_handler else ""


def _is_own_attribute(use: Use) -> bool:
    """Whether what is asked of it is something that a coroutine has; calling it is another matter."""
    node, outer = use.call.node, use.outer
    if isinstance(node, syntax.Ref):
        name = node.path.split(".")[1] if "." in node.path else ""
    elif isinstance(outer, syntax.Call):
        return True
    else:
        name = outer.name if isinstance(outer, syntax.Attribute) else ""
    return name in COROUTINE_METHODS or name.startswith(("cr_", "__"))


def _formats(use: Use) -> bool:
    """`"%s" % value`"""
    outer = use.outer
    return (
        isinstance(outer, syntax.Operation)
        and outer.operator == "%"
        and outer.operands[0] is not use.call.node
        and use.call.at(outer.operands[0]).is_text
    )


def _collected_outcome(use: Use, is_handler: bool) -> str:
    """What becomes of an item of a list, dict or comprehension."""
    if is_handler and _is_returned(use):
        return "returned"
    around = _reading_of(use.outer, use.statement)
    if around is None or around[0] != "argument" or not isinstance(around[1], syntax.Call):
        return ""
    return ITEM_CONSUMERS.get(use.call.at(around[1].func).external(), "")


def _is_returned(use: Use) -> bool:
    """Whether it is returned, itself or in a list or dict."""
    if use.context == "returned":
        return True
    is_last = isinstance(use.statement, syntax.Return) and use.statement.value is use.outer
    return use.context == "collected" and is_last


def _reading_of(
    node: syntax.Expr | None, statement: syntax.Statement
) -> tuple[str, syntax.Expr | None] | None:
    found = (each for each in readings((statement,), type(node)) if each.node is node)
    return next(((each.context, each.outer) for each in found), None)


def _kept_outcome(use: Use, is_handler: bool) -> str:
    """What becomes of the name that a call is bound to: directly, in a tuple of names, or in a list."""
    statement = use.statement
    if not isinstance(statement, syntax.Assign) or len(statement.targets) != 1:
        return ""
    frame, target, value = use.call.frame, statement.targets[0], statement.value
    if use.context == "assigned" and use.outer is None:
        return _named_outcome(target, frame, is_handler)
    if use.context != "collected" or use.outer is not value:
        return ""
    if isinstance(target, syntax.Ref):
        return "returned" if is_handler and _is_only_returned(target, frame) else ""
    if not isinstance(target, syntax.Collection) or not isinstance(value, syntax.Collection):
        return ""
    if any(isinstance(each, syntax.Starred) for each in (*target.items, *value.items)):
        return ""
    pairs = zip(target.items, value.items, strict=False)
    return next(
        (_named_outcome(name, frame, is_handler) for name, item in pairs if item is use.call.node), ""
    )


def _named_outcome(target: syntax.Expr, frame: Frame, is_handler: bool) -> str:
    """What becomes of a name that holds the coroutine, when every reading of it is wrong.

    Beside what only a result can be used for, a `return` says that the author takes it for the result too.
    """
    outcomes: list[str] = []
    is_returned = False
    for use in _name_readings(target, frame):
        outcome = _outcome(use, is_handler)
        is_returned = is_returned or (not outcome and use.context == "returned")
        if outcome:
            outcomes.append(outcome)
        elif use.context != "returned":
            return ""
    if is_returned:
        outcomes = [each for each in outcomes if each in FAILING or each == "tested"]
    return outcomes[0] if outcomes else ""


def _is_only_returned(target: syntax.Ref, frame: Frame) -> bool:
    found = tuple(map(_is_returned, _name_readings(target, frame)))
    return bool(found) and all(found)


def _name_readings(target: syntax.Expr, frame: Frame) -> Iterator[Use]:
    """Every reading of a name that is bound once; none when others may have it too."""
    if not isinstance(target, syntax.Ref) or "." in target.path:
        return
    name = target.path
    if len(frame.scope.bindings.get(name, ())) == 1 and not _is_captured(frame, name):
        yield from (each for each in name_uses(frame, name) if each.call.node is not target)


def _is_captured(frame: Frame, name: str) -> bool:
    """Whether a nested function may await the name."""
    scope = frame.scope
    inner = (*scope.functions(), *scope.lambdas)
    return any(True for each in inner for _ in name_uses(each.frame, name))
