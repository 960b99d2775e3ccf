"""What options and arguments take, and in plain words why a value is none of that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from typing import NoReturn


class FilePath(click.Path):
    """A file, which need not be there."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if os.path.isdir(value):  # noqa: PTH112 - whatever click gives, and no `Path` of it may raise
            refuse(f"{os.fspath(value)} is a folder, and a file is asked for", param, ctx)
        return super().convert(value, param, ctx)


class FolderPath(click.Path):
    """A folder, which has to be there where that is said."""

    def __init__(self, *, exists: bool = False) -> None:
        super().__init__(file_okay=False, exists=exists, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        is_there = os.path.exists(value)  # noqa: PTH110 - as above
        if is_there and not os.path.isdir(value):  # noqa: PTH112 - as above
            refuse(f"{os.fspath(value)} is a file, and a folder is asked for", param, ctx)
        if self.exists and not is_there:
            refuse(f"no such folder: {os.fspath(value)}", param, ctx)
        return super().convert(value, param, ctx)


class Count(click.IntRange):
    """A whole number from 0."""

    def __init__(self) -> None:
        super().__init__(min=0)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            refuse(f"`{value}` is no number from 0", param, ctx)


def refuse(message: str, param: click.Parameter | None, ctx: click.Context | None) -> NoReturn:
    """A usage error that begins with the option, where it is one."""
    option = f"{param.opts[-1]}: " if isinstance(param, click.Option) else ""
    raise click.UsageError(f"{option}{message}", ctx)
