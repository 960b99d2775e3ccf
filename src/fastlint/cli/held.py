"""What a run holds back: the findings of the baseline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastlint.baseline import NAME

if TYPE_CHECKING:
    from fastlint.baseline.compare import Baseline, Comparison
    from fastlint.cli.request import Request
    from fastlint.config import Settings
    from fastlint.report import Report
    from fastlint.rule import Named

    Lint = Callable[..., Report]


def holding_back(
    request: Request, settings: Settings, lint: Lint, rules: Callable[[], Iterable[Named]]
) -> Lint:
    """`lint`, its reports without what the baseline knows; itself where there is none. `rules` finds all that
    the baseline may name; what it names beyond them is noted.

    What is held back is not fixed either: a fix changes what a run reports, and no code that nobody asked
    about. Raises `click.ClickException` for a baseline that cannot be read.
    """
    file = baseline_file(request, settings)
    if file is None:
        return lint
    baseline = read_baseline(settings.root, file)
    complaints = baseline.complaints(rules())

    def held(paths: Sequence[Path], settings: Settings, **more: Any) -> Report:
        return _held_back(request, baseline, complaints, lint(paths, settings, **more))

    return held


def baseline_file(request: Request, settings: Settings) -> Path | None:
    """The baseline that counts for a run. One that is named and not there is an error."""
    named = named_file(request, settings)
    if request.no_baseline or (request.isolated and not request.baseline):
        return None
    if named is not None and not named.exists():
        raise click.ClickException(f"no baseline: {named} does not exist (`fastlint baseline` writes one)")
    usual = settings.root / NAME
    return named or (usual if usual.exists() else None)


def named_file(request: Request, settings: Settings) -> Path | None:
    """The file that the command line or the configuration names."""
    if request.baseline:
        return request.baseline.absolute()
    return settings.root / settings.baseline if settings.baseline else None


def read_baseline(root: Path, file: Path) -> Baseline:
    from fastlint.baseline.compare import Baseline
    from fastlint.config import ConfigError

    try:
        return Baseline.read(root, file)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def _held_back(request: Request, baseline: Baseline, complaints: Iterable[str], report: Report) -> Report:
    from fastlint.output.baseline import note, untraced
    from fastlint.output.text import counted, shown_path

    comparison = baseline.compare(report)
    held = comparison.found.total()
    shown = shown_path(baseline.file.parent, baseline.file.name)
    report.details["baseline"] = (
        f"{shown}, {counted(baseline.entries.total(), 'finding')}, {held:,} held back"
    )
    said = note(held, _gone(request, baseline, report, comparison), baseline.renamed)
    told = (said, untraced(baseline.untraced), *(f"{shown}:{complaint}" for complaint in complaints))
    notes = (*report.notes, *filter(None, told))
    return replace(report, diagnostics=comparison.new, notes=notes)


def _gone(request: Request, baseline: Baseline, report: Report, comparison: Comparison) -> int:
    """How many findings of the baseline are there no more; 0 where that cannot be told, as some rules did not
    run, some files could not be read, or what was found before is left out."""
    from fastlint.baseline.compare import asked_about

    if report.problems or report.since or request.select or request.extend_select or request.ignore:
        return 0
    judges = asked_about(report, request.targets)
    left = baseline.entries - comparison.found
    return sum(count for entry, count in left.items() if judges(entry.path))
