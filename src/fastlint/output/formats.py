"""Every format there is: a module of this package that has a `FORMAT`, loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

from fastlint.output.terminal import Line, Screen, plain

if TYPE_CHECKING:
    from fastlint.report import Report

NAMES = ("text", "concise", "json", "jsonl", "github", "gitlab", "sarif", "junit", "pylint", "markdown")


class Layout(Protocol):
    """The findings and, unless quiet, the last lines; `fixed` is what they say of fixes that were made."""

    def __call__(
        self, report: Report, *, screen: Screen, quiet: bool = False, fixed: str = ""
    ) -> Iterable[Line]: ...


class Format(NamedTuple):
    """How a report is written to files and pipes; formats that people read have a `layout` for screens.
    `has_notes` says that what is held back can be read in it all the same."""

    render: Callable[[Report], bytes]
    layout: Layout | None = None
    has_notes: bool = False


def for_people(layout: Layout) -> Format:
    """A format whose lines are as wide and as colourful as the screen; in a file they are plain findings."""

    def render(report: Report) -> bytes:
        return plain(layout(report, screen=Screen(), quiet=True)).encode("utf-8", "replace")

    return Format(render, layout)


def find_format(name: str) -> Format:
    """The format of this name, one of `NAMES`."""
    found = import_module(f"fastlint.output.{name}").FORMAT
    assert isinstance(found, Format)
    return found
