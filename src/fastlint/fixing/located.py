"""Where statements and the names that they import stand in a file."""

from __future__ import annotations

import ast

from fastlint.fixing.text import Lines

Located = ast.stmt | ast.alias


def source_of(lines: Lines, node: Located) -> str:
    return lines.text[offset_of(lines, node) : end_offset_of(lines, node)]


def indent_of(lines: Lines, node: Located) -> str:
    line = lines.line(first_line(node))
    return line[: len(line) - len(line.lstrip())]


def offset_of(lines: Lines, node: Located) -> int:
    return lines.offset(node.lineno, node.col_offset)


def end_offset_of(lines: Lines, node: Located) -> int:
    return lines.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)


def first_line(node: Located) -> int:
    return node.lineno


def last_line(node: Located) -> int:
    return node.end_lineno or node.lineno


def is_alone(lines: Lines, statement: ast.stmt) -> bool:
    """Whether nothing but a comment shares a statement's lines."""
    before = lines.text[lines.start(first_line(statement)) : offset_of(lines, statement)]
    after = lines.text[end_offset_of(lines, statement) : lines.start(last_line(statement) + 1)]
    return not before.strip() and (not after.strip() or after.lstrip().startswith("#"))
