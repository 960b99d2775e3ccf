"""Imports that fixes need or leave behind: one set of changes for all fixes of a file.

New imports stand where a person would put them: in the statement that already imports from the module, else
sorted into the block of their kind (as isort and ruff sort by default), else below docstring and future.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from fastlint.fixing.scopes import FUNCTIONS, Imported, ImportStatement, Names, Position, Scope, top_level
from fastlint.fixing.text import Lines, Splice

Style = Literal["name", "module"]
Range = tuple[int, int]

LONGEST_LINE = 88


@dataclass(frozen=True)
class Import:
    """`import module [as alias]`, or `from module import name [as alias]`."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def target(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module

    @property
    def local(self) -> str:
        return self.alias or self.name or self.module

    @property
    def bound(self) -> str:
        return self.local.partition(".")[0]

    def spells(self, qualified: str) -> str | None:
        if qualified == self.target:
            return self.local
        module, _, attribute = qualified.rpartition(".")
        return f"{self.local}.{attribute}" if module == self.target else None

    def __str__(self) -> str:
        alias = f" as {self.alias}" if self.alias else ""
        return (
            f"from {self.module} import {self.name}{alias}" if self.name else f"import {self.module}{alias}"
        )

    @property
    def item(self) -> str:
        return f"{self.name} as {self.alias}" if self.alias else self.name


@dataclass
class Wishes:
    """What fixes ask of a file's imports."""

    wanted: list[Import] = field(default_factory=list[Import])
    dropped: list[Imported] = field(default_factory=list[Imported])

    def add(self, other: Wishes) -> None:
        self.wanted += [each for each in other.wanted if each not in self.wanted]
        self.dropped += [each for each in other.dropped if each not in self.dropped]


def spelled(
    names: Names, wishes: Sequence[Wishes], qualified: str, at: Position, prefer: Style
) -> tuple[str, Import | None]:
    """How code at a position writes a qualified name, and the import that it needs for that."""
    module, _, builtin = qualified.rpartition(".")
    if module == "builtins" and names.meaning(builtin, at) is None:
        return builtin, None
    existing = [
        (imported.spells(qualified), imported)
        for scope, imported in names.imports
        if names.usable(scope, imported, at)
    ]
    spellings = [spelling for spelling, _ in existing if spelling]
    if spellings:
        return min(spellings, key=lambda spelling: (spelling.count("."), len(spelling))), None
    for wanted in (each for wish in wishes for each in wish.wanted):
        spelling = wanted.spells(qualified)
        if spelling and not names.is_taken(wanted.bound, at, _bound_target(wanted)):
            return spelling, wanted
    planned = [each for wish in wishes for each in wish.wanted]
    new = _unambiguous(names, planned, _new_import(qualified, prefer), at)
    return new.spells(qualified) or new.local, new


def splices(
    names: Names, lines: Lines, wishes: Wishes, gone: Sequence[Range], written: Iterable[str]
) -> list[Splice]:
    """The changes of a file's import statements: what is wanted comes, what nothing uses any more goes.

    `gone` are the parts of the text that fixes replace, `written` the names that they write instead.
    """
    unused = [each for each in wishes.dropped if _is_unused(names, lines, each, gone, set(written))]
    changes: dict[int, _Change] = {}
    for imported in unused:
        if _may_go(names, lines, imported):
            _change(changes, imported.statement).removed.append(imported.alias)
    section = Section(names.tree, lines)
    fresh: list[Import] = []
    for wanted in sorted(wishes.wanted, key=str):
        statement = section.mergeable(wanted)
        if statement is None:
            fresh.append(wanted)
        else:
            _change(changes, statement).added.append(wanted.item)
    insertions = list(section.insertions(fresh))
    fed = {splice.start for splice in insertions}
    changed = [splice for change in changes.values() for splice in change.splices(lines, fed)]
    return [*insertions, *changed]


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
                and _is_alone(self.lines, statement)
                and "#" not in self.lines.line(_first_line(statement.names[-1]))
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
            return _last_line(earlier[-1][-1]) + 1, True, False
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
        apart = not plain or not named or _last_line(plain[-1]) < _first_line(named[0])
        rivals: Sequence[ImportStatement] = block
        if apart:
            rivals = named if wanted.name else plain
        rivals = _neighbours(rivals, wanted)
        after = next((each for each in rivals if _module_key(each) > wanted.module.lower()), None)
        if after is not None and _are_sorted(rivals):
            return self._line_above(after)
        if rivals:
            return _last_line(rivals[-1]) + 1
        return self._line_above(named[0]) if named else _last_line(plain[-1]) + 1

    def _line_above(self, statement: ast.stmt) -> int:
        """The line of a statement, or of the comment lines that belong to it."""
        line = _first_line(statement)
        if any(each is statement for block in self.blocks for each in block[:1]):
            return line
        while self.lines.line(line - 1).lstrip().startswith("#"):
            line -= 1
        return line

    def _line_above_block(self, block: list[ImportStatement]) -> int:
        """The line of a block or of its heading, but below the comments that open the file."""
        line = first = _first_line(block[0])
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
        return max((_last_line(each) for each in head), default=0)

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
        between = range(_last_line(above) + 1, _first_line(below))
        return _is_future(above) or any(not self.lines.line(line).strip() for line in between)


