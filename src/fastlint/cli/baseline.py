"""`fastlint baseline` writes the findings that runs hold back from then on, and takes out what is gone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastlint.baseline import NAME
from fastlint.cli import CLEAN, FAILED, FINDINGS
from fastlint.cli.check import check, checked, prepared
from fastlint.cli.console import complain, print_lines, tell, write_file
from fastlint.cli.held import named_file, read_baseline
from fastlint.cli.request import STDIN, Request
from fastlint.cli.values import FilePath

if TYPE_CHECKING:
    from fastlint.baseline.compare import Baseline, Update
    from fastlint.config import Settings
    from fastlint.report import Report

SHARED = ("config", "jobs", "no_cache", "cache_dir")


@click.command(
    "baseline",
    short_help="Write the known findings, which runs hold back.",
    params=[parameter for parameter in check.params if parameter.name in SHARED],
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path, readable=False))
@click.option("--prune", is_flag=True, help="Only take out what is gone; add nothing.")
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit with 1 if --prune would change the file."
)
@click.option(
    "--baseline",
    type=FilePath(),
    metavar="FILE",
    help=f"The baseline (default: {NAME} in the project's root).",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def write_baseline(*, prune: bool, only_check: bool, **given: Any) -> int:
    """Write what is found now to a baseline. From then on, runs report and fail on what is new alone.

    A finding is known by its rule, its file, the function it stands in and its line of code: it stays known
    when lines move, and when git sees that its file was renamed (`git mv`, or staged). With PATH, what the
    baseline has for other files stays in it. What is held back is not fixed either, unless with
    `fastlint --fix --no-baseline`.

    \b
    Examples:
      fastlint baseline                 start: hold back all that is found now
      fastlint baseline --prune         take out what was mended since
      fastlint baseline --check         in CI: fail while there is something to prune
      fastlint --no-baseline            show everything
    """
    request = _request(given)
    settings, _, lint = prepared(request)
    file = named_file(request, settings) or settings.root / NAME
    if not file.exists() and (prune or only_check):
        return _nothing(request, settings, file)
    from fastlint.baseline.compare import Baseline, asked_about
    from fastlint.output import baseline as output

    baseline = read_baseline(settings.root, file) if file.exists() else Baseline(settings.root, file)
    report = checked(request, settings, lint)
    if report.problems:
        return _refuse(report)
    adds = not (prune or only_check)
    update = baseline.update(report, asked_about(report, request.targets), adds=adds)
    code, sentence = _compared(baseline, update) if only_check else _written(baseline, update)
    if not request.quiet:
        tell(sentence)
        if baseline.untraced:
            tell(output.untraced(baseline.untraced))
    return code


def _request(given: dict[str, Any]) -> Request:
    """What `check` would be asked for with these options and no others. Raises `click.UsageError`."""
    if STDIN in given["paths"]:
        raise click.UsageError("`-` is standard input, and a baseline knows files: name a file or a folder")
    with check.make_context("check", [], parent=click.get_current_context().parent) as context:
        return Request.of({**context.params, **given})


def _nothing(request: Request, settings: Settings, file: Path) -> int:
    """Without the usual file a project has no known findings, and is as tidy as can be."""
    if named_file(request, settings):
        raise click.ClickException(f"no baseline: {file} does not exist (`fastlint baseline` writes one)")
    if not request.quiet:
        tell(f"There is no {NAME}: nothing to prune.")
    return CLEAN


def _refuse(report: Report) -> int:
    """A file that could not be read may be why something is not found, in other files too."""
    from fastlint.cli.deliver import problem_line

    for problem in report.problems:
        complain(problem_line(report, problem))
    complain("the baseline was left as it is: repair or exclude what could not be read")
    return FAILED


def _written(baseline: Baseline, update: Update) -> tuple[int, str]:
    from fastlint.baseline.file import render
    from fastlint.output import baseline as output
    from fastlint.output.text import shown_path

    file = shown_path(baseline.file.parent, baseline.file.name)
    if not update.is_news:
        return CLEAN, output.unchanged(file, update)
    _require_no_link(baseline)
    write_file(baseline.file, render(update.after).encode())
    return CLEAN, output.written(file, update)


def _require_no_link(baseline: Baseline) -> None:
    """A repository may bring links, and must not choose by them what else is written. Raises
    `click.ClickException`."""
    from fastlint.location import real

    place = Path(os.path.normpath(baseline.file))
    if place.is_relative_to(baseline.root) and real(place) != place:
        raise click.ClickException(f"cannot write {baseline.file}: by a link it leads to {real(place)}")


def _compared(baseline: Baseline, update: Update) -> tuple[int, str]:
    from fastlint.output import baseline as output
    from fastlint.output.text import shown_path

    file = shown_path(baseline.file.parent, baseline.file.name)
    if not update.is_news:
        return CLEAN, output.unchanged(file, update)
    print_lines(output.stale(baseline.root, update))
    return FINDINGS, f"{file} is not up to date ({output.changes(update)}): `fastlint baseline --prune`."
