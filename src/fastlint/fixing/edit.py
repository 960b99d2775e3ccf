"""What a codemod is given beside its node: names, imports, neighbours, and the right to refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from fastlint.diagnostic import FixRequest, Place
from fastlint.fixing.imports import Style, Wishes

if TYPE_CHECKING:
    import libcst as cst

    from fastlint.fixing.draft import Draft
    from fastlint.fixing.syntax import Piece


class Refused(Exception):  # noqa: N818 - it reads as what happened
    """A codemod sees that it would do harm here; says why."""


class Edit:
    """One run of a codemod: what it may ask about the code around its node, and order beyond it."""

    def __init__(self, draft: Draft, piece: Piece, request: FixRequest) -> None:
        self._draft = draft
        self._piece = piece
        self._request = request
        self.wishes = Wishes()
        self.replacements: dict[cst.CSTNode, cst.CSTNode] = {}

    @property
    def place(self) -> Place:
        return self._request.place

    @property
    def params(self) -> Mapping[str, str]:
        """What the rule passed with its request."""
        return self._request.params

    def name(self, qualified: str, *, prefer: Style = "name") -> cst.BaseExpression:
        """Code that means a qualified name here, such as `asyncio.sleep`.

        An import that is there is used, under whatever name; else one is added: `from asyncio import sleep`,
        or `import asyncio` where `prefer` is `module`. The last part is what is taken from its module: for a
        method, ask for its class.
        """
        from libcst import parse_expression

        from fastlint.fixing.imports import spelled

        planned = [*(change.wishes for change in self._draft.changes), self.wishes]
        spelling, needed = spelled(self._draft.names, planned, qualified, self._at, prefer)
        if needed is not None:
            self.wishes.add(Wishes(wanted=[needed]))
        return parse_expression(spelling)

    def with_argument(self, call: cst.Call, name: str, value: cst.BaseExpression) -> cst.Call:
        """A call with `name=value` after its other arguments, laid out as they are."""
        from fastlint.fixing.calls import with_argument

        return with_argument(call, name, value)

    def drop_import_if_unused(self, qualified: str) -> None:
        """Remove the import by which the replaced code used a qualified name, unless something needs it,
        here or in another file."""
        if self.place.path.rpartition("/")[2] == "__init__.py":
            return  # what a package imports, others import from it
        names = self._draft.names
        for scope, imported in names.imports:
            found = names.meaning(imported.local, self._at)
            if found is None or found[0] is not scope or not imported.spells(qualified):
                continue
            if not self._draft.is_shared(self.place.path, imported.local.partition(".")[0]):
                self.wishes.add(Wishes(dropped=[imported]))

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node of the original code, innermost first."""
        return self._piece.ancestors(node)

    def replace(self, node: cst.CSTNode, new: cst.CSTNode) -> None:
        """Replace another node of the same statement at the top level, beside the codemod's own."""
        self.replacements[node] = new

    def refuse(self, why: str) -> Refused:
        """The exception to raise when there is no fix here after all."""
        return Refused(why)

    @property
    def _at(self) -> tuple[int, int]:
        return self.place.span.line, self.place.span.column
