"""`fastlint check`: report findings, and fix them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastlint import __version__
from fastlint.cli.changed import changed
from fastlint.cli.color import color_option
from fastlint.cli.completion import complete_selectors
from fastlint.cli.deliver import deliver, deliver_diff
from fastlint.cli.held import holding_back
from fastlint.cli.ignored import ignored, reason
from fastlint.cli.outputs import completions, for_one_stream, outputs
from fastlint.cli.request import Request, verify_selectors
from fastlint.cli.rules import known_rules
from fastlint.cli.values import Count, FilePath, FolderPath

if TYPE_CHECKING:
    from fastlint.cache.cache import Cache
    from fastlint.cli.stdin import Buffer
    from fastlint.config import Settings
    from fastlint.report import Report

Lint = Callable[..., "Report"]

SECTIONS = {
    "Rules": ("select", "extend_select", "ignore"),
    "Changes": ("diff_base", "staged"),
    "Fixing": ("fix", "diff", "unsafe_fixes"),
    "Known findings": ("baseline", "no_baseline", "add_ignore", "reason"),
    "Output": ("output_format", "output_file", "statistics", "color", "watch", "quiet", "verbose"),
    "Failing": ("fail_on", "max_warnings", "exit_zero"),
    "Configuration": ("config", "isolated", "force_exclude", "stdin_filename"),
    "Instead of checking": ("show_files", "show_settings"),
    "Speed": ("jobs", "no_cache", "cache_dir"),
}


def processes(context: click.Context, option: click.Parameter, value: str) -> int:
    """A number of processes, or `auto`, which is 0."""
    if value == "auto":
        return 0
    if not value.isdecimal() or int(value) == 0:
        raise click.BadParameter(f"{value!r} is neither `auto` nor a number from 1", context, option)
    return int(value)


class Check(click.Command):
    """A command whose options stand in sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
        records = {option.name: option.get_help_record(ctx) for option in options}
        named = {name for names in SECTIONS.values() for name in names}
        others = tuple(name for name in records if name not in named and name)
        for heading, names in {**SECTIONS, "Other": others}.items():
            with formatter.section(heading):
                formatter.write_dl([record for name in names if (record := records.get(name))])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Exit code"):
            formatter.write_dl(
                [
                    ("0", "nothing found that counts"),
                    ("1", "findings remain"),
                    ("2", "something could not be done"),
                ]
            )


@click.command("check", cls=Check, short_help="Check code (the default command).")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path, readable=False))
@click.option(
    "--select",
    multiple=True,
    metavar="RULES",
    shell_complete=complete_selectors,
    help="Check these rules only: names, codes, prefixes of codes, or ALL; separated by commas.",
)
@click.option(
    "--extend-select",
    multiple=True,
    metavar="RULES",
    shell_complete=complete_selectors,
    help="Check these rules too.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="RULES",
    shell_complete=complete_selectors,
    help="Leave these rules out.",
)
@click.option(
    "--diff-base",
    metavar="REF",
    help="Report only what is new since HEAD left this branch, tag or commit, uncommitted changes included. "
    "The whole project is compared: what a change breaks elsewhere is new too.",
)
@click.option(
    "--staged", is_flag=True, help="Report only what the next commit brings: staged content against HEAD."
)
@click.option("--fix", is_flag=True, help="Apply the fixes that keep the behaviour.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and write nothing.")
@click.option(
    "--unsafe-fixes", is_flag=True, help="With --fix or --diff: fixes that may change the behaviour too."
)
@click.option(
    "--output-format",
    multiple=True,
    callback=outputs,
    shell_complete=completions,
    metavar="FORMAT[=FILE]",
    help="How to print the findings: text (default), concise, json, jsonl, github, gitlab, sarif, junit, "
    "pylint or markdown; FORMAT=FILE writes them to a file. Several may be given, one without a file.",
)
@click.option(
    "--output-file",
    type=FilePath(),
    metavar="FILE",
    help="Write the findings to this file.",
)
@click.option(
    "--statistics", is_flag=True, help="Print how many findings each rule has, in place of the findings."
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    metavar="SEVERITY",
    help="Exit with 1 for findings of this severity and graver ones only: error, warning, info (the default) "
    "or never. This or --max-warnings replaces what the configuration says of failing.",
)
@click.option(
    "--max-warnings",
    type=Count(),
    metavar="N",
    help="Let up to N warnings pass, and infos: exit with 1 for errors, and for more warnings than N. "
    "Goes with --fail-on error, which it implies.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found: --fail-on never.")
@click.option(
    "--config",
    type=FilePath(),
    metavar="FILE",
    help="Read the configuration from this file.",
)
@click.option(
    "--force-exclude",
    is_flag=True,
    help="Leave excluded files out even if they are named, as pre-commit does.",
)
@click.option(
    "--stdin-filename",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Check what comes from standard input in place of this file, which need not exist; with --fix, "
    "print it fixed and the findings on stderr.",
)
@click.option("--show-files", is_flag=True, help="List the files that would be checked, and check nothing.")
@click.option(
    "--show-settings",
    is_flag=True,
    help="Show the settings that count for PATH, where each comes from, and which rules are on.",
)
@click.option("--isolated", is_flag=True, help="Read no configuration.")
@color_option
@click.option(
    "-w", "--watch", is_flag=True, help="Check again after each change, until Ctrl-C (needs fastlint[watch])."
)
@click.option(
    "--baseline",
    type=FilePath(),
    metavar="FILE",
    help="Hold back the findings of this file (default: fastlint-baseline.toml in the project's root).",
)
@click.option("--no-baseline", is_flag=True, help="Hold nothing back.")
@click.option(
    "--add-ignore",
    is_flag=True,
    help="Silence each finding by a comment on its line.",
)
@click.option(
    "--reason",
    default="",
    callback=reason,
    metavar="TEXT",
    help="With --add-ignore: why, at the end of each comment.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print findings and nothing else.")
