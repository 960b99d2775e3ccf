"""Brackets for an expression that takes another's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import libcst as cst

ATOM, PRIMARY, AWAIT, POWER, UNARY, OPERATOR, COMPARISON, NOT, AND, OR, CONDITION, LAMBDA, LOOSE = range(13)


def fitting(parent: cst.CSTNode | None, old: cst.CSTNode, new: cst.CSTNode) -> cst.CSTNode:
    """The new expression, in brackets when it would fall apart where the old one stood."""
    import libcst

    if not isinstance(new, libcst.BaseExpression) or not isinstance(old, libcst.BaseExpression):
        return new
    if parent is None or looseness(new) <= looseness(old) or looseness(new) <= _bears(parent, old):
        return new
    return bracketed(new)


def bracketed(node: cst.CSTNode) -> cst.CSTNode:
    import libcst

    return node.with_changes(lpar=[libcst.LeftParen()], rpar=[libcst.RightParen()])


def falls_apart(parent: cst.CSTNode, child: cst.CSTNode) -> bool:
    """Whether an expression needs brackets below a parent and has none."""
    import libcst

    return isinstance(child, libcst.BaseExpression) and looseness(child) > _bears(parent, child)


def looseness(node: cst.BaseExpression) -> int:
    """How loosely an expression holds together, by the order of Python's operators."""
    import libcst

    if node.lpar:
        return ATOM
    if isinstance(node, libcst.BinaryOperation):
        return POWER if isinstance(node.operator, libcst.Power) else OPERATOR
    if isinstance(node, libcst.UnaryOperation):
        return NOT if isinstance(node.operator, libcst.Not) else UNARY
    if isinstance(node, libcst.BooleanOperation):
        return AND if isinstance(node.operator, libcst.And) else OR
    levels: list[tuple[tuple[type, ...], int]] = [
        ((libcst.Await,), AWAIT),
        ((libcst.Attribute, libcst.Call, libcst.Subscript), PRIMARY),
        ((libcst.Comparison,), COMPARISON),
        ((libcst.IfExp,), CONDITION),
        ((libcst.Lambda,), LAMBDA),
        ((libcst.NamedExpr, libcst.Yield, libcst.Tuple, libcst.GeneratorExp), LOOSE),
    ]
    return next((level for kinds, level in levels if isinstance(node, kinds)), ATOM)


def _bears(parent: cst.CSTNode, child: cst.CSTNode) -> int:
    """The loosest expression that may stand without brackets where a child stands."""
    import libcst

    if isinstance(parent, (libcst.Attribute, libcst.Subscript)) and parent.value is child:
        return PRIMARY
    if isinstance(parent, libcst.Call) and parent.func is child:
        return PRIMARY
    if isinstance(parent, libcst.Await):
        return PRIMARY
    if isinstance(parent, libcst.ComparisonTarget):
        return OPERATOR
    if isinstance(parent, (libcst.CompFor, libcst.CompIf)):
        return OR
    if isinstance(parent, (libcst.BinaryOperation, libcst.BooleanOperation, libcst.Comparison)):
        return _within(parent)
    if isinstance(parent, (libcst.UnaryOperation, libcst.IfExp)):
        return _within(parent)
    if isinstance(parent, (libcst.Arg, libcst.StarredElement)) and getattr(parent, "star", True):
        return OPERATOR
    if isinstance(parent, (libcst.Expr, libcst.Return, libcst.Assign)):
        return LOOSE
    if isinstance(parent, (libcst.Arg, libcst.Element)) or getattr(parent, "value", None) is child:
        return LAMBDA if isinstance(parent, (libcst.Arg, libcst.Element, libcst.DictElement)) else CONDITION
    return CONDITION


def _within(parent: cst.BaseExpression) -> int:
    """Just tighter than the operator itself, so that neither side of it can be wrong."""
    from libcst import BinaryOperation, Power

    if isinstance(parent, BinaryOperation) and isinstance(parent.operator, Power):
        return AWAIT
    return looseness(parent.with_changes(lpar=[], rpar=[])) - 1
