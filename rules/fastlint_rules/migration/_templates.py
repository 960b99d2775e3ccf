"""`TemplateResponse` as it was called before it took the request as its first argument."""

from __future__ import annotations

from collections.abc import Sequence

from fastlint.api import Edit, Expression, FunctionScope, cst, syntax
from fastlint_rules._arguments import first, is_plain, keyword, keywords, named, without, without_entry

REQUEST = "starlette.requests.Request"


def is_old(call: Expression) -> bool:
    """Whether a call of `TemplateResponse` names the template first, or gives no request at all."""
    if not is_plain(call) or "request" in call.keywords:
        return False
    if not call.args:
        return "name" in call.keywords
    context = call.argument("context", 1)
    return call.args[0].is_text or (context is not None and "request" in context.entries())


def requests(call: Expression) -> tuple[str, bool]:
    """The name of the request where a call stands, and whether it is the one in its context; '' for none."""
    function = call.scope
    if not isinstance(function, FunctionScope):
        return "", False
    context = call.argument("context", 1)
    given = None if context is None else context.entries().get("request")
    if given is not None and given.scope is function and _is_parameter(given, function):
        return given.text(), True
    found = [each.name for each in function.node.parameters if _is_request(each, function)]
    return (found[0], False) if len(found) == 1 else ("", False)


def is_written(call: Expression) -> bool:
    """Whether the request stands in a `{...}` or a `dict(...)` in the call itself."""
    context = call.argument("context", 1)
    if context is None:
        return False
    if isinstance(context.node, syntax.Mapping):
        keys = [each.value for each in context.node.keys if isinstance(each, syntax.Constant)]
        return keys.count("request") == 1
    is_dict = context.is_call and context.func.external() == "builtins.dict"
    return is_dict and "request" in dict(keywords(context))


def _is_request(parameter: syntax.Parameter, function: FunctionScope) -> bool:
    if parameter.annotation is None or function.parent is None or len(function.bindings[parameter.name]) > 1:
        return False
    return function.project.expression(parameter.annotation, function.parent).external() == REQUEST


def _is_parameter(given: Expression, function: FunctionScope) -> bool:
    node = given.node
    if not isinstance(node, syntax.Ref) or "." in node.path:
        return False
    return function.parameter(node.path) is not None and len(function.bindings[node.path]) == 1


def request_first(call: cst.Call, edit: Edit) -> cst.Call:
    """The call with the request as its first argument, taken out of the context where that is written out."""
    args = list(call.args)
    context = named(call, "context") or (args[1] if len(args) > 1 and args[1].keyword is None else None)
    found = None if context is None else _taken(context.value)
    if found is not None and context is not None:
        request, rest = found
        is_last = context.keyword is not None or not any(each.keyword is None for each in args[2:])
        if rest is None and is_last:
            args = without(args, context)
        else:
            left = cst.Dict([]) if rest is None else rest
            args = [each.with_changes(value=left) if each is context else each for each in args]
    elif edit.params["request"]:
        request = cst.Name(edit.params["request"])
    else:
        raise edit.refuse("what the request is called there is not known")
    is_named = args[0].keyword is not None
    added = keyword("request", request) if is_named else cst.Arg(request)
    return call.with_changes(args=[first(call, added), *args])


Taken = tuple["cst.BaseExpression", "cst.BaseExpression | None"]


def _taken(context: cst.BaseExpression) -> Taken | None:
    """The request in a `{...}` or a `dict(...)`, and what is left of that, None for nothing."""
    if isinstance(context, cst.Dict):
        keyed = [each for each in context.elements if isinstance(each, cst.DictElement)]
        entries = [each for each in keyed if _text(each.key) == "request"]
        if len(entries) != 1:
            return None
        left = without_entry(context, entries[0])
        return entries[0].value, left if left.elements else None
    if isinstance(context, cst.Call) and isinstance(context.func, cst.Name) and context.func.value == "dict":
        return _taken_from_call(context)
    return None


def _taken_from_call(context: cst.Call) -> Taken | None:
    request = named(context, "request")
    if request is None:
        return None
    left: Sequence[cst.Arg] = without(context.args, request)
    return request.value, context.with_changes(args=left) if left else None


def _text(key: cst.BaseExpression) -> object:
    return key.evaluated_value if isinstance(key, cst.SimpleString) else None