@dataclass
class _Change:
    """What comes into and goes out of one import statement."""

    statement: ImportStatement
    added: list[str] = field(default_factory=list[str])
    removed: list[ast.alias] = field(default_factory=list[ast.alias])

    def splices(self, lines: Lines, fed: set[int]) -> list[Splice]:
        """Splices of the statement; `fed` are the offsets at which new statements come in."""
        if len(self.removed) == len(self.statement.names) and not self.added:
            return [_without_line(lines, self.statement, fed)]
        return list(self._parts(lines)) if self._fits(lines) else [self._wrapped(lines)]

    def _parts(self, lines: Lines) -> Iterator[Splice]:
        names = self.statement.names
        kept = [alias for alias in names if alias not in self.removed]
        if not kept:
            yield Splice(
                _offset(lines, names[0]), _end_offset(lines, names[-1]), ", ".join(sorted(self.added))
            )
            return
        yield from self._removals(lines, kept)
        rows = _first_line(kept[0]) != _first_line(self.statement)
        apart = rows and all(_first_line(a) != _first_line(b) for a, b in pairwise(kept))
        for name in self.added:
            follower = _follower(kept, name)
            anchor = follower or kept[-1]
            gap = "," + lines.newline + _indent(lines, anchor) if apart else ", "
            at = _offset(lines, anchor) if follower else _end_offset(lines, anchor)
            yield Splice(at, at, name + gap if follower else gap + name)

    def _removals(self, lines: Lines, kept: list[ast.alias]) -> Iterator[Splice]:
        names = self.statement.names
        last = names.index(kept[-1])
        for alias, following in pairwise(names[: last + 1]):
            if alias in self.removed:
                yield Splice(_offset(lines, alias), _offset(lines, following), "")
        if last + 1 < len(names):
            yield Splice(_end_offset(lines, names[last]), _end_offset(lines, names[-1]), "")

    def _fits(self, lines: Lines) -> bool:
        """Whether a statement on one line stays short enough for it, or is no longer than others were."""
        statement = self.statement
        if (
            not self.added
            or "(" in _source(lines, statement)
            or _first_line(statement) != _last_line(statement)
        ):
            return True
        removed = (_source(lines, alias) for alias in self.removed)
        length = len(_source(lines, statement))
        length += sum(len(name) + 2 for name in self.added) - sum(len(name) + 2 for name in removed)
        return length <= LONGEST_LINE or not isinstance(statement, ast.ImportFrom)

    def _wrapped(self, lines: Lines) -> Splice:
        """The statement in brackets, a name a line."""
        names = self.statement.names
        kept = [alias for alias in names if alias not in self.removed]
        rows = [_source(lines, alias) for alias in kept]
        for name in self.added:
            follower = _follower(kept, name)
            rows.insert(rows.index(_source(lines, follower)) if follower else len(rows), name)
        indent = _indent(lines, self.statement)
        body = "".join(f"{indent}    {row},{lines.newline}" for row in rows)
        return Splice(
            _offset(lines, names[0]), _end_offset(lines, names[-1]), f"({lines.newline}{body}{indent})"
        )


def _new_import(qualified: str, prefer: Style) -> Import:
    module, _, name = qualified.rpartition(".")
    if not module:
        return Import(qualified)
    return Import(module) if prefer == "module" else Import(module, name)


def _unambiguous(names: Names, planned: Sequence[Import], new: Import, at: Position) -> Import:
    """The import under a name that is free: its own, else with its module's before it, else underscored."""
    last = new.module.rpartition(".")[2]
    candidates = [new.alias, f"{last}_{new.name}" if new.name else f"{last}_"]
    for alias in _endless(candidates):
        named = Import(new.module, new.name, alias)
        rivals = [each for each in planned if each.bound == named.bound and each.target != named.target]
        if not rivals and not names.is_taken(named.bound, at, _bound_target(named)):
            return named
    raise AssertionError("underscores do not run out")


