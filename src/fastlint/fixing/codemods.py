"""From a finding to the changes that mend it: the node is found, the codemod asked, its orders made text."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastlint.diagnostic import Diagnostic, FixRequest
from fastlint.fixing.draft import Change
from fastlint.fixing.edit import Edit
from fastlint.fixing.refusing import Refused
from fastlint.fixing.syntax import NotReadable

if TYPE_CHECKING:
    import libcst as cst

    from fastlint.fixing.drafts import Drafts

Function = Callable[..., Any]
Find = Callable[[Diagnostic], "Function | None"]


class Broken(Exception):  # noqa: N818 - it reads as what happened
    """A codemod failed in a way that is its own mistake; says which and how."""


def find_codemod(diagnostic: Diagnostic) -> Function | None:
    """The function that a finding's fix names, in its rule."""
    from fastlint.registry import find_rule

    rule = find_rule(diagnostic.code)
    if rule is None or diagnostic.fix is None:
        return None
    codemod = rule.codemods.get(diagnostic.fix.codemod)
    return codemod.function if codemod else None


def changes(drafts: Drafts, request: FixRequest, function: Function) -> dict[str, Change]:
    """What a codemod changes, by file.

    Raises `Refused` where it is no fix, `Broken` where the codemod fails, `NotWritten` where a file that it
    is about cannot be fixed.
    """
    import libcst

    edit = Edit(drafts, request)
    try:
        node = edit.node(request.place, *node_types(function))
        found = edit.settled(node, _asked(function, node, edit))
    except (NotReadable, libcst.CSTValidationError) as error:
        raise Refused(str(error)) from error
    if not found:
        raise Refused("it would change nothing")
    return found


def _asked(function: Function, node: Any, edit: Edit) -> Any:
    import libcst

    from fastlint.fixing.files import NotWritten

    try:
        return function(node, edit)
    except (Refused, NotWritten, NotReadable, libcst.CSTValidationError):
        raise
    except Exception as error:
        from fastlint.failure import told

        package = function.__module__.partition(".")[0]
        raise Broken(f"{function.__name__} failed: {told(error, package)}") from error


def node_types(function: Function) -> tuple[type[cst.CSTNode], ...]:
    """The types of node that a codemod takes: the annotation of its first parameter, a union for several."""
    first = next(iter(inspect.signature(function).parameters))
    holder = types.SimpleNamespace(__annotations__={first: inspect.get_annotations(function)[first]})
    hint: Any = typing.get_type_hints(holder, globalns=function.__globals__)[first]  # pyright: ignore[reportUnknownArgumentType, reportArgumentType] # anything with annotations will do
    return typing.get_args(hint) or (hint,)
