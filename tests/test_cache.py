"""The cache: whatever is in it, a run finds what it would find without."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from fastlint import testing
from fastlint.cache import store
from fastlint.cache.cache import Cache
from fastlint.cache.moves import moved, moves
from fastlint.cli import main
from fastlint.config import Settings
from fastlint.diagnostic import Diagnostic, FixRequest, Place, Safety, Severity
from fastlint.engine import Run, lint
from fastlint.index.facts import facts_of
from fastlint.report import Report

APPS = Path(__file__).parents[1] / "fixtures" / "apps"
ROUTE = """\
import time
from fastapi import FastAPI
from helpers import helper

app = FastAPI()


@app.get("/")
async def slow():
    helper()
"""
HELPERS = "import time\n\n\ndef helper():\n    time.sleep(1)\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    testing.write(
        tmp_path, {"pyproject.toml": "", "main.py": ROUTE, "helpers.py": HELPERS, "other.py": "x = 1\n"}
    )
    return tmp_path


def cold(root: Path, **settings: Any) -> Report:
    return lint([root], Settings(root=root, **settings))


def warm(root: Path, **settings: Any) -> Report:
    return lint([root], Settings(root=root, **settings), cache=Cache.of(root))


def said(report: Report) -> tuple[object, ...]:
    return report.diagnostics, report.problems, report.files, report.lines, report.details


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The runs that had to ask the rules."""
    found: list[Run] = []
    checked = Run._checked

    def counted(run: Run) -> Any:
        found.append(run)
        return checked(run)

    monkeypatch.setattr(Run, "_checked", counted)
    return found


