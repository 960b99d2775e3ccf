"""The text of a first configuration: only what says something about the project, each with its reason."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from fastlint.starting.survey import Survey

PAGE = "https://github.com/fastlint/fastlint/blob/main/docs/configuration.md"
MOST_PATHS = 5


def table(survey: Survey, folder: str, prefix: str) -> str:
    """The table for a file in a folder of the project (`""` is the root).

    `prefix` is its name in that file (`tool.fastlint`), or nothing where the whole file is ours.
    """
    header = [f"[{prefix}]"] if prefix else []
    blocks = [[*header, f"# Every key: {PAGE}", *_keys(survey, folder)], *_offers(survey, folder, prefix)]
    return "\n".join("".join(f"{line}\n" for line in block) for block in blocks)


def _keys(survey: Survey, folder: str) -> Iterator[str]:
    if roots := _inside(folder, survey.roots):
        yield f"src = {_array(roots)} # imports begin here, which nothing in the project declares"
    if unread := _inside(folder, survey.unread):
        yield "# What cannot be read as Python. If it is not meant to be (templates, fixtures), take this:"
        yield f"# extend-exclude = {_array(_few(unread))}"


def _offers(survey: Survey, folder: str, prefix: str) -> Iterator[list[str]]:
    """Tables in comments: what the user knows better."""
    dot = "." if prefix else ""
    tests = {path: names for given, names in survey.in_tests.items() for path in _inside(folder, [given])}
    if tests:
        yield [
            "# What is found in tests alone today:",
            f"# [{prefix}{dot}per-file-ignores]",
            *(f"# {_string(f'{path}/*')} = {_array(names)}" for path, names in sorted(tests.items())),
        ]
    if survey.uses and not survey.declares_fastapi:
        yield [
            "# The project declares no version of fastapi, so rules reckon with every one. If you know more:",
            f"# [{prefix}{dot}versions]",
            '# fastapi = ">=0.115"',
        ]


def _inside(folder: str, paths: Sequence[str]) -> list[str]:
    """Those of the paths that lie in a folder, as seen from there."""
    if not folder:
        return list(paths)
    return [path.removeprefix(f"{folder}/") for path in paths if path.startswith(f"{folder}/")]


def _few(paths: Sequence[str]) -> Sequence[str]:
    """The files, or their folders where they are many."""
    if len(paths) <= MOST_PATHS:
        return paths
    return sorted({path.rpartition("/")[0] or path for path in paths})


def _array(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_string, values))}]"


def _string(value: str) -> str:
    """As a basic string of TOML, which is one of JSON without DEL (https://toml.io/en/v1.0.0#string)."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
