"""The layout of a function's parameters: whether they fit on a line, and each on a line of its own."""

from __future__ import annotations

from collections.abc import Mapping

from fastlint.api import Edit, cst

LONGEST = 100
"""How long a line may get by a fix; what was longer before is left to whoever wrote it so."""


def put_parameters(function: cst.FunctionDef, new: cst.Parameters, edit: Edit) -> None:
    """Give a function new parameters: one on a line each, where a line that has several got too long."""
    before = function.whitespace_before_params
    laid, space = _in_lines(new, "    ")
    indent = 4 * sum(isinstance(each, cst.IndentedBlock) for each in edit.ancestors(function))
    longest = _longest_new_line(function, new, before)
    is_shorter = longest + indent > LONGEST and longest > _longest_new_line(function, laid, space)
    if is_shorter and comments(new) + comments(before) == comments(laid):
        edit.replace(before, space)
        new = laid
    edit.replace(function.params, new)


def replace_in_signatures(changes: Mapping[cst.Call, cst.Call], edit: Edit) -> None:
    """Replace calls wherever they stand, and lay the signatures out that they stand in."""
    signatures: dict[cst.FunctionDef, cst.Parameters] = {}
    for node, new in changes.items():
        around = [*edit.ancestors(node)]
        function = next((each for each in around if isinstance(each, cst.FunctionDef)), None)
        if function is None or function.params not in around:
            edit.replace(node, new)
            continue
        changed = signatures.get(function, function.params).deep_replace(node, new)
        assert isinstance(changed, cst.Parameters)
        signatures[function] = changed
    for function, parameters in signatures.items():
        put_parameters(function, parameters, edit)


def comments(node: cst.CSTNode) -> int:
    """How many comments there are in some code."""
    found = 1 if isinstance(node, cst.Comment) else 0
    return found + sum(map(comments, node.children))


def _longest_new_line(
    function: cst.FunctionDef, parameters: cst.Parameters, before: cst.BaseParenthesizableWhitespace
) -> int:
    """How long the longest line of a signature is that was not there before, without its indent."""
    old = _lines(function, function.params, function.whitespace_before_params)
    lines = _lines(function, parameters, before)
    return max((len(each) for each in lines if each not in old), default=0)


def _lines(
    function: cst.FunctionDef, parameters: cst.Parameters, before: cst.BaseParenthesizableWhitespace
) -> list[str]:
    header = function.with_changes(
        params=parameters,
        whitespace_before_params=before,
        decorators=[],
        leading_lines=[],
        lines_after_decorators=[],
        body=cst.SimpleStatementSuite([]),
    )
    return _code(header).splitlines()


def _in_lines(parameters: cst.Parameters, indent: str) -> tuple[cst.Parameters, cst.ParenthesizedWhitespace]:
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
