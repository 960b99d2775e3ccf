"""What one run of a codemod does to one file, from orders about nodes to splices of the text."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from fastlint.diagnostic import Span
from fastlint.fixing.draft import Change, Draft
from fastlint.fixing.imports import Style, Wishes, spelled
from fastlint.fixing.refusing import Refused
from fastlint.fixing.scopes import Imported, Position
from fastlint.fixing.syntax import NotReadable, Piece, names
from fastlint.fixing.text import Splice, in_order

if TYPE_CHECKING:
    import libcst as cst

    N = TypeVar("N", bound=cst.CSTNode)
else:
    N = TypeVar("N")

FOR_LINTERS = re.compile(r"#\s*(?:noqa|type:\s*ignore|pyright:|mypy:|pylint:|fastlint:|ruff:|pragma:)")
INDENT = "    "


class Work:
    """The orders of one run for one file. Raises `Refused` for what cannot be done."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.wishes = Wishes()
        self.replaced: dict[cst.CSTNode, cst.CSTNode] = {}
        self.removed: list[cst.CSTNode] = []
        self.defined: set[str] = set()
        self._inserted: list[Splice] = []
        self._written: set[str] = set()
        self._pieces: list[Piece] = []

    def node(self, span: Span, kinds: tuple[type[N], ...]) -> N:
        """The innermost node of some types at a span."""
        try:
            piece = self.draft.piece(span)
            found = piece.find(kinds, *self.draft.lines.offsets(span))
        except (NotReadable, ValueError, RecursionError) as error:
            raise Refused(str(error)) from error
        if not isinstance(found, kinds):
            raise Refused("the code there is not what the fix expects")
        if piece not in self._pieces:
            self._pieces.append(piece)
        return found

    def knows(self, node: cst.CSTNode) -> bool:
        """Whether a node is one of this file."""
        return any(node in piece.parents for piece in self._pieces)

    def piece(self, node: cst.CSTNode) -> Piece:
        """The piece that a node is in."""
        return next(piece for piece in self._pieces if node in piece.parents)

    def position(self, node: cst.CSTNode) -> Position:
        """Line and column of a node, as `ast` counts."""
        span = self.draft.lines.span(*self.piece(node).inner(node))
        return span.line, span.column

    def spelled(self, qualified: str, at: Position, prefer: Style) -> str:
        """How code at a position writes a qualified name; the import that it needs is wished for."""
        planned = [*(change.wishes for change in self.draft.changes), self.wishes]
        spelling, needed = spelled(self.draft.names, planned, qualified, at, prefer)
        if needed is not None:
            self.wishes.add(Wishes(wanted=[needed]))
        return spelling

    @property
    def planned(self) -> set[str]:
        """The names that other fixes of the file define."""
        return {each for change in self.draft.changes for each in change.defined}

    def is_free(self, name: str, at: Position) -> bool:
        """Whether a new definition of a name beside a position means nothing else to anyone."""
        if name in self.planned | self.defined or self.draft.names.is_used(name, at):
            return False
        self.defined.add(name)
        return True

    def is_free_in_module(self, name: str) -> bool:
        """Whether a new variable of the module can be read by a name wherever in the file."""
        names = self.draft.names
        return not names.is_bound(name) and self.is_free(name, names.module.start)

    def drop_import(self, qualified: str, at: Position) -> None:
        """Wish that the import goes by which code at a position means a name, if nothing else needs it."""
        self._drop_imports(at, lambda imported: bool(imported.spells(qualified)))

    def _drop_imports_of(self, node: cst.CSTNode) -> None:
        mentioned = set(names(node))
        self._drop_imports(self.position(node), lambda imported: imported.local in mentioned)

    def _drop_imports(self, at: Position, is_meant: Callable[[Imported], bool]) -> None:
        if self.draft.path.rpartition("/")[2] == "__init__.py":
            return  # what a package imports, others import from it
        file = self.draft.names
        for scope, imported in file.imports:
            found = file.meaning(imported.local, at)
            if found is None or found[0] is not scope or not is_meant(imported):
                continue
            if not self.draft.is_shared(self.draft.path, imported.local.partition(".")[0]):
                self.wishes.add(Wishes(dropped=[imported]))

    def insert(self, node: cst.CSTNode, code: str, *, apart: bool = False, after: bool = False) -> None:
        """Put statements before or after the one around a node, at its indentation."""
        code = textwrap.dedent(code).strip("\n")
        self._written |= _names(code)
        first, end = self._lines_around(node)
        lines = self.draft.lines
        indent = _indent(lines.line(first))
        rows = [f"{indent}{row}" if row else "" for row in self._laid_out(code, self.piece(node))]
        if apart:
            first = self._with_comments_above(first, indent)
            rows = self._apart(rows, first, 1 if indent else 2)
        line = end if after else first
        offset = lines.start(line)
        text = "".join(f"{row}{lines.newline}" for row in rows)
        if offset and lines.text[offset - 1] not in "\r\n":
            text = lines.newline + text.removesuffix(lines.newline)
        self._inserted.append(Splice(offset, offset, text))

    def insert_above_definitions(self, code: str) -> None:
        """Put a line behind the statements that stand before the first function or class of the file."""
        definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        body, lines = self.draft.tree.body, self.draft.lines
        count = next((at for at, each in enumerate(body) if isinstance(each, definitions)), len(body))
        if not count:
            raise Refused("nothing stands before its first definition")
        last = body[count - 1]
        offset = lines.start((last.end_lineno or last.lineno) + 1)
        is_apart = not isinstance(last, (ast.Assign, ast.AnnAssign))
        self._written |= _names(code)
        for name in _bound(code) - self.defined:
            if not self.is_free_in_module(name):
                raise Refused(f"`{name}` means something else in the file")
        text = f"{lines.newline if is_apart else ''}{code}{lines.newline}"
        self._inserted.append(Splice(offset, offset, text))

    def change(self) -> Change:
        """All orders as one change; imports that only removed code used go with it.

        Raises libcst's validation errors where the result is no syntax.
        """
        change = Change(list(self._inserted), wishes=self.wishes, defined=self.defined)
        change.written = {name for new in self.replaced.values() for name in names(new)} | self._written
        for piece in self._pieces:
            replaced = {old: new for old, new in self.replaced.items() if old in piece.parents}
            if replaced:
                _require_untold(piece, replaced)
                change.splices += piece.changed(replaced)
            change.claims += [piece.claimed(each) for each in replaced]
            change.splices += [
                each for old, new in replaced.items() for each in self._comments(piece, old, new)
            ]
            for node in (each for each in self.removed if each in piece.parents):
                self._drop_imports_of(node)
                change.claims.append(piece.claimed(node))
                change.splices += self._removal(piece, node)
        if any(a.end > b.start for a, b in pairwise(in_order(change.splices))):
            raise Refused("its changes overlap")
        return change

    def _removal(self, piece: Piece, node: cst.CSTNode) -> Iterator[Splice]:
        """A decorator or statement gone with its lines, `pass` where a block would be empty."""
        import libcst

        if not isinstance(node, (libcst.Decorator, libcst.BaseSmallStatement, libcst.BaseCompoundStatement)):
            raise Refused("only a statement or a decorator can be removed")
        start, end = piece.claimed(node)
        if isinstance(node, libcst.BaseSmallStatement) and not self._may_go(piece, node):
            yield from piece.changed({node: libcst.Pass(semicolon=node.semicolon)})
            yield from self._comments(piece, node, None)
            return
        lines = self.draft.lines
        after = lines.start(lines.number(end) + 1)
        rest = lines.text[end:after]
        comment = rest.lstrip()
        inside = node.decorator if isinstance(node, libcst.Decorator) else node
        if isinstance(inside, libcst.BaseCompoundStatement):
            inside = inside.with_changes(leading_lines=[])  # those above it stay where they are
        yield from self._comments(piece, node, None, inside)
        if comment.startswith("#") and not FOR_LINTERS.match(comment):
            yield Splice(start, end + len(rest) - len(comment), "")
        else:
            yield Splice(lines.start(lines.number(start)), self._gap_closed(start, end), "")

    def _gap_closed(self, start: int, end: int) -> int:
        """The end of what goes with some lines: of the blank ones above and below, the fewer."""
        lines = self.draft.lines
        first, line = lines.number(start), lines.number(end) + 1
        while (
            first > 1
            and line < len(lines)
            and not lines.line(first - 1).strip()
            and not lines.line(line).strip()
        ):
            first, line = first - 1, line + 1
        return lines.start(line)

    def _may_go(self, piece: Piece, node: cst.CSTNode) -> bool:
        """Whether a small statement is alone on its line and its block has others."""
        import libcst

        line = piece.parents[node]
        if len(getattr(line, "body", ())) > 1 or isinstance(line, libcst.SimpleStatementSuite):
            return False
        block = piece.parents[line]
        going = [piece.parents.get(each) for each in self.removed]
        others = [each for each in getattr(block, "body", ()) if each is not line and each not in going]
        return bool(others) or isinstance(block, libcst.Module)

    def _comments(
        self, piece: Piece, node: cst.CSTNode, new: cst.CSTNode | None, inside: cst.CSTNode | None = None
    ) -> Iterator[Splice]:
        """The comments inside a node that the new code has no place for, on lines of their own above the
        statement around it."""
        lost = [each for each in piece.lost_comments(inside or node, new) if not FOR_LINTERS.match(each)]
        if lost:
            number = piece.statement_line(node)
            at = self.draft.lines.start(number)
            indent = _indent(self.draft.lines.line(number))
            yield Splice(at, at, "".join(f"{indent}{comment}{self.draft.lines.newline}" for comment in lost))

    def _lines_around(self, node: cst.CSTNode) -> tuple[int, int]:
        """The first line of the statement around a node, with its decorators, and the line below it."""
        import libcst

        piece = self.piece(node)
        statements = (libcst.SimpleStatementLine, libcst.BaseCompoundStatement)
        for each in (node, *piece.ancestors(node)):
            if isinstance(each, libcst.SimpleStatementSuite):
                raise Refused("it shares its line with the head of its block")
            if isinstance(each, statements):
                break
        else:
            raise Refused("no statement is there")
        start, end = piece.claimed(each)
        return self.draft.lines.number(start), self.draft.lines.number(end) + 1

    def _laid_out(self, code: str, piece: Piece) -> Iterator[str]:
        """The lines of new code, indented as the file is."""
        indent = piece.module.default_indent
        for row in code.split("\n"):
            inner = row.lstrip(" ")
            yield indent * ((len(row) - len(inner)) // len(INDENT)) + inner

    def _with_comments_above(self, line: int, indent: str) -> int:
        while line > 1 and self.draft.lines.line(line - 1).startswith(f"{indent}#"):
            line -= 1
        return line

    def _apart(self, rows: list[str], line: int, blank: int) -> list[str]:
        """Lines with as many blank ones around them as part definitions."""
        above = self.draft.lines.line(line - 1).rstrip() if line > 1 else ""
        there = 0
        while there < line - 1 and not self.draft.lines.line(line - 1 - there).strip():
            there += 1
        opens = above.endswith(":") or line - there <= 1
        return [*[""] * (0 if opens else max(0, blank - there)), *rows, *[""] * blank]


def _require_untold(piece: Piece, nodes: Iterable[cst.CSTNode]) -> None:
    """Refuse a change of code that is also text: `f"{item.dict()=}"` says how it is written."""
    import libcst

    for node in nodes:
        for each in piece.ancestors(node):
            if isinstance(each, libcst.FormattedStringExpression) and each.equal is not None:
                raise Refused("a text says how the code there is written")


def _names(code: str) -> set[str]:
    """The names that new statements mention."""
    return {each.id for each in ast.walk(ast.parse(code)) if isinstance(each, ast.Name)}


def _bound(code: str) -> set[str]:
    """The names that new statements assign to."""
    found = (each for each in ast.walk(ast.parse(code)) if isinstance(each, ast.Name))
    return {each.id for each in found if isinstance(each.ctx, ast.Store)}


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
