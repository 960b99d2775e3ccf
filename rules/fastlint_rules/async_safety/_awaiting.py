"""What the fixes that add `await` share."""

from __future__ import annotations

from fastlint.api import Edit, Expression, cst, syntax


def awaited(value: cst.BaseExpression) -> cst.Await:
    """`await value`, in the brackets that the value had."""
    if isinstance(value, (cst.Call, cst.Name, cst.Attribute, cst.Subscript)):
        return cst.Await(value.with_changes(lpar=[], rpar=[]), lpar=value.lpar, rpar=value.rpar)
    in_brackets = value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.Await(value if value.lpar else in_brackets)


def require_async(node: cst.CSTNode, edit: Edit) -> None:
    """Refuse where nothing can be awaited."""
    for around in edit.ancestors(node):
        if isinstance(around, (cst.Lambda, cst.GeneratorExp)):
            raise edit.refuse("nothing can be awaited there")
        if isinstance(around, cst.FunctionDef):
            if around.asynchronous:
                return
            break
    raise edit.refuse("it is not in the async function itself")


def can_be_caught(call: Expression) -> bool:
    """Whether what a call raises may go no further than the code around it."""
    return any(_catches(statement, call) for statement in syntax.around(call.scope.body, call.node))


def _catches(statement: syntax.Statement, call: Expression) -> bool:
    if isinstance(statement, syntax.Try):
        return bool(statement.handlers) and syntax.encloses(statement.body, call.node)
    items = statement.items if isinstance(statement, syntax.With) else ()
    return any("suppress" in call.at(item.context).text() for item in items)
