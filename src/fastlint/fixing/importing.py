"""What becomes of a file's imports: one set of changes for all fixes of it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from fastlint.fixing.importchange import Change
from fastlint.fixing.imports import Import, Wishes
from fastlint.fixing.importsection import Section
from fastlint.fixing.located import first_line, is_alone, last_line
from fastlint.fixing.scopes import FUNCTIONS, Imported, ImportStatement, Names, Scope
from fastlint.fixing.text import Lines, Splice

Range = tuple[int, int]


def import_splices(
    names: Names, lines: Lines, wishes: Wishes, gone: Sequence[Range], written: Iterable[str]
) -> list[Splice]:
    """The changes of a file's import statements: what is wanted comes, what nothing uses any more goes.

    `gone` are the parts of the text that fixes replace, `written` the names that they write instead.
    """
    unused = [each for each in wishes.dropped if _is_unused(names, lines, each, gone, set(written))]
    changes: dict[int, Change] = {}
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
    if not imported.certain or not is_alone(lines, statement) or _is_commented(lines, imported):
        return False
    owner = next((scope for scope, each in names.imports if each is imported), None)
    return owner is not None and _has_company(owner)


def _has_company(scope: Scope) -> bool:
    if isinstance(scope.node, ast.Module):
        return True
    return isinstance(scope.node, FUNCTIONS) and len(scope.node.body) > 1


def _is_commented(lines: Lines, imported: Imported) -> bool:
    statement = imported.statement
    first = first_line(statement)
    if len(statement.names) > 1 and first != last_line(statement):
        return any("#" in lines.line(line) for line in (first, first_line(imported.alias)))
    return any("#" in lines.line(line) for line in range(first, last_line(statement) + 1))


def _change(changes: dict[int, Change], statement: ImportStatement) -> Change:
    return changes.setdefault(id(statement), Change(statement))