def _endless(candidates: list[str]) -> Iterator[str]:
    yield from candidates
    last = candidates[-1]
    while True:
        last += "_"
        yield last


def _bound_target(new: Import) -> str:
    return new.target if new.alias or new.name else new.bound


def _is_unused(
    names: Names, lines: Lines, imported: Imported, gone: Sequence[Range], written: set[str]
) -> bool:
    """Whether every use of an import was in what fixes replaced, and there was one."""
    if imported.local in written or names.mentions(imported.local):
        return False
    uses = [lines.offset(*use.position) for use in names.uses if use.name == imported.local]
    return bool(uses) and all(any(start <= use < end for start, end in gone) for use in uses)


def _may_go(names: Names, lines: Lines, imported: Imported) -> bool:
    """Whether an unused import is there for use alone: no re-export, no comment, no second one."""
    statement = imported.statement
    others = [each for _, each in names.imports if each.local == imported.local]
    if len(others) > 1 or imported.alias.asname == imported.alias.name:
        return False
    if not imported.certain or not _is_alone(lines, statement) or _is_commented(lines, imported):
        return False
    owner = next((scope for scope, each in names.imports if each is imported), None)
    return owner is not None and _has_company(owner)


def _has_company(scope: Scope) -> bool:
    if isinstance(scope.node, ast.Module):
        return True
    return isinstance(scope.node, FUNCTIONS) and len(scope.node.body) > 1


def _is_commented(lines: Lines, imported: Imported) -> bool:
    statement = imported.statement
    first = _first_line(statement)
    if len(statement.names) > 1 and first != _last_line(statement):
        return any("#" in lines.line(line) for line in (first, _first_line(imported.alias)))
    return any("#" in lines.line(line) for line in range(first, _last_line(statement) + 1))


def _is_alone(lines: Lines, statement: ast.stmt) -> bool:
    """Whether nothing but a comment shares a statement's lines."""
    before = lines.text[lines.start(_first_line(statement)) : _offset(lines, statement)]
    after = lines.text[_end_offset(lines, statement) : lines.start(_last_line(statement) + 1)]
    return not before.strip() and (not after.strip() or after.lstrip().startswith("#"))


def _without_line(lines: Lines, statement: ast.stmt, fed: set[int]) -> Splice:
    """A statement's lines gone, and with the last import of a block the blank line that parted it."""
    first, last = _first_line(statement), _last_line(statement)
    alone = first == 1 or not lines.line(first - 1).strip()
    stays = lines.start(first) in fed or lines.start(last + 1) in fed
    if alone and not stays and last < len(lines) and not lines.line(last + 1).strip():
        last += 1
    return Splice(lines.start(first), lines.start(last + 1), "")


def _change(changes: dict[int, _Change], statement: ImportStatement) -> _Change:
    return changes.setdefault(id(statement), _Change(statement))


def _joined(imports: Sequence[Import]) -> Iterator[Import]:
    """Names from one module in one statement."""
    items: dict[str, list[str]] = {}
    for each in imports:
        if each.name:
            items.setdefault(each.module, []).append(each.item)
        else:
            yield each
    for module, names in items.items():
        yield Import(module, ", ".join(sorted(names, key=_name_key)))


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


def _follower(kept: Sequence[ast.alias], name: str) -> ast.alias | None:
    """The name before which a new one goes, where the names are sorted at all."""
    keys = [_name_key(alias.name) for alias in kept]
    if keys == sorted(keys):
        return next((alias for alias, key in zip(kept, keys, strict=True) if key > _name_key(name)), None)
    folded = [alias.name.lower() for alias in kept]
    if folded == sorted(folded):
        return next((alias for alias in kept if alias.name.lower() > name.lower()), None)
    return None


def _name_key(name: str) -> tuple[int, str]:
    """Constants, classes, then the rest."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1 if name[:1].isupper() else 2), name


_Located = ast.stmt | ast.alias


def _source(lines: Lines, node: _Located) -> str:
    return lines.text[_offset(lines, node) : _end_offset(lines, node)]


def _indent(lines: Lines, node: _Located) -> str:
    line = lines.line(_first_line(node))
    return line[: len(line) - len(line.lstrip())]


def _offset(lines: Lines, node: _Located) -> int:
    return lines.offset(node.lineno, node.col_offset)


def _end_offset(lines: Lines, node: _Located) -> int:
    return lines.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)


def _first_line(node: _Located) -> int:
    return node.lineno


def _last_line(node: _Located) -> int:
    return node.end_lineno or node.lineno
