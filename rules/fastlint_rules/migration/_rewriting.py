"""Names and expressions replaced all over a body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fastlint.api import cst

N = TypeVar("N", bound="cst.CSTNode")
Change = Callable[["cst.CSTNode"], "cst.CSTNode | None"]


def rewritten(node: N, change: Change) -> N:
    """A node in which each outermost node that `change` has another for has given way to it.

    It is not asked about names that stand for nothing by themselves: attributes, and keywords of arguments.
    """

    class Rewriting(cst.CSTTransformer):
        def on_visit(self, node: cst.CSTNode) -> bool:
            return change(node) is None and not isinstance(node, (cst.Attribute, cst.Arg))

        def on_leave(self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT) -> Any:
            new = change(original_node)
            if new is None and isinstance(original_node, (cst.Attribute, cst.Arg)):
                return original_node.with_changes(value=rewritten(original_node.value, change))
            return updated_node if new is None else new

    found = node.visit(Rewriting())
    assert isinstance(found, type(node)) or isinstance(node, cst.BaseExpression)
    return found  # type: ignore[return-value]  # what takes the place of an expression is one


def reads(node: cst.CSTNode, name: str) -> bool:
    """Whether a name is anywhere in a node."""
    found = False

    def look(each: cst.CSTNode) -> None:
        nonlocal found
        found = found or (isinstance(each, cst.Name) and each.value == name)

    rewritten(node, look)
    return found


def text(node: cst.BaseExpression) -> str | None:
    """What a plain string says."""
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return value if isinstance(value, str) else None


def indented(value: cst.BaseExpression, by: str) -> cst.BaseExpression:
    """An expression whose further lines stand further to the right; what is inside strings stays."""

    class Indenting(cst.CSTTransformer):
        def leave_ParenthesizedWhitespace(  # noqa: N802 - libcst looks for this name
            self,
            original_node: cst.ParenthesizedWhitespace,
            updated_node: cst.ParenthesizedWhitespace,
        ) -> cst.ParenthesizedWhitespace:
            last = updated_node.last_line
            return updated_node.with_changes(last_line=cst.SimpleWhitespace(by + last.value))

        def leave_EmptyLine(  # noqa: N802 - as above
            self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine
        ) -> cst.EmptyLine:
            if updated_node.comment is None:
                return updated_node
            before = updated_node.whitespace
            return updated_node.with_changes(whitespace=cst.SimpleWhitespace(by + before.value))

    found = value.visit(Indenting())
    assert isinstance(found, cst.BaseExpression)
    return found