@pytest.fixture
def indexed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that had to be parsed."""
    found: list[str] = []

    def counted(path: str, data: bytes) -> Any:
        found.append(path)
        return facts_of(path, data)

    monkeypatch.setattr("fastlint.index.facts.facts_of", counted)
    return found


# What is not done again


def test_a_second_run_asks_no_rule_and_says_the_same(project: Path, checks: list[Run]) -> None:
    first, second = warm(project), warm(project)
    assert said(first) == said(second) == said(cold(project))
    assert 2 == len(checks)  # the first, and the one without a cache


def test_a_changed_file_alone_is_parsed_again(project: Path, indexed: list[str]) -> None:
    warm(project)
    indexed.clear()
    (project / "helpers.py").write_text(HELPERS.replace("sleep(1)", "sleep(2)"))
    report = warm(project)
    assert ["helpers.py"] == indexed
    assert said(cold(project)) == said(report)


UNIMPORTANT = {
    "a comment": HELPERS.replace("    time", "    # a pause\n    time"),
    "a docstring": HELPERS.replace("    time", '    """Wait."""\n\n    time'),
    "blank lines": HELPERS.replace("def", "\n\n\ndef"),
    "spaces": HELPERS.replace("sleep(1)", "sleep( 1 )"),
}


@pytest.mark.parametrize("edit", UNIMPORTANT)
def test_an_edit_that_changes_no_code_moves_the_findings(project: Path, checks: list[Run], edit: str) -> None:
    warm(project)
    (project / "helpers.py").write_text(UNIMPORTANT[edit])
    report = warm(project)
    assert 1 == len(checks)
    assert said(cold(project)) == said(report)
    assert said(report) == said(warm(project))


def test_a_changed_file_that_nothing_leads_to_changes_nothing(project: Path, checks: list[Run]) -> None:
    warm(project)
    (project / "other.py").write_text("y = 2\n")
    assert said(warm(project)) == said(cold(project))
    assert 2 == len(checks)


def test_a_comment_that_silences_a_finding_needs_no_new_check(project: Path, checks: list[Run]) -> None:
    warm(project)
    (project / "main.py").write_text(ROUTE.rstrip() + "  # fastlint: ignore\n")
    assert [] == warm(project).diagnostics
    (project / "main.py").write_text(ROUTE)
    assert 1 == len(warm(project).diagnostics)
    assert 1 == len(checks)


def test_a_file_that_was_only_touched_is_as_it_was(project: Path, checks: list[Run]) -> None:
    warm(project)
    os.utime(project / "main.py", (1, 1))
    assert said(warm(project)) == said(cold(project))
    assert 2 == len(checks)


def test_other_paths_of_the_project_share_what_is_known(project: Path, checks: list[Run]) -> None:
    warm(project)
    report = lint([project / "helpers.py"], Settings(root=project), cache=Cache.of(project))
    assert (1, [], 1) == (len(checks), report.diagnostics, report.files)


# What is noticed

PACKAGE = {"helpers/__init__.py": "def helper(): ...\n"}
ENVIRONMENT = {"env/pyvenv.cfg": "", "env/main.py": ROUTE}
IGNORING = '[tool.fastlint]\nignore = ["FL101"]\n'

CHANGES: dict[str, Callable[[Path], object]] = {
    "a helper blocks no more": lambda root: (root / "helpers.py").write_text("def helper():\n    return 1\n"),
    "a helper is gone": lambda root: (root / "helpers.py").unlink(),
    "a new file hides a module": lambda root: testing.write(root, PACKAGE),
    "a file that did not matter does now": lambda root: (root / "other.py").write_text(ROUTE),
    "the same size and time, other content": lambda root: _rewrite(root / "helpers.py"),
    "a syntax error": lambda root: (root / "helpers.py").write_text("def helper(:\n"),
    "the configuration ignores a rule": lambda root: (root / "pyproject.toml").write_text(
        '[tool.fastlint]\nignore = ["FL101"]\n'
    ),
    "a gitignore": lambda root: (root / ".gitignore").write_text("main.py\n"),
    "a folder is excluded by its environment": lambda root: testing.write(root, ENVIRONMENT),
}


def _rewrite(path: Path) -> None:
    before = path.stat()
    path.write_text(path.read_text().replace("sleep(1)", "ctime(1)"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", CHANGES)
def test_a_run_notices_that(project: Path, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    _command_line()
    CHANGES[change](project)
    assert _command_line() == _command_line("--no-cache")


def _command_line(*options: str) -> bytes:
    main(["--output-file", "../found.json", "--output-format", "json", *options])
    return Path("../found.json").read_bytes()


@pytest.mark.parametrize("declared", ["requirements.txt", "requirements/base.txt", "sub/requirements.in"])
def test_other_declared_versions_are_noticed(project: Path, declared: str) -> None:
    code = 'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.on_event("startup")\ndef start(): ...\n'
    testing.write(project, {declared: "fastapi==0.90\n", "sub/main.py": code})
    assert [] == [each for each in warm(project).diagnostics if each.code == "FL501"]
    (project / declared).write_text("fastapi==0.121\n")
    assert said(cold(project)) == said(warm(project))
    (project / declared).unlink()
    assert said(cold(project)) == said(warm(project))


def test_other_rules_and_another_fastlint_are_noticed(
    project: Path, monkeypatch: pytest.MonkeyPatch, checks: list[Run]
) -> None:
    warm(project)
    warm(project, select=("FL2",))
    assert 2 == len(checks)
    monkeypatch.setattr("fastlint.cache.environment.__version__", "0")
    warm(project)
    assert 3 == len(checks)


def test_what_another_fastlint_noted_of_files_is_not_believed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as another:
        another.setattr("fastlint.files.RELEVANT", rb"(?!)")
        another.setattr("fastlint.cache.environment.of_findings", lambda packages: "another")
        assert warm(project).diagnostics == []
    assert warm(project).diagnostics == cold(project).diagnostics != []


def test_an_installation_that_is_gone_leaves_no_more_than_a_cold_cache(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as another:
        another.setattr("fastlint.cache.cache._folders", lambda packages: ["/nonexistent/fastlint_rules"])
        warm(project)
    assert warm(project).diagnostics == cold(project).diagnostics != []


# Generated edits


def edits(seed: int) -> list[Callable[[list[str], random.Random], None]]:
    return [
        lambda lines, rng: lines.insert(rng.randrange(len(lines) + 1), "# a comment"),
        lambda lines, rng: lines.insert(rng.randrange(len(lines) + 1), ""),
        lambda lines, rng: lines.pop(rng.randrange(len(lines))) and None,
        lambda lines, rng: lines.insert(0, "import time"),
        lambda lines, rng: lines.extend(["", "", f"def added_{rng.randrange(9)}():", "    time.sleep(1)"]),
        lambda lines, rng: lines.reverse() if rng.random() < 0.1 else None,
        lambda lines, rng: _replace(lines, rng, "async def", "def"),
        lambda lines, rng: _replace(lines, rng, "await ", ""),
        lambda lines, rng: _replace(lines, rng, "Depends(", "Security("),
        lambda lines, rng: _replace(lines, rng, "return ", "return await "),
        lambda lines, rng: _replace(lines, rng, "(", "_("),
        _block_somewhere,
        _block_somewhere,
    ]


def _block_somewhere(lines: list[str], rng: random.Random) -> None:
    found = [number for number, line in enumerate(lines) if line.endswith(":") and "def " in line]
    if found:
        number = rng.choice(found)
        indent = " " * (len(lines[number]) - len(lines[number].lstrip()) + 4)
        lines.insert(number + 1, f"{indent}import time; time.sleep(1)")


def _replace(lines: list[str], rng: random.Random, old: str, new: str) -> None:
    found = [number for number, line in enumerate(lines) if old in line]
    if found:
        number = rng.choice(found)
        lines[number] = lines[number].replace(old, new, 1)


@pytest.mark.parametrize("app", ["bookshop", "layered", "monorepo"])
@pytest.mark.parametrize("seed", range(4))
def test_after_any_edit_all_ways_to_run_say_the_same(
    tmp_path: Path, app: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastlint.index.spread.WORTH_A_PROCESS", 1)
    root = tmp_path / app
    shutil.copytree(APPS / app, root)
    rng = random.Random(seed)
    for _ in range(6):
        path = rng.choice(sorted(root.rglob("*.py")))
        lines = path.read_text(encoding="utf-8").split("\n")
        rng.choice(edits(seed))(lines, rng)
        path.write_text("\n".join(lines), encoding="utf-8")
        settings = Settings(root=root, select=("ALL",))
        reports = [
            lint([root], settings),
            lint([root], settings, cache=Cache.of(root)),
            lint([root], settings, cache=Cache.of(root)),
            lint([root], settings, jobs=2),
            lint([root], settings, cache=Cache.of(root, tmp_path / "another"), jobs=2),
        ]
        assert [said(reports[0])] * len(reports) == [said(report) for report in reports]


# Bad caches


def _entries(root: Path, kind: str = "*") -> list[Path]:
    return sorted(path for path in (root / store.FOLDER / kind).parent.glob(f"{kind}/*"))


BAD: dict[str, Callable[[Path], object]] = {
    "cut short": lambda root: [path.write_bytes(path.read_bytes()[:20]) for path in _entries(root)],
    "empty": lambda root: [path.write_bytes(b"") for path in _entries(root)],
    "another's": lambda root: [path.write_bytes(os.urandom(500)) for path in _entries(root)],
    "changed": lambda root: [_flip(path) for path in _entries(root)],
    "swapped": lambda root: _swap(_entries(root, "facts")),
    "folders in the place of files": lambda root: [_folder(path) for path in _entries(root)],
    "a file in the place of the folder": lambda root: _file(root / store.FOLDER),
}


def _file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("")


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def _swap(paths: list[Path]) -> None:
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, contents[1:] + contents[:1], strict=True):
        path.write_bytes(content)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", BAD)
def test_a_bad_cache_is_as_good_as_none(project: Path, damage: str) -> None:
    warm(project)
    BAD[damage](project)
    assert said(cold(project)) == said(warm(project))


def test_an_entry_signed_with_another_key_is_none(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(store.KEY_VARIABLE, "somebody else's")
    warm(project)
    monkeypatch.setenv(store.KEY_VARIABLE, "mine")
    cache = Cache.of(project)
    lint([project], Settings(root=project), cache=cache)
    assert ["ignored 5 damaged or foreign entries"] == [*cache.told()]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_told_of_in_a_word(project: Path) -> None:
    project.chmod(0o500)
    cache = Cache.of(project)
    report = lint([project], Settings(root=project), cache=cache)
    project.chmod(0o700)
    assert said(cold(project)) == said(report)
    assert ["cannot write: Permission denied"] == [*cache.told()]


def test_without_a_place_for_a_key_there_is_no_cache(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(store.KEY_VARIABLE)
    (tmp_path / "home").write_text("")
    for variable in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    assert said(cold(project)) == said(warm(project))
    assert not (project / store.FOLDER).exists()


def test_the_key_is_made_once_and_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(store.KEY_VARIABLE)
    for variable in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    with ThreadPoolExecutor(4) as pool:
        keys = {*pool.map(lambda _: store.secret(), range(8))}
    assert 1 == len(keys - {None})
    [path] = tmp_path.rglob("key")
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o600


def test_two_runs_at_once_do_not_disturb_each_other(project: Path) -> None:
    program = "import sys; from fastlint.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "-q", str(project)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    outputs = [run.communicate() for run in runs]
    assert [outputs[0]] * 3 == outputs
    assert [1, 1, 1] == [run.returncode for run in runs]


# The folder


def test_the_cache_marks_itself_for_backups_and_git(project: Path) -> None:
    warm(project)
    assert "*\n" == (project / store.FOLDER / ".gitignore").read_text()
    assert (
        (project / store.FOLDER / "CACHEDIR.TAG")
        .read_text()
        .startswith("Signature: 8a477f597d28d172789f06886806bc55")
    )


def test_clean_removes_it_and_nothing_else(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    warm(project)
    (project / store.FOLDER / "mine.txt").write_text("")
    assert 0 == main(["clean"])
    assert ["mine.txt"] == [path.name for path in (project / store.FOLDER).iterdir()]
    (project / store.FOLDER / "mine.txt").unlink()
    warm(project)
    assert 0 == main(["clean"])
    assert not (project / store.FOLDER).exists()


def test_clean_leaves_a_folder_that_is_no_cache(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert 0 == main(["clean", "--cache-dir", "."])
    assert (project / "main.py").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
@pytest.mark.parametrize("name", [store.FOLDER, f"{store.FOLDER}/facts"])
def test_a_link_that_a_project_brings_is_not_followed(
    name: str, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).symlink_to(outside)
    assert said(cold(project)) == said(warm(project))
    assert [f"off: {name} is a link, which is not followed"] == [*Cache.of(project).told()]
    assert [] == [*outside.iterdir()]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_clean_says_that_a_link_is_one(
    project: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    warm(project)
    (project / store.FOLDER).rename(outside / "cache")
    (project / store.FOLDER).symlink_to(outside / "cache")
    assert 0 == main(["clean", str(project)])
    said = f"{project / store.FOLDER} is a link, which is left alone: nothing was removed.\n"
    assert said == capsys.readouterr().err
    assert (outside / "cache" / "CACHEDIR.TAG").exists()


def test_no_cache_leaves_nothing_behind(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    main(["--no-cache"])
    assert not (project / store.FOLDER).exists()


def test_the_cache_can_lie_elsewhere(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(project)
    main(["--cache-dir", str(tmp_path / "kept")])
    assert (tmp_path / "kept" / "CACHEDIR.TAG").exists()
    assert not (project / store.FOLDER).exists()


def test_old_entries_go_when_they_are_most_of_what_there_is(project: Path) -> None:
    warm(project)
    for number in range(80):
        old = project / store.FOLDER / "facts" / f"{number:040x}"
        old.write_bytes(b"")
        os.utime(old, (1, 1))
    (project / "helpers.py").write_text("def helper(): ...\n")
    warm(project)
    assert 5 > len(_entries(project, "facts"))


# Moves


def test_code_that_is_the_same_is_found_where_it_moved_to() -> None:
    old, new = facts_of("a.py", b"x = f(1)\n"), facts_of("a.py", b"\nx = f( 1 )\n")
    found = moves(old.body, new.body)
    assert found is not None
    assert (1, 2) == (old.body[0].span.line, found[old.body[0].span].line)


def test_a_finding_moves_with_all_that_is_offered_for_it() -> None:
    old, new = facts_of("a.py", b"f()\ng()\n"), facts_of("a.py", b"\nf()\n\ng()\n")
    found = moves(old.body, new.body)
    assert found is not None
    before, after = ([Place("a.py", each.span) for each in facts.body] for facts in (old, new))

    def finding(places: list[Place]) -> Diagnostic:
        fix = FixRequest("f", "F", Safety.SAFE, places[0], more=(places[1],))
        choice = FixRequest("g", "G", Safety.SAFE, places[1])
        return Diagnostic(places[0], "FL999", "f", Severity.ERROR, "", fix=fix, choices=(choice,))

    assert finding(after) == moved(finding(before), {"a.py": found})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = 1\n", "x = 2\n"),
        ("x = 1\n", "x = 1\ny = 2\n"),
        ("x = 1; y = 2\n", "x = 1\ny = 2\n"),
        ("x = 1\ny = 2\n", "x = 1; y = 2\n"),
        ("f(a)\n", "f(*a)\n"),
    ],
)
def test_other_code_or_other_lines_are_no_move(old: str, new: str) -> None:
    assert moves(facts_of("a.py", old.encode()).body, facts_of("a.py", new.encode()).body) is None
