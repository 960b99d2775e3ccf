"""From a finding to the change that mends it: the node is found, the codemod asked, its answer made text."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastlint.diagnostic import Diagnostic, FixRequest
from fastlint.fixing.draft import Change, Draft
from fastlint.fixing.edit import Edit, Refused
from fastlint.fixing.syntax import NotReadable, Piece, names
from fastlint.fixing.text import Splice

if TYPE_CHECKING:
    import libcst as cst

Function = Callable[..., Any]
Find = Callable[[Diagnostic], "Function | None"]


class Broken(Exception):  # noqa: N818 - it reads as what it is
    """A codemod failed in a way that is its own mistake; says which and how."""


def find_codemod(diagnostic: Diagnostic) -> Function | None:
    """The function that a finding's fix names, in its rule."""
    from fastlint.registry import find_rule

    rule = find_rule(diagnostic.code)
    if rule is None or diagnostic.fix is None:
        return None
    codemod = rule.codemods.get(diagnostic.fix.codemod)
    return codemod.function if codemod else None


def change(draft: Draft, request: FixRequest, function: Function) -> Change:
    """What a codemod changes. Raises `Refused` where it is no fix, `Broken` where the codemod fails."""
    try:
        span = request.place.span
        piece = draft.piece(span)
        node = piece.find(node_types(function), *draft.lines.offsets(span))
    except (NotReadable, ValueError, RecursionError) as error:
        raise Refused(str(error)) from error
    if node is None:
        raise Refused("the code there is not what the fix expects")
    return _made(draft, piece, node, Edit(draft, piece, request), function)


def node_types(function: Function) -> tuple[type, ...]:
    """The types of node that a codemod takes: the annotation of its first parameter, a union for several."""
    first = next(iter(inspect.signature(function).parameters))
    holder = types.SimpleNamespace(__annotations__={first: inspect.get_annotations(function)[first]})
    hint: Any = typing.get_type_hints(holder, globalns=function.__globals__)[first]  # pyright: ignore[reportUnknownArgumentType, reportArgumentType] # anything with annotations will do
    return typing.get_args(hint) or (hint,)


def _made(draft: Draft, piece: Piece, node: cst.CSTNode, edit: Edit, function: Function) -> Change:
    import libcst

    try:
        new = function(node, edit)
        made = _replacement(piece, node, new, edit) if new is not None else _removal(draft, piece, node)
    except Refused:
        raise
    except (NotReadable, libcst.CSTValidationError) as error:
        raise Refused(str(error)) from error
    except Exception as error:
        from fastlint.failure import told

        package = function.__module__.partition(".")[0]
        raise Broken(f"{function.__name__} failed: {told(error, package)}") from error
    if not made.splices:
        raise Refused("it would change nothing")
    made.splices += _comments(draft, piece, node, new)
    made.wishes = edit.wishes
    return made


def _replacement(piece: Piece, node: cst.CSTNode, new: cst.CSTNode, edit: Edit) -> Change:
    replacements = {**edit.replacements, node: new}
    written = {name for each in replacements.values() for name in names(each)}
    claims = [piece.claimed(each) for each in replacements]
    return Change(piece.changed(replacements), claims, written=written)


def _removal(draft: Draft, piece: Piece, node: cst.CSTNode) -> Change:
    """A small statement gone: with its line if that has no other, `pass` where a block would be empty."""
    import libcst

    if not isinstance(node, libcst.BaseSmallStatement):
        raise Refused("only a simple statement can be removed")
    line = piece.parents[node]
    start, end = piece.outer(node)
    lines = draft.lines
    siblings = getattr(line, "body", ())
    block = piece.parents.get(line)
    if len(siblings) > 1 or isinstance(line, libcst.SimpleStatementSuite):
        return Change(piece.changed({node: libcst.Pass(semicolon=node.semicolon)}), [(start, end)])
    if len(getattr(block, "body", ())) < 2 and not isinstance(block, libcst.Module):
        return Change(piece.changed({node: libcst.Pass()}), [(start, end)])
    after = lines.start(lines.number(end) + 1)
    rest = lines.text[end:after]
    if rest.lstrip().startswith("#"):
        return Change([Splice(start, end + len(rest) - len(rest.lstrip()), "")], [(start, end)])
    return Change([Splice(lines.start(lines.number(start)), after, "")], [(start, end)])


def _comments(draft: Draft, piece: Piece, node: cst.CSTNode, new: cst.CSTNode | None) -> list[Splice]:
    """The comments that the new code has no place for, on lines of their own above the statement."""
    lost = piece.lost_comments(node, new)
    if not lost:
        return []
    number = piece.statement_line(node)
    line = draft.lines.line(number)
    indent = line[: len(line) - len(line.lstrip())]
    at = draft.lines.start(number)
    return [Splice(at, at, "".join(f"{indent}{comment}{draft.lines.newline}" for comment in lost))]
