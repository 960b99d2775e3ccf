"""What a command line asks for, checked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastlint.cli.outputs import Output, settled, verify_statistics

if TYPE_CHECKING:
    from fastlint.rule import Named

STDIN = Path("-")


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    paths: tuple[Path, ...]
    select: tuple[str, ...]
    extend_select: tuple[str, ...]
    ignore: tuple[str, ...]
    fix: bool
    diff: bool
    unsafe_fixes: bool
    outputs: tuple[Output, ...]
    statistics: bool
    fail_on: str
    max_warnings: int | None
    config: Path | None
    isolated: bool
    quiet: bool
    verbose: bool
    jobs: int
    no_cache: bool
    cache_dir: Path | None
    force_exclude: bool
    diff_base: str | None
    staged: bool
    baseline: Path | None
    no_baseline: bool
    add_ignore: bool
    reason: str
    stdin_filename: Path | None
    show_files: bool
    show_settings: bool
    watch: bool

    @classmethod
    def of(cls, given: dict[str, Any]) -> Request:
        """Raises `click.UsageError` for what cannot be done together or does not exist."""
        for selectors in ("select", "extend_select", "ignore"):
            given[selectors] = parsed(given[selectors])
        given["fail_on"] = failing(given["fail_on"], given["exit_zero"], given["max_warnings"])
        given["outputs"] = settled(given["output_format"], given["output_file"])
        request = cls(**{field.name: given[field.name] for field in fields(cls)})
        request.verify()
        return request

    def verify(self) -> None:
        if self.fix and self.diff:
            raise click.UsageError("--fix writes and --diff only shows: choose one")
        if self.diff and ([output.format for output in self.outputs] != ["text"] or self.statistics):
            raise click.UsageError(
                "--diff has a format of its own: leave out --output-format and --statistics"
            )
        if self.statistics:
            verify_statistics(self.outputs)
        if self.show_files or self.show_settings:
            self._verify_show()
        if self.watch:
            self._verify_watch()
        if self.no_cache and self.cache_dir:
            raise click.UsageError("--no-cache has no use for a folder: leave out --cache-dir")
        if self.add_ignore and (self.fix or self.diff):
            raise click.UsageError("--add-ignore silences what is found: leave out --fix and --diff")
        if self.reason and not self.add_ignore:
            raise click.UsageError("--reason is what comments of --add-ignore say")
        if self.baseline and self.no_baseline:
            raise click.UsageError("--no-baseline has no use for a file: leave out --baseline")
        if self.config and self.isolated:
            raise click.UsageError("--isolated reads no configuration: leave out --config")
        if self.staged and self.diff_base is not None:
            raise click.UsageError("--staged compares with HEAD: leave out --diff-base")
        if self.diff_base == "":
            raise click.UsageError("--diff-base names no commit: is a variable empty?")
        if self.staged and (self.fix or self.add_ignore):
            option = "--fix" if self.fix else "--add-ignore"
            raise click.UsageError(
                f"--staged looks at what is staged, and {option} writes to the working tree: "
                f"`{option} --diff-base HEAD` is about what is not committed"
            )
        if self.stdin_filename or STDIN in self.paths:
            self._verify_stdin()
        elif self.paths and not any(os.path.lexists(path) for path in self.paths):
            path = self.paths[0]
            raise click.UsageError(f"no such file or directory: {path}{_hint(path)}")

    def _verify_watch(self) -> None:
        if self.fix or self.add_ignore or self.stdin_filename or any(each.file for each in self.outputs):
            raise click.UsageError(
                "--watch only shows: leave out --fix, --add-ignore, --stdin-filename and output files"
            )
        if self.staged:
            raise click.UsageError("--watch does not see what is staged: use --diff-base HEAD")

    def _verify_show(self) -> None:
        if self.show_files and self.show_settings:
            raise click.UsageError("--show-files and --show-settings each have an output: choose one")
        if self.outputs not in ((Output("text"),), (Output("json"),)):
            raise click.UsageError("--show-files and --show-settings print text or json, and write no file")

    def _verify_stdin(self) -> None:
        if self.stdin_filename is None:
            raise click.UsageError(
                "`-` stands for a file of the project: name it with --stdin-filename FILE (it need not exist)"
            )
        if self.paths not in ((), (STDIN,)):
            raise click.UsageError("--stdin-filename checks one file: leave out the other paths")
        if self.staged or self.diff_base is not None:
            raise click.UsageError("--stdin-filename is about no commit: leave out --staged and --diff-base")
        if self.add_ignore:
            raise click.UsageError("--add-ignore writes to files: leave out --stdin-filename")
        if self.stdin_filename.is_dir():
            raise click.UsageError(f"--stdin-filename: {self.stdin_filename} is a folder")
        if not self.stdin_filename.parent.is_dir():
            raise click.UsageError(f"--stdin-filename: no such folder: {self.stdin_filename.parent}")

    @property
    def output_file(self) -> Path | None:
        """The file of the only output."""
        return self.outputs[0].file

    @property
    def targets(self) -> tuple[Path, ...]:
        """What to check: the current folder where nothing is named."""
        return (self.stdin_filename,) if self.stdin_filename else self.paths or (Path(),)


def parsed(given: Iterable[str]) -> tuple[str, ...]:
    """The selectors of an option that was given any number of times: `FL1,blocking-sleep`."""
    return tuple(part for each in given for text in each.split(",") if (part := text.strip()))


def failing(fail_on: str | None, exit_zero: bool, max_warnings: int | None) -> str:
    """What `--fail-on` says, `--exit-zero` for `never` or `--max-warnings` for `error`; "" where nothing is
    said. Raises `click.UsageError` for a contradiction."""
    if exit_zero and fail_on not in (None, "never"):
        raise click.UsageError("--exit-zero says --fail-on never: choose one")
    if max_warnings is not None and (exit_zero or fail_on == "never"):
        raise click.UsageError("--max-warnings has no use for a run that never fails")
    if max_warnings is not None and fail_on not in (None, "error"):
        raise click.UsageError(
            f"--max-warnings lets some warnings pass and --fail-on {fail_on} none: choose one"
        )
    return "never" if exit_zero else fail_on or ("error" if max_warnings is not None else "")


def verify_selectors(selectors: Iterable[str], rules: Sequence[Named]) -> None:
    """Raises `click.UsageError` for the first selector that means no rule, naming the nearest that does."""
    from fastlint.config import selector_complaint

    for selector in selectors:
        if complaint := selector_complaint(selector, rules):
            raise click.UsageError(complaint)


def _hint(path: Path) -> str:
    """For the name of a command that does not stand first."""
    name = str(path)
    return (
        f" (a command comes first: `fastlint {name}`)"
        if name in ("check", "rule", "rules", "routes", "graph")
        else ""
    )
