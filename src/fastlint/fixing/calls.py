"""One more argument for a call, laid out as the others are."""

from __future__ import annotations

from libcst import (
    Arg,
    AssignEqual,
    BaseExpression,
    BaseParenthesizableWhitespace,
    Call,
    Comma,
    Name,
    ParenthesizedWhitespace,
    SimpleWhitespace,
)

NOTHING = SimpleWhitespace("")


def with_argument(call: Call, name: str, value: BaseExpression) -> Call:
    """The call with `name=value` after its arguments, on a line of its own where the bracket has one."""
    added = Arg(value, keyword=Name(name), equal=AssignEqual(NOTHING, NOTHING))
    if not call.args:
        return call.with_changes(args=[added])
    *others, last = call.args
    if isinstance(last.comma, Comma):
        end = last.comma.whitespace_after
        added = added.with_changes(comma=Comma(whitespace_after=_without_comment(end)))
    else:
        end = last.whitespace_after_arg
        added = added.with_changes(whitespace_after_arg=_without_comment(end))
    between = Comma(whitespace_after=_like_the_first(end, call.whitespace_before_args))
    last = last.with_changes(comma=between, whitespace_after_arg=NOTHING)
    return call.with_changes(args=[*others, last, added])


def _without_comment(end: BaseParenthesizableWhitespace) -> BaseParenthesizableWhitespace:
    if not isinstance(end, ParenthesizedWhitespace):
        return end
    return ParenthesizedWhitespace(indent=end.indent, last_line=end.last_line)


def _like_the_first(
    end: BaseParenthesizableWhitespace, before: BaseParenthesizableWhitespace
) -> BaseParenthesizableWhitespace:
    """What stands before the new argument: the end of the line above with its comment, then the first
    argument's indentation."""
    if not isinstance(end, ParenthesizedWhitespace):
        return SimpleWhitespace(" ")
    if not isinstance(before, ParenthesizedWhitespace):
        return end
    return end.with_changes(indent=before.indent, last_line=before.last_line)
