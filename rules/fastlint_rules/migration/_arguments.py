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
    last = call.args[-1]
    ends = kept[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    return call.with_changes(args=[*kept[:-1], ends])
