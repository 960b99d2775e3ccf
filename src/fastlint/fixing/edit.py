"""What a codemod is given beside its node: names, imports, other places, and the right to refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from fastlint.diagnostic import FixRequest, Place
from fastlint.fixing.imports import Style
from fastlint.fixing.refusing import Refused
from fastlint.fixing.scopes import Position
from fastlint.fixing.work import Work

if TYPE_CHECKING:
    import libcst as cst

    from fastlint.fixing.draft import Change
    from fastlint.fixing.drafts import Drafts

    N = TypeVar("N", bound=cst.CSTNode)
else:
    N = TypeVar("N")


class Edit:
    """One run of a codemod: what it may ask about the code around its node, and order beyond it.

    Whatever it orders, in this file or in others, is done together or not at all.
    """

    def __init__(self, drafts: Drafts, request: FixRequest) -> None:
        self._drafts = drafts
        self._request = request
        self._work: dict[str, Work] = {}

    @property
    def place(self) -> Place:
        return self._request.place

    @property
    def params(self) -> Mapping[str, str]:
        """What the rule passed with its request."""
        return self._request.params

    @property
    def more(self) -> tuple[Place, ...]:
        """The other places that the rule passed with its request."""
        return self._request.more

    def node(self, place: Place, *kinds: type[N]) -> N:
        """The node of one of these types at a place, in this file or another; refuses where there is none."""
        return self._work_on(place.path).node(place.span, kinds)

    def name(
        self, qualified: str, *, prefer: Style = "name", at: cst.CSTNode | None = None
    ) -> cst.BaseExpression:
        """Code that means a qualified name here, such as `asyncio.sleep`, or where another node stands.

        An import that is there is used, under whatever name; else one is added: `from asyncio import sleep`,
        or `import asyncio` where `prefer` is `module`. The last part is what is taken from its module: for a
        method, ask for its class.
        """
        from libcst import parse_expression

        work, position = self._at(at)
        return parse_expression(work.spelled(qualified, position, prefer))

    def free_name(self, *candidates: str, at: cst.CSTNode | None = None) -> str:
        """The first of some names that a definition before a node can have; refuses where all are taken."""
        work, position = self._at(at)
        for name in candidates:
            if work.is_free(name, position):
                return name
        raise Refused(f"`{candidates[0]}` means something else there")

    def free_name_of_module(self, *candidates: str) -> str:
        """The first of some names that a variable of the module can have, wherever in the file it is read.

        Refuses where all are taken, and while another fix defines one: the next run finds it there.
        """
        work = self._work_on(self.place.path)
        if not work.planned.isdisjoint(candidates):
            raise Refused("another fix of the file defines it")
        for name in candidates:
            if work.is_free_in_module(name):
                return name
        raise Refused(f"`{candidates[0]}` means something else in the file")

    def means_module(self, name: str, *, at: cst.CSTNode | None = None) -> bool:
        """Whether code here, or where another node stands, means a variable of the module by a name: no
        parameter and no local variable has it."""
        work, position = self._at(at)
        return work.draft.names.means_module(name, position)

    def with_argument(self, call: cst.Call, name: str, value: cst.BaseExpression) -> cst.Call:
        """A call with `name=value` after its other arguments, laid out as they are."""
        from fastlint.fixing.calls import with_argument

        return with_argument(call, name, value)

    def string(self, value: str) -> cst.SimpleString:
        """A string of plain characters, in the quotes that most strings of the file have."""
        import libcst

        quote = self._work_on(self.place.path).draft.quote
        return libcst.SimpleString(f"{quote}{value}{quote}")

    def drop_import_if_unused(self, qualified: str, *, at: cst.CSTNode | None = None) -> None:
        """Remove the import by which the replaced code used a qualified name, unless something needs it,
        here or in another file."""
        work, position = self._at(at)
        work.drop_import(qualified, position)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node of the original code, innermost first."""
        return self._of(node).piece(node).ancestors(node)

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node, original or new."""
        import libcst

        return libcst.Module([]).code_for_node(node)

    def replace(self, node: cst.CSTNode, new: cst.CSTNode) -> None:
        """Replace another node beside the codemod's own."""
        self._of(node).replaced[node] = new

    def remove(self, node: cst.CSTNode) -> None:
        """Remove a statement or a decorator with its lines; its comments stay, those for linters go."""
        self._of(node).removed.append(node)

    def define_before(self, node: cst.CSTNode, code: str) -> None:
        """Put a definition before the statement around a node, apart from what is there by blank lines.

        `code` is indented with four spaces; it is laid out as the file is.
        """
        self._of(node).insert(node, code, apart=True)

    def define_for_module(self, code: str) -> None:
        """Put a variable of the module behind what stands before its first function or class.

        Refuses where something else in the file has its name: ask for a `free_name_of_module`.
        """
        self._work_on(self.place.path).insert_above_definitions(code)

    def insert_before(self, node: cst.CSTNode, code: str) -> None:
        """Put statements directly before the statement around a node."""
        self._of(node).insert(node, code)

    def insert_after(self, node: cst.CSTNode, code: str) -> None:
        """Put statements directly after the statement around a node."""
        self._of(node).insert(node, code, after=True)

    def refuse(self, why: str) -> Refused:
        """The exception to raise when there is no fix here after all."""
        return Refused(why)

    def settled(self, node: cst.CSTNode, new: cst.CSTNode | None) -> dict[str, Change]:
        """All that was ordered, by file, once the codemod gave a node for its own. For the engine."""
        if new is None:
            self.remove(node)
        elif new is not node:
            self.replace(node, new)
        changes = {path: work.change() for path, work in self._work.items()}
        return {path: change for path, change in changes.items() if change.splices}

    def _work_on(self, path: str) -> Work:
        if path not in self._work:
            self._work[path] = Work(self._drafts[path])
        return self._work[path]

    def _at(self, node: cst.CSTNode | None) -> tuple[Work, Position]:
        """The file of a node and where it stands there: those of the finding for none."""
        if node is not None:
            work = self._of(node)
            return work, work.position(node)
        return self._work_on(self.place.path), (self.place.span.line, self.place.span.column)

    def _of(self, node: cst.CSTNode) -> Work:
        return next(
            (work for work in self._work.values() if work.knows(node)), self._work_on(self.place.path)
        )
