"""What is wrong with how a function uses a coroutine: as if it were its result, or not at all."""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.index.contexts import Reading, readings
from fastlint.model.reads import reads
from fastlint.model.scopes import Frame, FunctionScope
from fastlint.model.uses import Use
from fastlint.model.variables import readings_of

FAILING = frozenset({"iterated", "receiver", "subscripted", "called", "operand"})
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


def direct_outcome(use: Use, is_handler: bool) -> str:
    """What makes a reading of a coroutine wrong, or '' where it may be right."""
    context, outer = use.context, use.outer
    if context == "receiver":
        return "" if _is_own_attribute(use) else _needed_as(use)
    if context == "operand":
        return "formatted" if _formats(use) else "operand"
    if context in ALWAYS_WRONG:
        return context
    if context == "argument" and isinstance(outer, syntax.Call):
        return "argument" if use.call.at(outer.func).external() in CONSUMERS else ""
    if context == "collected":
        return _collected_outcome(use, is_handler)
    return "returned" if context == "returned" and is_handler else ""


def kept_outcome(use: Use, is_handler: bool) -> str:
    """What becomes of the name that a call is bound to: as it is, in a tuple of names, or in a list."""
    statement = use.statement
    if not isinstance(statement, syntax.Assign) or len(statement.targets) != 1 or statement.augmented:
        return ""
    frame, target, value = use.call.frame, statement.targets[0], statement.value
    if value is not use.call.node and _names_something(value):
        return ""
    if use.context == "assigned":
        return _named_outcome(target, frame, is_handler)
    whole = _whole(use)
    if whole is None or whole.context != "assigned":
        return ""
    if isinstance(target, syntax.Ref):
        if is_unread(target, frame):
            return "unread"
        return "returned" if is_handler and _is_only_returned(target, frame) else ""
    if not isinstance(target, syntax.Collection) or not isinstance(value, syntax.Collection):
        return ""
    if any(isinstance(each, syntax.Starred) for each in (*target.items, *value.items)):
        return ""
    pairs = zip(target.items, value.items, strict=False)
    return next(
        (_named_outcome(name, frame, is_handler) for name, item in pairs if item is use.call.node), ""
    )


def reading_of(node: syntax.Expr | None, statement: syntax.Statement) -> Reading | None:
    """What becomes of a part of a statement."""
    found = (each for each in readings((statement,), type(node)) if each.node is node)
    return next(found, None)


def is_unread(target: syntax.Expr, frame: Frame) -> bool:
    """Whether it is a local variable that nothing reads."""
    scope = frame.scope
    if not isinstance(scope, FunctionScope) or not isinstance(target, syntax.Ref) or "." in target.path:
        return False
    return target.path not in scope.foreign and not reads(scope, target.path)


def _needed_as(use: Use) -> str:
    """What a coroutine is taken for where something of it is needed."""
    node, outer = use.call.node, use.outer
    if isinstance(node, syntax.Ref) and "." in node.path:
        return "receiver"
    if isinstance(outer, syntax.Subscript):
        return "subscripted"
    return "called" if isinstance(outer, syntax.Call) else "receiver"


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
    around = _collection(use)
    if around is None or around.context != "argument" or not isinstance(around.outer, syntax.Call):
        return ""
    return ITEM_CONSUMERS.get(use.call.at(around.outer.func).external(), "")


def _is_returned(use: Use) -> bool:
    """Whether it is returned, itself or in a list or dict."""
    if use.context != "collected":
        return use.context == "returned"
    whole = _whole(use)
    return whole is not None and whole.context == "returned"


def _collection(use: Use) -> Reading | None:
    """What becomes of the list, dict or comprehension that it is an item of, maybe by a condition."""
    around = reading_of(use.outer, use.statement)
    while around is not None and isinstance(around.node, syntax.Operation):
        if around.node.operator == ":=":
            return None  # it has a name too
        around = reading_of(around.outer, use.statement)
    return around


def _whole(use: Use) -> Reading | None:
    """What becomes of all that it is an item of, however deep."""
    around = _collection(use) if use.context == "collected" else None
    while around is not None and around.context == "collected":
        around = _collection(Use(use.call, *around[1:]))
    return around


def _names_something(value: syntax.Expr | None) -> bool:
    return value is not None and any(
        isinstance(each, syntax.Operation) and each.operator == ":=" for each in syntax.walk(value)
    )


def _named_outcome(target: syntax.Expr, frame: Frame, is_handler: bool) -> str:
    """What becomes of a name that holds the coroutine, when every reading of it is wrong.

    Beside what only a result can be used for, a `return` says that the author takes it for the result too.
    """
    if is_unread(target, frame):
        return "unread"
    outcomes: list[str] = []
    is_returned = False
    for use in readings_of(target, frame):
        outcome = direct_outcome(use, is_handler)
        is_returned = is_returned or (not outcome and use.context == "returned")
        if outcome:
            outcomes.append(outcome)
        elif use.context != "returned":
            return ""
    if is_returned:
        outcomes = [each for each in outcomes if each in FAILING or each == "tested"]
    return outcomes[0] if outcomes else ""


def _is_only_returned(target: syntax.Ref, frame: Frame) -> bool:
    found = tuple(map(_is_returned, readings_of(target, frame)))
    return bool(found) and all(found)
