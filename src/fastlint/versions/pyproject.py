"""pyproject.toml with the tables of Poetry, uv, PDM and setuptools; and Pipfile, which resembles Poetry."""

from __future__ import annotations

from typing import Any, cast

from fastlint import toml
from fastlint.versions.declared import Group, Level, of_python
from fastlint.versions.files import DeclaringFile, strings
from fastlint.versions.ranges import parse_range
from fastlint.versions.requirements import Requirements


def read_pyproject(file: DeclaringFile, level: Level) -> None:
    document = file.tables()
    main = _read_list(file, document, ("project", "dependencies"))
    python = of_python(toml.table(document, "project").get("requires-python"))
    level.main += [main, python, _poetry(file, document, ("tool", "poetry", "dependencies"))]
    for key in (
        ("project", "optional-dependencies"),
        ("dependency-groups",),
        ("tool", "pdm", "dev-dependencies"),
    ):
        level.others += [_read_list(file, document, (*key, name)) for name in toml.table(document, *key)]
    level.others.append(_poetry(file, document, ("tool", "poetry", "dev-dependencies")))
    for name in toml.table(document, "tool", "hatch", "envs"):
        for kind in ("dependencies", "extra-dependencies"):
            level.others.append(_read_list(file, document, ("tool", "hatch", "envs", name, kind)))
    for name in toml.table(document, "tool", "poetry", "group"):
        level.others.append(_poetry(file, document, ("tool", "poetry", "group", name, "dependencies")))
    for name in strings(toml.table(document, "tool", "setuptools", "dynamic", "dependencies").get("file")):
        Requirements(level).include(file, name, main)
    level.others.append(_read_list(file, document, ("tool", "uv", "dev-dependencies")))
    level.constraints.append(_read_list(file, document, ("tool", "uv", "constraint-dependencies")))
    level.overrides.append(_read_list(file, document, ("tool", "uv", "override-dependencies")))


def _read_list(file: DeclaringFile, document: dict[str, Any], key: tuple[str, ...]) -> Group:
    """The requirements of an array; tables in it (`{include-group = "test"}`) are read where they stand."""
    group = Group()
    items: object = toml.table(document, *key[:-1]).get(key[-1], [])
    if not isinstance(items, list):
        file.complain(f"`{'.'.join(key)}` is not an array", toml.find_line(file.text(), key))
        return group
    for index, item in enumerate(cast("list[object]", items)):
        if isinstance(item, str):
            file.add(group, item, (*key, str(index)))
    return group


def read_pipfile(file: DeclaringFile, level: Level) -> None:
    document = file.tables()
    level.main.append(_poetry(file, document, ("packages",)))
    level.others.append(_poetry(file, document, ("dev-packages",)))
    python = toml.table(document, "requires").get("python_version")
    level.main.append(of_python(f"=={python}.*" if isinstance(python, str) else None))


def _poetry(file: DeclaringFile, document: dict[str, Any], key: tuple[str, ...]) -> Group:
    """A table of Poetry or of a Pipfile: `name = "^1.2"`, `{version = "^1.2"}`, or several such tables."""
    group = Group()
    for name, value in toml.table(document, *key).items():
        alternatives = cast("list[object]", value) if isinstance(value, list) else [value]
        for each in alternatives:
            specifier, marked = _poetry_entry(each)
            if parse_range(specifier) is None:
                line = toml.find_line(file.text(), (*key, name))
                file.complain(f"`{specifier:.100}` is not a version constraint", line)
                continue
            group.add(name, specifier, marked=marked or len(alternatives) > 1)
    return group


def _poetry_entry(value: object) -> tuple[str, bool]:
    """The specifier, and whether it holds only under a marker."""
    if isinstance(value, str):
        return value, False
    if not isinstance(value, dict):
        return "", False
    entry = cast("dict[str, object]", value)
    version = entry.get("version", "")
    marked = any(key in entry for key in ("markers", "python", "platform", "python_version", "sys_platform"))
    return version if isinstance(version, str) else "", marked