@click.option(
    "-v", "--verbose", is_flag=True, help="Say what was read: configuration, roots, versions, times."
)
@click.option(
    "-j",
    "--jobs",
    callback=processes,
    default="auto",
    metavar="N",
    help="Read large projects on so many processes (default: auto, one for each core).",
)
@click.option("--no-cache", is_flag=True, help="Neither use nor keep what was found before.")
@click.option(
    "--cache-dir",
    type=FolderPath(),
    metavar="DIR",
    help="Keep the cache here (default: .fastlint_cache in the project's root).",
)
@click.version_option(__version__, message="fastlint %(version)s")
def check(**given: Any) -> int:
    """Check FastAPI code: whole projects, across modules.

    PATH is a file or a folder; without one, the current folder is checked.

    \b
    Examples:
      fastlint                          check the project here
      fastlint app tests                check two folders
      fastlint --diff                   see what --fix would change
      fastlint --fix                    apply the safe fixes
      fastlint --diff-base origin/main  report what this branch introduced
      fastlint --select FL1 --ignore blocking-file-call
      fastlint rule FL101               read what a rule is about
    """
    request = Request.of(given)
    if request.watch:
        from fastlint.cli.watch import watch

        return watch(request, run)
    return run(request)


def run(request: Request, open_cache: Callable[..., Cache] | None = None) -> int:
    """One run. `open_cache` stands for `Cache.of`."""
    settings, cache, lint = prepared(request, open_cache)
    if request.show_files or request.show_settings:
        from fastlint.cli.show import show

        return show(request, settings, cache)
    buffer = from_stdin(request)
    lint = buffer.through(lint) if buffer else changed(request, settings.root, cache, lint)
    lint = holding_back(request, settings, lint, cache.rules)
    if request.add_ignore:
        fixed, report = ignored(request, settings, lint)
    elif request.fix:
        fixed, report = mended(request, settings, lint, buffer)
    else:
        fixed, report = "", checked(request, settings, lint)
    report.details["cache"] = "; ".join(cache.told()) or "on"
    if request.diff:
        return deliver_diff(request, settings, report)
    if request.fix and buffer:
        return buffer.pass_on(lambda: deliver(for_one_stream(request), settings, report, fixed))
    return deliver(request, settings, report, fixed)


def prepared(
    request: Request, open_cache: Callable[..., Cache] | None = None
) -> tuple[Settings, Cache, Lint]:
    """The settings and the cache of what is asked for, and what lints with them."""
    from fastlint import disk, engine
    from fastlint.cache.cache import Cache
    from fastlint.cli.project import root_of
    from fastlint.config import ConfigError

    disk.forget()
    root = root_of(request.targets)
    cache = Cache(None) if request.no_cache else (open_cache or Cache.of)(root, request.cache_dir)

    def lint(paths: Sequence[Path], settings: Settings, **more: Any) -> Report:
        more = {"cache": cache, "jobs": request.jobs, **more}
        try:
            return engine.lint(paths, settings, **more)
        except ConfigError as error:  # in the settings of a folder
            raise click.ClickException(str(error)) from error

    return configured(request, root, cache), cache, lint


def from_stdin(request: Request) -> Buffer | None:
    """The file that stands in standard input, where that is asked for; raises as `Buffer.read` does."""
    if request.stdin_filename is None:
        return None
    from fastlint.cli.stdin import Buffer

    return Buffer.read(request.stdin_filename)


def configured(request: Request, root: Path, cache: Cache) -> Settings:
    """The project's settings under the command line's. Raises `click.ClickException` for broken ones."""
    from fastlint.config import ConfigError, load

    rules = known_rules(cache)
    verify_selectors((*request.select, *request.extend_select, *request.ignore), rules)
    try:
        settings = load(root, config=request.config, isolated=request.isolated, rules=rules)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    return settings.override(
        select=request.select,
        extend_select=request.extend_select,
        ignore=request.ignore,
        force_exclude=request.force_exclude,
    )


def checked(request: Request, settings: Settings, lint: Lint) -> Report:
    """The findings, with a bar for whoever waits."""
    from fastlint.cli.progress import Bar

    with Bar() as bar:
        return lint(request.targets, settings, progress=bar)


def mended(request: Request, settings: Settings, lint: Lint, buffer: Buffer | None) -> tuple[str, Report]:
    """What was fixed, in a sentence, and what remains."""
    from fastlint import fixing
    from fastlint.cli.progress import Bar
    from fastlint.output.text import counted

    with Bar() as bar:
        run = partial(lint, progress=bar)
        more: dict[str, Any] = {"write": buffer.write} if buffer else {}
        outcome = fixing.fix(request.targets, settings, unsafe=request.unsafe_fixes, lint=run, **more)
    report = replace(outcome.report, problems=[*outcome.report.problems, *outcome.problems])
    fixed = sum(outcome.fixed.values())
    if not fixed:
        return "", report
    return f"Fixed {counted(fixed, 'finding')} in {counted(len(outcome.files), 'file')}.", report
