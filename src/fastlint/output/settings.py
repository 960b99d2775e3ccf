"""What counts for files and folders, for people and as JSON; paths are as one would open them from here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from fastlint.effective import COMMAND_LINE, DEFAULT, Effective, Setting
from fastlint.output.cells import clean
from fastlint.output.json import encode
from fastlint.output.table import columns
from fastlint.output.terminal import Line, Piece, Screen
from fastlint.output.text import shown_path

HEADING = ("setting", "from", "value")


def layout(found: Sequence[Effective], screen: Screen, cwd: Path | None = None) -> Iterator[Line]:
    """A section for each path: its settings in columns, and the rules that are on."""
    for number, each in enumerate(found):
        if number:
            yield []
        yield from _section(each, _Shown(cwd), screen)


def render_json(found: Sequence[Effective], cwd: Path | None = None) -> bytes:
    """A list with an object for each path."""
    shown = _Shown(cwd)
    return encode([_object(each, shown) for each in found])


class _Shown:
    """Paths as seen from a folder."""

    def __init__(self, cwd: Path | None) -> None:
        self.cwd = cwd

    def file(self, path: Path) -> str:
        return shown_path(path.parent, path.name, self.cwd)

    def subject(self, each: Effective) -> str:
        return self.file(each.path) + "/" * each.is_folder

    def source(self, setting: Setting) -> str:
        source = setting.source
        return source if source in (DEFAULT, COMMAND_LINE) else self.file(Path(source))


def _section(each: Effective, shown: _Shown, screen: Screen) -> Iterator[Line]:
    configuration = shown.file(each.configuration) if each.configuration else "none"
    facts = f"{shown.subject(each)}: configuration {configuration}, root {shown.file(each.root)}"
    yield [Piece(clean(facts, screen.encoding), "bold")]
    yield from columns(HEADING, [_row(key, each.settings[key], shown) for key in each.settings], screen)
    yield [Piece(f"{len(each.rules)} rules are on:")]
    yield from columns((), [(f"  {rule.code}", rule.name) for rule in each.rules], screen)


def _row(key: str, setting: Setting, shown: _Shown) -> tuple[str, str, str]:
    source = shown.source(setting)
    value = msgspec.json.encode(setting.value).decode()
    return key, f"{source}:{setting.line}" if setting.line else source, value


def _object(each: Effective, shown: _Shown) -> dict[str, Any]:
    return {
        "path": shown.subject(each),
        "root": shown.file(each.root),
        "configuration": shown.file(each.configuration) if each.configuration else None,
        "settings": {
            key: {"value": setting.value, "source": shown.source(setting), "line": setting.line or None}
            for key, setting in each.settings.items()
        },
        "rules": each.rules,
    }
