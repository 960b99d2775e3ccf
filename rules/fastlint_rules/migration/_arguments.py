"""Arguments of a call taken away or renamed, the others laid out as they were."""

from __future__ import annotations

from collections.abc import Mapping

from fastlint.api import cst


def keyword(argument: cst.Arg) -> str:
    """The name of a keyword argument, or ''."""
    return "" if argument.keyword is None else argument.keyword.value


def is_constant(argument: cst.Arg, *names: str) -> bool:
    """Whether the value of an argument is one of some names: `True`, `None`."""
    return isinstance(argument.value, cst.Name) and argument.value.value in names


def renamed(argument: cst.Arg, name: str) -> cst.Arg:
    """A keyword argument under another name."""
    assert argument.keyword is not None
    return argument.with_changes(keyword=argument.keyword.with_changes(value=name))


def named_anew(call: cst.Call, names: Mapping[str, str]) -> cst.Call:
    """A call some of whose keyword arguments have other names."""
    arguments = [
        renamed(each, names[keyword(each)]) if keyword(each) in names else each for each in call.args
    ]
    return call.with_changes(args=arguments)


def with_only(call: cst.Call, kept: list[cst.Arg]) -> cst.Call:
    """A call with some of its arguments; the last one ends as the last one did."""
    if not kept:
        return call.with_changes(args=[], whitespace_before_args=cst.SimpleWhitespace(""))
    *others, own = kept
    last = call.args[-1]
    comma, end = last.comma, last.whitespace_after_arg
    between = own.comma.whitespace_after if isinstance(own.comma, cst.Comma) else None
    if isinstance(comma, cst.Comma):
        comma = comma.with_changes(whitespace_after=_commented(comma.whitespace_after, between))
    else:
        end = _commented(end, between)
    return call.with_changes(args=[*others, own.with_changes(comma=comma, whitespace_after_arg=end)])


def _commented(
    end: cst.BaseParenthesizableWhitespace, own: cst.BaseParenthesizableWhitespace | None
) -> cst.BaseParenthesizableWhitespace:
    """The end of a list of arguments, with the comment that stands behind the argument which is last now."""
    if isinstance(end, cst.ParenthesizedWhitespace) and isinstance(own, cst.ParenthesizedWhitespace):
        return end.with_changes(first_line=own.first_line)
    return end
