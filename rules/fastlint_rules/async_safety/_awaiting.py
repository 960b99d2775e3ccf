"""What the fixes that add `await` and `async` share."""

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
        if isinstance(around, (cst.Lambda, cst.GeneratorExp, cst.ClassDef)):
            raise edit.refuse("nothing can be awaited there")
        if isinstance(around, cst.FunctionDef):
            if around.asynchronous:
                return
            break
    raise edit.refuse("it is not in the async function itself")


def plain_def(name: cst.Name, edit: Edit) -> cst.FunctionDef:
    """The `def` of which it is the name; refuse where it is that of something else."""
    function = next(edit.ancestors(name), None)
    if not isinstance(function, cst.FunctionDef) or function.asynchronous is not None:
        raise edit.refuse("it is no `def`")
    return function


def can_be_caught(call: Expression) -> bool:
    """Whether what a call raises may go no further than the code around it."""
    return any(_catches(statement, call) for statement in syntax.around(call.scope.body, call.node))


def _catches(statement: syntax.Statement, call: Expression) -> bool:
    if isinstance(statement, syntax.Try):
        return bool(statement.handlers) and syntax.encloses(statement.body, call.node)
    items = statement.items if isinstance(statement, syntax.With) else ()
    return any("suppress" in call.at(item.context).text() for item in items)


def await_calls(body: cst.BaseSuite, names: frozenset[str]) -> cst.BaseSuite:
    """A function's body with an `await` before each call of something that is spelled like this."""

    class Awaiting(cst.CSTTransformer):
        def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: N802 - libcst's name
            return False

        def visit_Lambda(self, node: cst.Lambda) -> bool:  # noqa: N802 - libcst's name
            return False

        def visit_GeneratorExp(self, node: cst.GeneratorExp) -> bool:  # noqa: N802 - libcst's name
            return False

        def leave_Call(  # noqa: N802 - libcst's name
            self, original_node: cst.Call, updated_node: cst.Call
        ) -> cst.BaseExpression:
            call = updated_node.with_changes(func=in_brackets(updated_node.func))
            return awaited(call) if spelled(original_node.func) in names else call

        def leave_Attribute(  # noqa: N802 - libcst's name
            self, original_node: cst.Attribute, updated_node: cst.Attribute
        ) -> cst.BaseExpression:
            return updated_node.with_changes(value=in_brackets(updated_node.value))

        def leave_Subscript(  # noqa: N802 - libcst's name
            self, original_node: cst.Subscript, updated_node: cst.Subscript
        ) -> cst.BaseExpression:
            return updated_node.with_changes(value=in_brackets(updated_node.value))

    changed = body.visit(Awaiting())
    assert isinstance(changed, cst.BaseSuite)
    return changed


def in_brackets(value: cst.BaseExpression) -> cst.BaseExpression:
    """An `await` as something of which an attribute or an item is taken."""
    if not isinstance(value, cst.Await) or value.lpar:
        return value
    return value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def spelled(node: cst.BaseExpression) -> str:
    """A dotted name as the code spells it; '' for what is none."""
    if isinstance(node, cst.Name):
        return node.value
    owner = spelled(node.value) if isinstance(node, cst.Attribute) else ""
    return f"{owner}.{node.attr.value}" if owner and isinstance(node, cst.Attribute) else ""
