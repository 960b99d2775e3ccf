"""setup.cfg, and the literals of setup.py."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import cast

from fastlint.versions.declared import Group, Level, of_python
from fastlint.versions.files import DeclaringFile
from fastlint.versions.requirements import Requirements, without_comment


def read_setup_cfg(file: DeclaringFile, level: Level) -> None:
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(file.text())
    except configparser.Error as error:
        line = re.search(r"line:? +(\d+)", str(error))
        raise file.bad("not a valid configuration file", int(line[1]) if line else 0) from None
    level.main.append(_group(file, level, parser.get("options", "install_requires", fallback="")))
    level.main.append(of_python(parser.get("options", "python_requires", fallback=None)))
    if parser.has_section("options.extras_require"):
        extras = parser.items("options.extras_require")
        level.others += [_group(file, level, requirements) for _, requirements in extras]


def _group(file: DeclaringFile, level: Level, declared: str) -> Group:
    """The requirements of an option: a line each, or in the files that `file: a.txt, b.txt` names.

    https://setuptools.pypa.io/en/latest/userguide/declarative_config.html#specifying-values
    """
    directive, _, names = declared.strip().partition(":")
    if directive != "file":
        return file.group(_lines(declared))
    group, included = Group(), Requirements(level)
    for name in filter(None, map(str.strip, re.split(r"[,\n]", names))):
        included.include(file, name, group)
    return group


def _lines(requirements: str) -> list[str]:
    return [without_comment(line) for line in requirements.splitlines()]


def read_setup_py(file: DeclaringFile, level: Level) -> None:
    """The literal arguments of `setup()`, or those that a module-level name holds. The file is never run."""
    from fastlint.source import parse_quietly

    text = file.text()
    if "setuptools" not in text and "distutils" not in text:
        return  # a module of that name
    try:
        tree = parse_quietly(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # that it cannot be parsed is said where it is linted
    names = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for call in _setup_calls(tree):
        for keyword in call.keywords:
            value = names.get(keyword.value.id) if isinstance(keyword.value, ast.Name) else keyword.value
            if keyword.arg and value is not None:
                _read_setup_argument(file, level, keyword.arg, _literal(value))


def _setup_calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in (each for statement in tree.body for each in ast.walk(statement)):
        if isinstance(node, ast.Call):
            function = node.func
            if getattr(function, "attr", getattr(function, "id", None)) == "setup":
                yield node


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _read_setup_argument(file: DeclaringFile, level: Level, argument: str, value: object) -> None:
    if argument == "install_requires":
        level.main.append(file.group(value))
    elif argument == "extras_require" and isinstance(value, dict):
        extras = cast("dict[object, object]", value)
        level.others += [file.group(each) for each in extras.values()]
    elif argument == "python_requires":
        level.main.append(of_python(value))
