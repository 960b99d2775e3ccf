"""From `user: User = Depends(get_user)` to `user: Annotated[User, Depends(get_user)]`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from fastlint.api import (
    Edit,
    HandlerParameter,
    MarkedSignature,
    cst,
    is_as_written,
    is_evaluable,
    keeps_annotations_as_text,
    spelled,
    syntax,
)
from fastlint_rules._arguments import call_without
from fastlint_rules.dependencies._signatures import comments, put_parameters

ANNOTATED = "fastapi>=0.95"


def annotate(name: cst.Name, edit: Edit, *, keeps_default: bool) -> cst.Name:
    """Move the markers of the parameters `names` of the function of a name into `Annotated`.

    The parameters get a line each if one that they stand on became too long.
    """
    function = next(edit.ancestors(name))
    if not isinstance(function, cst.FunctionDef):
        raise edit.refuse("the parameters are not written there")
    names = edit.params["names"].split(",")
    new = annotated(function.params, names, edit, keeps_default=keeps_default)
    put_parameters(function, new, edit)
    return name


def annotated(
    parameters: cst.Parameters, names: Collection[str], edit: Edit, *, keeps_default: bool
) -> cst.Parameters:
    """The parameters in their order, with the markers of some of them in `Annotated`.

    `keeps_default` leaves what a marker has as its default behind the type. Those that have none where one
    before them has become keywords.
    """

    def moved(each: cst.Param) -> cst.Param:
        return _moved(each, edit, keeps_default) if each.name.value in names else each

    return rewritten(parameters, moved, edit)


def rewritten(
    parameters: cst.Parameters, change: Callable[[cst.Param], cst.Param], edit: Edit
) -> cst.Parameters:
    """The parameters changed, in their order: keywords from where one without a default follows one with."""
    before = [change(each) for each in parameters.posonly_params]
    plain = [change(each) for each in parameters.params]
    keywords = [change(each) for each in parameters.kwonly_params]
    if sum(map(comments, (*before, *plain, *keywords))) != sum(
        map(comments, (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params))
    ):
        raise edit.refuse("a comment would be lost")
    position = _first_keyword(*([each.default is not None for each in group] for group in (before, plain)))
    if position is None:
        return parameters.with_changes(posonly_params=before, params=plain, kwonly_params=keywords)
    if isinstance(parameters.star_arg, cst.Param):
        raise edit.refuse(f"`*{parameters.star_arg.name.value}` takes what is passed by position")
    star = cst.ParamStar(cst.Comma(whitespace_after=_space([*before, *plain[:position]][-1])))
    above = plain if position else before
    above[position - 1] = _without_lines(above[position - 1])
    return parameters.with_changes(
        posonly_params=before,
        params=plain[:position],
        star_arg=star,
        kwonly_params=[*plain[position:], *keywords],
    )


def _moved(parameter: cst.Param, edit: Edit, keeps_default: bool) -> cst.Param:
    marker = parameter.default
    if marker is None:
        raise edit.refuse("the default is not written there")
    annotation = parameter.annotation or cst.Annotation(_type(parameter, edit))
    default: cst.BaseExpression | None = None
    if keeps_default:
        if not isinstance(marker, cst.Call):
            raise edit.refuse("the default is not written there")
        marker, default = _split(marker, edit)
    parts = [cst.SubscriptElement(cst.Index(each)) for each in (annotation.annotation, marker)]
    return parameter.with_changes(
        annotation=annotation.with_changes(
            annotation=cst.Subscript(edit.name("typing.Annotated"), parts),
        ),
        default=default,
        equal=parameter.equal if default is not None else cst.MaybeSentinel.DEFAULT,
    )


def _type(parameter: cst.Param, edit: Edit) -> cst.BaseExpression:
    """The type that a fix knows for a parameter which has none: `types` are such as `user=User`."""
    known = dict(each.split("=") for each in edit.params.get("types", "").split(",") if each)
    found = known.get(parameter.name.value)
    return edit.name("typing.Any") if found is None else cst.parse_expression(found)


def _split(marker: cst.Call, edit: Edit) -> tuple[cst.Call, cst.BaseExpression | None]:
    """`Query(le=9)` and `5` of `Query(5, le=9)`; no default of `Query(...)`."""
    given = [each for each in marker.args if each.keyword is None or each.keyword.value == "default"]
    if len(given) > 1 or any(each.star for each in marker.args):
        raise edit.refuse("the default has other arguments")
    if not given:
        return marker, None
    value = given[0].value
    if isinstance(value, cst.NamedExpr):
        raise edit.refuse("the default binds a name")
    return call_without(marker, given[0]), None if isinstance(value, cst.Ellipsis) else value


def _first_keyword(before: Sequence[bool], defaults: Sequence[bool]) -> int | None:
    """The first parameter without a default behind one that has one; None where there is none."""
    has_default = any(before)
    for position, each in enumerate(defaults):
        if has_default and not each:
            return position
        has_default = has_default or each
    return None


def _space(parameter: cst.Param) -> cst.BaseParenthesizableWhitespace:
    """What stands between a parameter and the next, without the comment on its own line."""
    space = parameter.comma.whitespace_after if isinstance(parameter.comma, cst.Comma) else None
    if isinstance(space, cst.ParenthesizedWhitespace):
        return space.with_changes(first_line=cst.TrailingWhitespace())
    return cst.SimpleWhitespace(" ")


def _without_lines(parameter: cst.Param) -> cst.Param:
    """A parameter without the comments above the next one."""
    comma = parameter.comma
    if not isinstance(comma, cst.Comma) or not isinstance(
        comma.whitespace_after, cst.ParenthesizedWhitespace
    ):
        return parameter
    space = comma.whitespace_after.with_changes(empty_lines=[])
    return parameter.with_changes(comma=comma.with_changes(whitespace_after=space))


def can_be_moved(parameter: HandlerParameter) -> bool:
    """Whether FastAPI would find a marker in the annotation of a parameter as it finds it as the default."""
    annotation, default = parameter.annotation, parameter.default
    if default is None or parameter.metadata or not is_evaluable(default, parameter.function):
        return False
    return annotation is None or is_evaluable(annotation, parameter.function)


def breaks_a_call(signature: MarkedSignature, required: Collection[str]) -> bool:
    """Whether a call in the project would fail, were these parameters without defaults: it leaves one out,
    or passes by position what becomes a keyword."""
    bound = keywords_from(signature, required)
    return any(
        not set(required) <= each.passed or (bound is not None and (each.positional or 0) > bound)
        for each in signature.callers
        if each.is_certain and each.positional is not None
    )


def keywords_from(signature: MarkedSignature, required: Collection[str]) -> int | None:
    """How many arguments can still be passed by position; None for as many as before."""
    own = [each for each in signature.function.node.parameters if each.kind in ("positional", "normal")]
    defaults = [each.default is not None and each.name not in required for each in own]
    position = _first_keyword((), defaults)
    is_bound = signature.function.owner is not None
    return None if position is None else position - is_bound


def doubt(signature: MarkedSignature, required: Collection[str]) -> str:
    """Why code may be left that calls the function as it was; '' where there is certainly none."""
    function = signature.function
    if not signature.is_injected:
        return f"nothing shows that FastAPI calls `{function.label}`"
    if not is_as_written(function):
        return "what decorates it may pass arguments by position"
    if function.owner is not None and function.project.subclasses(function.owner):
        return "subclasses may call it"
    if keywords_from(signature, required) is not None or required:
        unknown = next(
            (each for each in signature.callers if not each.is_certain or each.positional is None), None
        )
        if unknown is not None:
            return f"line {unknown.place.span.line} of `{unknown.place.path}` may call it otherwise"
        lookup = signature.looked_up
        if lookup is not None:
            return (
                f"line {lookup.place.span.line} of `{lookup.place.path}` may look it up and call it otherwise"
            )
        if signature.is_handed_on:
            return "it is handed to what may call it otherwise"
    return ""


def is_made_anew(parameter: HandlerParameter) -> bool:
    """Whether FastAPI would make what a marker is given for every route, from an annotation that is text."""
    default = parameter.default
    if default is None or not default.is_call or not keeps_annotations_as_text(parameter.function):
        return False
    given = (*default.args, *default.keywords.values())
    return any(
        isinstance(each.node, (syntax.Call, syntax.Lambda)) for argument in given for each in argument.walk()
    )


def has_text(annotation: syntax.Expr) -> bool:
    """Whether a type, or a part of it, is in quotes; what `Literal` is given is no type."""
    if isinstance(annotation, syntax.Constant):
        return isinstance(annotation.value, str)
    if isinstance(annotation, syntax.Subscript) and spelled(annotation.value).endswith("Literal"):
        return False
    return any(map(has_text, syntax.operands(annotation)))
