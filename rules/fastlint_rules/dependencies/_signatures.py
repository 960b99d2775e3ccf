"""The layout of a function's parameters: whether they fit on a line, and each on a line of its own."""

from __future__ import annotations

from fastlint.api import cst

LONGEST = 100
"""How long a line may get by a fix; what was longer before is left to whoever wrote it so."""


def is_too_long(function: cst.FunctionDef, new: cst.Parameters, indent: int) -> bool:
    """Whether parameters that stand on one line would make it too long. `indent` is that of the function."""
    if any("\n" in _code(each).rstrip() for each in (function.params, new)):
        return False
    if isinstance(function.whitespace_before_params, cst.ParenthesizedWhitespace):
        return indent + 4 + len(_code(new).rstrip()) > LONGEST
    header = function.with_changes(
        params=new,
        decorators=[],
        leading_lines=[],
        lines_after_decorators=[],
        body=cst.SimpleStatementSuite([]),
    )
    return indent + len(_code(header).rstrip()) > LONGEST


def in_lines(parameters: cst.Parameters, indent: str) -> tuple[cst.Parameters, cst.ParenthesizedWhitespace]:
    """The parameters with each on a line of its own, and the space before them."""
    between = cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(indent))
    end = cst.ParenthesizedWhitespace(indent=True)
    comma = cst.Comma(whitespace_after=between)
    last = _last(parameters)

    def own(each: cst.Param) -> cst.Param:
        if each is not last:
            return each.with_changes(comma=comma)
        return each.with_changes(
            comma=cst.Comma(whitespace_after=end), whitespace_after_param=cst.SimpleWhitespace("")
        )

    star = parameters.star_arg
    kwarg = parameters.star_kwarg
    if isinstance(star, cst.ParamStar):
        star = star.with_changes(comma=comma)
    elif isinstance(star, cst.Param):
        star = own(star)
    slash = parameters.posonly_ind
    return parameters.with_changes(
        posonly_params=[own(each) for each in parameters.posonly_params],
        posonly_ind=slash.with_changes(comma=comma) if isinstance(slash, cst.ParamSlash) else slash,
        params=[own(each) for each in parameters.params],
        star_arg=star,
        kwonly_params=[own(each) for each in parameters.kwonly_params],
        star_kwarg=None if kwarg is None else own(kwarg),
    ), between


def _last(parameters: cst.Parameters) -> cst.Param | None:
    star = parameters.star_arg
    listed = (
        *parameters.posonly_params,
        *parameters.params,
        *((star,) if isinstance(star, cst.Param) else ()),
        *parameters.kwonly_params,
        *((parameters.star_kwarg,) if parameters.star_kwarg is not None else ()),
    )
    return listed[-1] if listed else None


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)
