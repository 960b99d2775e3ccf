"""The lock files of uv, Poetry, PDM, PEP 751 and Pipenv: one version a package, or one for each marker."""

from __future__ import annotations

import re
from typing import Any, cast

from fastlint import toml
from fastlint.versions.declared import Level
from fastlint.versions.files import DeclaringFile

_NAME = re.compile(rb'\nname *= *["\']([^"\'\r\n]+)')
_VERSION = re.compile(rb'\nversion *= *["\']([^"\'\r\n]+)')
_CONFLICT = b"\n<<<<<<< "


def read_lock(file: DeclaringFile, level: Level) -> None:
    """A lock of uv, Poetry, PDM or PEP 751, searched and not parsed: it may have megabytes."""
    data = b"\n" + file.data()
    conflict = data.find(_CONFLICT)
    if conflict >= 0:
        raise file.bad("the file has a merge conflict", data.count(b"\n", 0, conflict) + 1)
    for block in data.split(b"\n[[package")[1:]:
        package = block.partition(b"\n[")[0]  # without the tables below it
        name, version = _NAME.search(package), _VERSION.search(package)
        if name and version and package.startswith((b"]]", b"s]]")):
            level.pin(name[1].decode("utf-8", "replace"), version[1].decode("utf-8", "replace"))


def read_pipfile_lock(file: DeclaringFile, level: Level) -> None:
    import json

    try:
        document: object = json.loads(file.text())
    except json.JSONDecodeError as error:
        raise file.bad(f"not valid JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise file.bad("not valid JSON: nested too deeply") from None
    tables = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    for section in ("default", "develop"):
        for name in toml.table(tables, section):
            version: object = toml.table(tables, section, name).get("version")
            if isinstance(version, str):
                level.pin(name, version)
