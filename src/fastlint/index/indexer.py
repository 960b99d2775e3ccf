"""One pass over the syntax tree of one file: `ast` in, facts out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from fastlint.diagnostic import Span
from fastlint.index import syntax
from fastlint.index.syntax import Expr, Statement

OPERATORS: dict[type[ast.AST], str] = {
    ast.And: "and",
    ast.Or: "or",
    ast.Not: "not",
    ast.BitOr: "|",
    ast.Add: "+",
    ast.Mod: "%",
    ast.Div: "/",
}
COMPARED: dict[type[ast.AST], str] = {ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "in"}
_yielding: list[bool] = [False]
"""Whether the functions that are being converted yield, the innermost one last."""

GENERATED = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator"}


def index(tree: ast.Module) -> tuple[Statement, ...]:
    """The facts of a module's body."""
    return _block(tree.body)


def expression(source: str, span: Span) -> Expr | None:
    """The facts of an annotation that was written as a string, or None when it is no expression."""
    try:
        tree = ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, (ast.expr, ast.keyword)):
            node.lineno, node.col_offset = span.line, span.column
            node.end_lineno, node.end_col_offset = span.end_line, span.end_column
    return _expr(tree.body)


def _span(node: Any) -> Span:
    return Span(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def _expr(node: ast.expr) -> Expr:
    convert = _EXPRESSIONS.get(type(node))
    return syntax.Opaque(_span(node)) if convert is None else convert(node)


def _maybe(node: ast.expr | None) -> Expr | None:
    return None if node is None else _expr(node)


def _exprs(nodes: Iterable[ast.expr]) -> tuple[Expr, ...]:
    return tuple([_expr(node) for node in nodes])


def _name(node: ast.Name) -> Expr:
    return syntax.Ref(_span(node), node.id)


def _attribute(node: ast.Attribute) -> Expr:
    value = _expr(node.value)
    if type(value) is syntax.Ref:
        return syntax.Ref(_span(node), f"{value.path}.{node.attr}")
    return syntax.Attribute(_span(node), value, node.attr)


def _call(node: ast.Call) -> Expr:
    return syntax.Call(_span(node), _expr(node.func), _exprs(node.args), _keywords(node.keywords))


def _keywords(nodes: list[ast.keyword]) -> tuple[syntax.Keyword, ...]:
    return tuple([syntax.Keyword(_span(node), node.arg, _expr(node.value)) for node in nodes])


_OPAQUE: dict[type, str] = {type(...): "...", bytes: 'b""'}


def _constant(node: ast.Constant) -> Expr:
    value = node.value
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return syntax.Opaque(_span(node))
    if isinstance(value, (str, int, float)) or value is None:
        return syntax.Constant(_span(node), _clean(value) if isinstance(value, str) else value)
    return syntax.Opaque(_span(node), _OPAQUE.get(type(value), ""))


def _clean(text: str) -> str:
    """Lone surrogates cannot be serialised as UTF-8, and mean nothing to any rule."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _collection(node: ast.List | ast.Tuple | ast.Set) -> Expr:
    return syntax.Collection(_span(node), type(node).__name__.lower(), _exprs(node.elts))


def _mapping(node: ast.Dict) -> Expr:
    keys = tuple([_maybe(key) for key in node.keys])
    return syntax.Mapping(_span(node), keys, _exprs(node.values))


def _template(node: ast.JoinedStr) -> Expr:
    return syntax.Template(_span(node), _exprs(node.values))


def _formatted(node: ast.FormattedValue) -> Expr:
    return _expr(node.value)


def _subscript(node: ast.Subscript) -> Expr:
    return syntax.Subscript(_span(node), _expr(node.value), _expr(node.slice))


def _await(node: ast.Await) -> Expr:
    return syntax.Await(_span(node), _expr(node.value))


def _yield(node: ast.Yield) -> Expr:
    _yielding[-1] = True
    return syntax.Yield(_span(node), _maybe(node.value), False)


def _yield_from(node: ast.YieldFrom) -> Expr:
    _yielding[-1] = True
    return syntax.Yield(_span(node), _expr(node.value), True)


def _starred(node: ast.Starred) -> Expr:
    return syntax.Starred(_span(node), _expr(node.value))


def _boolean(node: ast.BoolOp) -> Expr:
    return syntax.Operation(_span(node), OPERATORS[type(node.op)], _exprs(node.values))


def _binary(node: ast.BinOp) -> Expr:
    operator = OPERATORS.get(type(node.op), "other")
    return syntax.Operation(_span(node), operator, (_expr(node.left), _expr(node.right)))


def _unary(node: ast.UnaryOp) -> Expr:
    if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        if isinstance(value, (int, float)) and abs(value) < 2**63:
            return syntax.Constant(_span(node), -value)
    return syntax.Operation(_span(node), OPERATORS.get(type(node.op), "other"), (_expr(node.operand),))


def _compare(node: ast.Compare) -> Expr:
    operator = COMPARED.get(type(node.ops[0]), "compare") if len(node.ops) == 1 else "compare"
    return syntax.Operation(_span(node), operator, (_expr(node.left), *_exprs(node.comparators)))


def _choice(node: ast.IfExp) -> Expr:
    return syntax.Operation(_span(node), "if", (_expr(node.test), _expr(node.body), _expr(node.orelse)))


def _named(node: ast.NamedExpr) -> Expr:
    return syntax.Operation(_span(node), ":=", (_expr(node.target), _expr(node.value)))


def _slice(node: ast.Slice) -> Expr:
    parts = [part for part in (node.lower, node.upper, node.step) if part is not None]
    return syntax.Operation(_span(node), "slice", _exprs(parts))


def _comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Expr:
    return syntax.Comprehension(
        _span(node), GENERATED[type(node)], (_expr(node.elt),), _generators(node.generators)
    )


def _dict_comprehension(node: ast.DictComp) -> Expr:
    elements = (_expr(node.key), _expr(node.value))
    return syntax.Comprehension(_span(node), "dict", elements, _generators(node.generators))


def _generators(nodes: list[ast.comprehension]) -> tuple[syntax.Generator, ...]:
    return tuple(
        [
            syntax.Generator(
                _span(node.target),
                _expr(node.target),
                _expr(node.iter),
                _exprs(node.ifs),
                bool(node.is_async),
            )
            for node in nodes
        ]
    )


def _lambda(node: ast.Lambda) -> Expr:
    span = _span(node)
    _yielding.append(False)
    body = (syntax.Return(_span(node.body), _expr(node.body)),)
    _yielding.pop()
    function = syntax.Function(span, "<lambda>", _parameters(node.args), (), None, body, False, False)
    return syntax.Lambda(span, function)


def _block(nodes: list[ast.stmt]) -> tuple[Statement, ...]:
    found: list[Statement] = []
    for node in nodes:
        convert = _STATEMENTS.get(type(node))
        if convert is not None:
            found.extend(convert(node))
    return tuple(found)


def _import(node: ast.Import) -> Iterable[Statement]:
    span = _span(node)
    return [syntax.Import(span, alias.name, "", alias.asname or "", 0) for alias in node.names]


def _import_from(node: ast.ImportFrom) -> Iterable[Statement]:
    span = _span(node)
    return [
        syntax.Import(span, node.module or "", alias.name, alias.asname or alias.name, node.level)
        for alias in node.names
    ]


def _assign(node: ast.Assign) -> Iterable[Statement]:
    return (syntax.Assign(_span(node), _exprs(node.targets), _expr(node.value), None, False),)


def _annotated(node: ast.AnnAssign) -> Iterable[Statement]:
    target = (_expr(node.target),)
    return (syntax.Assign(_span(node), target, _maybe(node.value), _expr(node.annotation), False),)


def _augmented(node: ast.AugAssign) -> Iterable[Statement]:
    return (syntax.Assign(_span(node), (_expr(node.target),), _expr(node.value), None, True),)


def _evaluate(node: ast.Expr) -> Iterable[Statement]:
    if isinstance(node.value, ast.Constant):
        return ()
    return (syntax.Evaluate(_span(node), _expr(node.value)),)


def _return(node: ast.Return) -> Iterable[Statement]:
    return (syntax.Return(_span(node), _maybe(node.value)),)


def _raise(node: ast.Raise) -> Iterable[Statement]:
    return (syntax.Raise(_span(node), _maybe(node.exc)),)


def _scoped(node: ast.Global | ast.Nonlocal) -> Iterable[Statement]:
    return (syntax.Scoped(_span(node), tuple(node.names)),)


def _assert(node: ast.Assert) -> Iterable[Statement]:
    return (syntax.Evaluate(_span(node), _expr(node.test), asserted=True),)


def _delete(node: ast.Delete) -> Iterable[Statement]:
    return [syntax.Evaluate(_span(target), _expr(target)) for target in node.targets]


def _if(node: ast.If) -> Iterable[Statement]:
    return (syntax.If(_span(node), _expr(node.test), _block(node.body), _block(node.orelse)),)


def _for(node: ast.For | ast.AsyncFor) -> Iterable[Statement]:
    target, source = _expr(node.target), _expr(node.iter)
    is_async = isinstance(node, ast.AsyncFor)
    return (syntax.Loop(_span(node), target, source, _block(node.body), _block(node.orelse), is_async),)


def _while(node: ast.While) -> Iterable[Statement]:
    return (syntax.Loop(_span(node), None, _expr(node.test), _block(node.body), _block(node.orelse), False),)


def _with(node: ast.With | ast.AsyncWith) -> Iterable[Statement]:
    items = [
        syntax.WithItem(_span(item.context_expr), _expr(item.context_expr), _maybe(item.optional_vars))
        for item in node.items
    ]
    return (syntax.With(_span(node), tuple(items), _block(node.body), isinstance(node, ast.AsyncWith)),)


def _try(node: Any) -> Iterable[Statement]:
    handlers = [
        syntax.Handler(_span(handler), _maybe(handler.type), handler.name or "", _block(handler.body))
        for handler in node.handlers
    ]
    body, orelse, final = _block(node.body), _block(node.orelse), _block(node.finalbody)
    return (syntax.Try(_span(node), body, tuple(handlers), orelse, final),)


def _match(node: ast.Match) -> Iterable[Statement]:
    cases = [syntax.Case(_span(case.pattern), _maybe(case.guard), _block(case.body)) for case in node.cases]
    return (syntax.Match(_span(node), _expr(node.subject), tuple(cases)),)


def _alias(node: Any) -> Iterable[Statement]:
    return (syntax.Alias(_span(node), node.name.id, _expr(node.value)),)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterable[Statement]:
    is_async = isinstance(node, ast.AsyncFunctionDef)
    keyword = "async def " if is_async else "def "
    _yielding.append(False)
    body = _block(node.body)
    is_generator = _yielding.pop()
    return (
        syntax.Function(
            _named_span(node, keyword),
            node.name,
            _parameters(node.args),
            _exprs(node.decorator_list),
            _maybe(node.returns),
            body,
            is_async,
            is_generator,
        ),
    )


def _class(node: ast.ClassDef) -> Iterable[Statement]:
    return (
        syntax.Class(
            _named_span(node, "class "),
            node.name,
            _exprs(node.bases),
            _keywords(node.keywords),
            _exprs(node.decorator_list),
            _block(node.body),
        ),
    )


def _named_span(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, keyword: str) -> Span:
    start = node.col_offset + len(keyword)
    return Span(node.lineno, start, node.lineno, start + len(node.name.encode()))


def _parameters(node: ast.arguments) -> tuple[syntax.Parameter, ...]:
    found: list[syntax.Parameter] = []
    positional = [*node.posonlyargs, *node.args]
    padding: list[ast.expr | None] = [None] * (len(positional) - len(node.defaults))
    for place, (argument, default) in enumerate(zip(positional, [*padding, *node.defaults], strict=True)):
        kind = "positional" if place < len(node.posonlyargs) else "normal"
        found.append(_parameter(argument, kind, default))
    if node.vararg:
        found.append(_parameter(node.vararg, "args", None))
    for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        found.append(_parameter(argument, "keyword", default))
    if node.kwarg:
        found.append(_parameter(node.kwarg, "kwargs", None))
    return tuple(found)


def _parameter(node: ast.arg, kind: str, default: ast.expr | None) -> syntax.Parameter:
    return syntax.Parameter(_span(node), node.arg, kind, _maybe(node.annotation), _maybe(default))


_EXPRESSIONS: dict[type[ast.AST], Callable[[Any], Expr]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Constant: _constant,
    ast.List: _collection,
    ast.Tuple: _collection,
    ast.Set: _collection,
    ast.Dict: _mapping,
    ast.JoinedStr: _template,
    ast.FormattedValue: _formatted,
    ast.Subscript: _subscript,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.Starred: _starred,
    ast.BoolOp: _boolean,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.IfExp: _choice,
    ast.NamedExpr: _named,
    ast.Slice: _slice,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _dict_comprehension,
    ast.Lambda: _lambda,
}
_STATEMENTS: dict[type[ast.AST], Callable[[Any], Iterable[Statement]]] = {
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Expr: _evaluate,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Global: _scoped,
    ast.Nonlocal: _scoped,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.Match: _match,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
}
for _newer, _convert in (("TryStar", _try), ("TypeAlias", _alias)):  # 3.11 and 3.12 added these
    if hasattr(ast, _newer):
        _STATEMENTS[getattr(ast, _newer)] = _convert
for _newer, _converted in (("TemplateStr", _template), ("Interpolation", _formatted)):  # as did 3.14
    if hasattr(ast, _newer):
        _EXPRESSIONS[getattr(ast, _newer)] = _converted
