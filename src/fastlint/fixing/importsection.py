"""Where new imports stand: where a person would put them.

In the statement that already imports from the module, else sorted into the block of their kind (as isort and
ruff sort by default), else below docstring and future.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence

from fastlint.fixing.importchange import name_key
from fastlint.fixing.imports import Import
from fastlint.fixing.located import first_line, is_alone, last_line
from fastlint.fixing.scopes import ImportStatement, top_level
from fastlint.fixing.text import Lines, Splice


class Section:
    """The imports at the top of a file, in blocks as blank lines part them."""

    def __init__(self, tree: ast.Module, lines: Lines) -> None:
        self.lines = lines
        self.body = tree.body
        self.statements = list(_leading_imports(tree.body))
        self.blocks = list(self._blocks())

    def mergeable(self, wanted: Import) -> ast.ImportFrom | None:
        """The statement that a wanted name can join: from the same module, alone on its lines."""
        if not wanted.name:
            return None
        for statement in self.statements:
            if (
                isinstance(statement, ast.ImportFrom)
                and f"{'.' * statement.level}{statement.module or ''}" == wanted.module
                and statement.names[0].name != "*"
                and is_alone(self.lines, statement)
                and "#" not in self.lines.line(first_line(statement.names[-1]))
            ):
                return statement
        return None

    def insertions(self, wanted: Sequence[Import]) -> Iterator[Splice]:
        """The new statements, those for one place as one piece."""
        grouped: dict[tuple[int, bool, bool], list[Import]] = {}
        for each in wanted:
            grouped.setdefault(self._place(each), []).append(each)
        newline = self.lines.newline
        for (line, blank_above, blank_below), imports in grouped.items():
            offset = self.lines.start(max(line, self._last_line_of_head() + 1))
            rows = [str(each) for each in sorted(_joined(imports), key=lambda each: _order_key(each))]
            text = newline.join(rows) + newline
            if offset and self.lines.text[offset - 1] not in "\r\n":
                text = newline + text
            yield Splice(offset, offset, newline * blank_above + text + newline * blank_below)

    def _place(self, wanted: Import) -> tuple[int, bool, bool]:
        """The line before which an import goes, and whether blank lines part it from above and below."""
        block = self._block_for(wanted)
        if block is not None:
            return self._line_in(block, wanted), False, False
        others = [each for each in self.blocks if not _is_future(each[0])]
        earlier = [each for each in others if _kind(each[0]) < _kind_of(wanted.module)]
        if earlier:
            return last_line(earlier[-1][-1]) + 1, True, False
        if others:
            return self._line_above_block(others[0]), False, True
        return self._line_below_head()

    def _block_for(self, wanted: Import) -> list[ImportStatement] | None:
        blocks = [block for block in self.blocks if not _is_future(block[0])]
        package = wanted.module.partition(".")[0]
        for block in blocks:
            if any(top_level(statement) == package for statement in block):
                return block
        kind = _kind_of(wanted.module)
        return next((block for block in blocks if all(_kind(each) == kind for each in block)), None) or next(
            (block for block in blocks if any(_kind(each) == kind for each in block)), None
        )

    def _line_in(self, block: list[ImportStatement], wanted: Import) -> int:
        plain = [each for each in block if isinstance(each, ast.Import)]
        named = [each for each in block if isinstance(each, ast.ImportFrom)]
        apart = not plain or not named or last_line(plain[-1]) < first_line(named[0])
        rivals: Sequence[ImportStatement] = block
        if apart:
            rivals = named if wanted.name else plain
        rivals = _neighbours(rivals, wanted)
        after = next((each for each in rivals if _module_key(each) > wanted.module.lower()), None)
        if after is not None and _are_sorted(rivals):
            return self._line_above(after)
        if rivals:
            return last_line(rivals[-1]) + 1
        return self._line_above(named[0]) if named else last_line(plain[-1]) + 1

    def _line_above(self, statement: ast.stmt) -> int:
        """The line of a statement, or of the comment lines that belong to it."""
        line = first_line(statement)
        if any(each is statement for block in self.blocks for each in block[:1]):
            return line
        while self.lines.line(line - 1).lstrip().startswith("#"):
            line -= 1
        return line

    def _line_above_block(self, block: list[ImportStatement]) -> int:
        """The line of a block or of its heading, but below the comments that open the file."""
        line = first = first_line(block[0])
        while line > 1 and self.lines.line(line - 1).startswith("#"):
            line -= 1
        return line if line > 1 else first

    def _line_below_head(self) -> tuple[int, bool, bool]:
        """Below docstring and `__future__`, or the comments that open the file."""
        last = self._last_line_of_head()
        if not last:
            while self.lines.line(last + 1).startswith("#"):
                last += 1
        line = last + 1
        blank = last > 0
        if (
            blank
            and line <= len(self.lines)
            and not self.lines.line(line).strip()
            and self._code_follows(line)
        ):
            return line + 1, False, bool(self.lines.line(line + 1).strip())
        return line, blank, bool(self.lines.line(line).strip())

    def _last_line_of_head(self) -> int:
        head = [each for each in self.body[:1] if _is_docstring(each)]
        head += [each for each in self.statements if _is_future(each)]
        return max((last_line(each) for each in head), default=0)

    def _code_follows(self, line: int) -> bool:
        return bool(self.lines.text[self.lines.start(line) :].strip())

    def _blocks(self) -> Iterator[list[ImportStatement]]:
        block: list[ImportStatement] = []
        for statement in self.statements:
            if block and self._parted(block[-1], statement):
                yield block
                block = []
            block.append(statement)
        if block:
            yield block

    def _parted(self, above: ast.stmt, below: ast.stmt) -> bool:
        between = range(last_line(above) + 1, first_line(below))
        return _is_future(above) or any(not self.lines.line(line).strip() for line in between)


def _joined(imports: Sequence[Import]) -> Iterator[Import]:
    """Names from one module in one statement."""
    items: dict[str, list[str]] = {}
    for each in imports:
        if each.name:
            items.setdefault(each.module, []).append(each.item)
        else:
            yield each
    for module, names in items.items():
        yield Import(module, ", ".join(sorted(names, key=name_key)))


def _leading_imports(body: Sequence[ast.stmt]) -> Iterator[ImportStatement]:
    """The imports before the first statement that is neither import, docstring nor a dunder's assignment."""
    for statement in body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield statement
        elif not _is_docstring(statement) and not _is_dunder(statement):
            return


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _is_dunder(statement: ast.stmt) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return bool(targets) and all(isinstance(each, ast.Name) and each.id.startswith("__") for each in targets)


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _kind(statement: ImportStatement) -> int:
    if isinstance(statement, ast.ImportFrom) and statement.level:
        return 2
    return _kind_of(top_level(statement))


def _kind_of(module: str) -> int:
    """0 for the standard library, 1 for packages; relative imports come after both."""
    return 0 if module.partition(".")[0] in sys.stdlib_module_names else 1


def _neighbours(rivals: Sequence[ImportStatement], wanted: Import) -> Sequence[ImportStatement]:
    """Beside which imports a person would look: those of its package, or in unsorted ones of its kind."""
    package = wanted.module.partition(".")[0]
    related = [each for each in rivals if top_level(each) == package]
    if related or _are_sorted(rivals):
        return related or rivals
    return [each for each in rivals if _kind(each) == _kind_of(wanted.module)] or rivals


def _are_sorted(statements: Sequence[ImportStatement]) -> bool:
    keys = [_module_key(each) for each in statements]
    return keys == sorted(keys)


def _module_key(statement: ImportStatement) -> str:
    if isinstance(statement, ast.ImportFrom):
        return ("~" * statement.level + (statement.module or "")).lower()
    return statement.names[0].name.lower()


def _order_key(each: Import) -> tuple[bool, str]:
    return bool(each.name), each.module.lower()
