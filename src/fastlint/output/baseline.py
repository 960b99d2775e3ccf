"""What people are told of a baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sized
from pathlib import Path

from fastlint.baseline.compare import Update
from fastlint.baseline.file import Entry
from fastlint.output.cells import clean
from fastlint.output.terminal import Line, Piece
from fastlint.output.text import counted, shown_path


def note(held: int, gone: int, renamed: Sized) -> str:
    """What the last lines of a run say; "" where there is nothing to say."""
    if not (held or gone):
        return ""
    said = [f"{counted(held, 'finding')} of the baseline {_are(held)} held back"] if held else []
    if gone:
        what = f"{gone:,} more" if held else f"{counted(gone, 'finding')} of the baseline"
        said.append(f"{what} {_are(gone)} gone")
    if renamed:
        said.append(f"{counted(len(renamed), 'file')} renamed")
    return f"{'; '.join(said)}: `fastlint baseline --prune`." if gone or renamed else f"{said[0]}."


def untraced(count: int) -> str:
    """What is said of files that are gone, where the history is missing that could tell their new names."""
    if not count:
        return ""
    return (
        f"{counted(count, 'file')} of the baseline {_are(count)} gone; whether by a rename cannot be seen "
        "in a shallow clone: fetch all of it (`git fetch --unshallow`; in GitHub Actions, `fetch-depth: 0`)."
    )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def unchanged(file: str, update: Update) -> str:
    if not update.after:
        return "No findings: there is nothing to hold back."
    return f"Nothing to change in {file}: {size(update.after)}."


def written(file: str, update: Update) -> str:
    if not update.after:
        return f"Wrote {file}: nothing is left in it, so it can be removed ({changes(update)})."
    return f"Wrote {file}: {size(update.after)} ({changes(update)})."


def size(entries: Counter[Entry]) -> str:
    """`43 findings in 12 files`."""
    files = counted(len({entry.path for entry in entries}), "file")
    return f"{counted(entries.total(), 'finding')} in {files}"


def changes(update: Update) -> str:
    """What is different: `3 new, 2 gone, 1 file renamed`; `put in order` after a merge."""
    counts = {"new": update.new.total(), "gone": update.gone.total()}
    said = [f"{count:,} {what}" for what, count in counts.items() if count]
    if update.renamed:
        said.append(f"{counted(len(update.renamed), 'file')} renamed")
    return ", ".join(said) or "put in order"


def stale(root: Path, update: Update) -> Iterator[Line]:
    """What --prune would take out or rename, each in a line."""
    for entry, count in sorted(update.gone.items()):
        times = f" ({count} times)" if count > 1 else ""
        yield [Piece(clean(f"{shown_path(root, entry.path)}  {entry.rule}  {entry.text}{times}"))]
    for old, new in update.renamed.items():
        yield [Piece(clean(f"{shown_path(root, old)} is now {shown_path(root, new)}"))]
