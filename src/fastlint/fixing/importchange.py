"""What comes into and goes out of one import statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from fastlint.fixing.located import end_offset_of, first_line, indent_of, last_line, offset_of, source_of
from fastlint.fixing.scopes import ImportStatement
from fastlint.fixing.text import Lines, Splice

LONGEST_LINE = 88


@dataclass
class Change:
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
                offset_of(lines, names[0]), end_offset_of(lines, names[-1]), ", ".join(sorted(self.added))
            )
            return
        yield from self._removals(lines, kept)
        rows = first_line(kept[0]) != first_line(self.statement)
        apart = rows and all(first_line(a) != first_line(b) for a, b in pairwise(kept))
        for name in self.added:
            follower = _follower(kept, name)
            anchor = follower or kept[-1]
            gap = "," + lines.newline + indent_of(lines, anchor) if apart else ", "
            at = offset_of(lines, anchor) if follower else end_offset_of(lines, anchor)
            yield Splice(at, at, name + gap if follower else gap + name)

    def _removals(self, lines: Lines, kept: list[ast.alias]) -> Iterator[Splice]:
        names = self.statement.names
        last = names.index(kept[-1])
        for alias, following in pairwise(names[: last + 1]):
            if alias in self.removed:
                yield Splice(offset_of(lines, alias), offset_of(lines, following), "")
        if last + 1 < len(names):
            yield Splice(end_offset_of(lines, names[last]), end_offset_of(lines, names[-1]), "")

    def _fits(self, lines: Lines) -> bool:
        """Whether a statement on one line stays short enough for it, or is no longer than others were."""
        statement = self.statement
        if (
            not self.added
            or "(" in source_of(lines, statement)
            or first_line(statement) != last_line(statement)
        ):
            return True
        removed = (source_of(lines, alias) for alias in self.removed)
        length = len(source_of(lines, statement))
        length += sum(len(name) + 2 for name in self.added) - sum(len(name) + 2 for name in removed)
        return length <= LONGEST_LINE or not isinstance(statement, ast.ImportFrom)

    def _wrapped(self, lines: Lines) -> Splice:
        """The statement in brackets, a name a line."""
        names = self.statement.names
        kept = [alias for alias in names if alias not in self.removed]
        rows = [source_of(lines, alias) for alias in kept]
        for name in self.added:
            follower = _follower(kept, name)
            rows.insert(rows.index(source_of(lines, follower)) if follower else len(rows), name)
        indent = indent_of(lines, self.statement)
        body = "".join(f"{indent}    {row},{lines.newline}" for row in rows)
        return Splice(
            offset_of(lines, names[0]), end_offset_of(lines, names[-1]), f"({lines.newline}{body}{indent})"
        )


def _without_line(lines: Lines, statement: ast.stmt, fed: set[int]) -> Splice:
    """A statement's lines gone, and with the last import of a block the blank line that parted it."""
    first, last = first_line(statement), last_line(statement)
    alone = first == 1 or not lines.line(first - 1).strip()
    stays = lines.start(first) in fed or lines.start(last + 1) in fed
    if alone and not stays and last < len(lines) and not lines.line(last + 1).strip():
        last += 1
    return Splice(lines.start(first), lines.start(last + 1), "")


def _follower(kept: Sequence[ast.alias], name: str) -> ast.alias | None:
    """The name before which a new one goes, where the names are sorted at all."""
    keys = [name_key(alias.name) for alias in kept]
    if keys == sorted(keys):
        return next((alias for alias, key in zip(kept, keys, strict=True) if key > name_key(name)), None)
    folded = [alias.name.lower() for alias in kept]
    if folded == sorted(folded):
        return next((alias for alias in kept if alias.name.lower() > name.lower()), None)
    return None


def name_key(name: str) -> tuple[int, str]:
    """Constants, classes, then the rest."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1 if name[:1].isupper() else 2), name
