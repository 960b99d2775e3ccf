"""Where a project begins, which files it has, and where its imports come from."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fastlint.config import Settings
from fastlint.diagnostic import Problem
from fastlint.discovery import Found, compile_patterns, discover, find_root, source_roots

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is the judge")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder without links in its own path, as a root is."""
    root = tmp_path.resolve() / "project"
    root.mkdir()
    return root


def make(root: Path, *files: str) -> None:
    """Empty files, and folders where the name ends in a slash."""
    for name in files:
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def found(root: Path, *paths: str, **settings: Any) -> Found:
    return discover(root, Settings(root=root, **settings), [root / path for path in paths])


def files(root: Path, *paths: str, **settings: Any) -> list[str]:
    return list(found(root, *paths, **settings).files)


def targets(root: Path, *paths: str) -> list[str]:
    return list(found(root, *paths).targets)


def roots(root: Path, *, src: tuple[str, ...] = ()) -> list[str]:
    settings = Settings(root=root, src=src)
    return list(source_roots(root, discover(root, settings, []).files, settings))


# The root


def test_the_root_is_where_the_settings_are(project: Path) -> None:
    make(project, ".git/", "pyproject.toml", "service/app/main.py")
    write(project / "service/pyproject.toml", "[tool.fastlint]\n")
    assert find_root([project / "service/app/main.py"]) == project / "service"


@pytest.mark.parametrize("name", ["fastlint.toml", ".fastlint.toml"])
def test_an_empty_fastlint_toml_makes_a_root(project: Path, name: str) -> None:
    make(project, "requirements.txt", f"service/{name}", "service/app/main.py")
    assert find_root([project / "service/app"]) == project / "service"


def test_a_broken_pyproject_that_names_fastlint_makes_a_root_so_that_it_is_reported(project: Path) -> None:
    make(project, ".git/", "setup.py", "service/main.py")
    write(project / "service/pyproject.toml", "[tool.fastlint\n")
    assert find_root([project / "service"]) == project / "service"


@pytest.mark.parametrize("marker", ["pyproject.toml", "setup.cfg", "setup.py", "requirements.txt"])
def test_in_a_repository_the_root_is_the_outermost_folder_with_a_project_file(
    project: Path, marker: str
) -> None:
    make(project, ".git/", f"a/{marker}", "a/b/pyproject.toml", "a/b/c/main.py")
    assert find_root([project / "a/b/c/main.py"]) == project / "a"


def test_a_worktree_whose_git_is_a_file_ends_the_repository(project: Path) -> None:
    make(project, "pyproject.toml", "tree/.git", "tree/a/setup.py", "tree/a/b/setup.py")
    assert find_root([project / "tree/a/b"]) == project / "tree/a"


def test_without_a_repository_the_root_is_the_nearest_folder_with_a_project_file(project: Path) -> None:
    make(project, "pyproject.toml", "a/requirements.txt", "a/b/main.py")
    assert find_root([project / "a/b/main.py"]) == project / "a"


def test_a_repository_without_project_files_is_a_root(project: Path) -> None:
    make(project, ".git/", "a/b/main.py")
    assert find_root([project / "a/b/main.py"]) == project


def test_without_any_marker_the_root_is_the_folder_outside_the_package(project: Path) -> None:
    make(project, "app/__init__.py", "app/api/__init__.py", "app/api/routes.py")
    assert find_root([project / "app/api/routes.py"]) == project


def test_paths_of_several_folders_share_the_root_above_them(project: Path) -> None:
    make(project, "requirements.txt", "a/pyproject.toml", "a/x.py", "b/pyproject.toml", "b/y.py")
    assert find_root([project / "a/x.py", project / "b"]) == project


@pytest.mark.parametrize("markers", [[".git/", "pyproject.toml"], ["fastlint.toml"], ["setup.py"], [".git/"]])
def test_the_root_is_the_same_from_itself_a_folder_and_a_file(project: Path, markers: list[str]) -> None:
    make(project, *markers, "app/__init__.py", "app/api/__init__.py", "app/api/routes.py", "tests/test_a.py")
    given = [".", "app", "app/api", "app/api/routes.py", "tests", "tests/test_a.py", "tests/gone/gone.py"]
    assert {find_root([project / path]) for path in given} == {project}


def test_a_stray_requirements_file_at_home_makes_no_project_of_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(project, ".git/", "requirements.txt", "scripts/run.py")
    monkeypatch.setattr(Path, "home", lambda: project)
    assert find_root([project / "scripts/run.py"]) == project / "scripts"


def test_a_home_that_is_a_project_is_a_root_and_nothing_above_it_is(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(project, "pyproject.toml", "home/pyproject.toml", "home/app/main.py")
    monkeypatch.setattr(Path, "home", lambda: project / "home")
    assert find_root([project / "home/app/main.py"]) == project / "home"


def test_no_path_means_the_current_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(project, "setup.py", "app/")
    monkeypatch.chdir(project / "app")
    assert find_root([]) == project


@needs_links
def test_the_root_is_a_real_folder_whatever_link_leads_to_it(project: Path) -> None:
    make(project, "real/setup.py", "real/app/main.py")
    (project / "link").symlink_to(project / "real")
    assert find_root([project / "link/app/main.py", project / "real/app"]) == project / "real"


# The files


def test_every_python_file_of_the_project_is_found_in_order(project: Path) -> None:
    make(project, "main.py", "app/b.py", "app/a.py", "app-x.py", "app/stub.pyi", "app/notes.txt", "x.py/y.py")
    assert files(project) == ["app-x.py", "app/a.py", "app/b.py", "main.py", "x.py/y.py"]


def test_targets_are_what_lies_under_the_given_paths(project: Path) -> None:
    make(project, "main.py", "app/a.py", "app/b.py", "apple.py")
    assert found(project, "app", "main.py") == Found(
        files=("app/a.py", "app/b.py", "apple.py", "main.py"), targets=("app/a.py", "app/b.py", "main.py")
    )


def test_the_root_makes_every_file_a_target(project: Path) -> None:
    make(project, "main.py", "app/a.py")
    assert targets(project, ".") == targets(project) == ["app/a.py", "main.py"]


def test_a_relative_path_is_taken_from_the_current_folder(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(project, "app/a.py", "b.py")
    monkeypatch.chdir(project / "app")
    assert discover(project, Settings(root=project), [Path("../b.py"), Path()]).targets == (
        "app/a.py",
        "b.py",
    )


def test_what_tools_make_is_left_out(project: Path) -> None:
    make(project, "a.py", ".venv/x.py", "node_modules/x.py", "web/node_modules/x.py", "build/lib/x.py")
    assert files(project) == ["a.py"]


@pytest.mark.parametrize("marker", ["pyvenv.cfg", "conda-meta/history"])
def test_a_virtual_environment_is_left_out_whatever_its_name(project: Path, marker: str) -> None:
    make(project, "a.py", f"my-env/{marker}", "my-env/x.py")
    assert files(project) == ["a.py"]


def test_exclude_replaces_the_defaults_and_extend_exclude_adds_to_it(project: Path) -> None:
    make(project, "a.py", "build/b.py", "gen/c.py", "gen/keep/d.py", "x_pb2.py")
    exclude = found(project, exclude=("gen/",), extend_exclude=("*_pb2.py",)).files
    assert exclude == ("a.py", "build/b.py")


def test_a_gitignore_of_any_folder_counts_below_it(project: Path) -> None:
    make(project, "a.py", "b/a.py", "b/c/a.py", "b/c/kept.py", "b/d.py")
    write(project / "b/.gitignore", "a.py\n/d.py\n")
    assert files(project) == ["a.py", "b/c/kept.py"]


def test_the_nearer_gitignore_decides(project: Path) -> None:
    make(project, "gen/a.py", "gen/b.py", "c/a.py")
    write(project / ".gitignore", "a.py\n")
    write(project / "gen/.gitignore", "!a.py\n")
    assert files(project) == ["gen/a.py", "gen/b.py"]


def test_the_repositorys_gitignores_above_the_root_count(project: Path) -> None:
    make(project, ".git/", "backend/a.py", "backend/gen/b.py", "backend/c.py")
    write(project / ".gitignore", "/backend/gen/\nc.py\n")
    assert files(project / "backend") == ["a.py"]


def test_gitignores_that_ignore_the_root_itself_do_not_count(project: Path) -> None:
    make(project, ".git/", "scratch/app/a.py")
    write(project / ".gitignore", "scratch/\n*.py\n")
    assert files(project / "scratch/app") == ["a.py"]


def test_a_gitignore_in_any_encoding_with_any_line_ends_is_read(project: Path) -> None:
    make(project, "a.py", "b.py", "c.py")
    (project / ".gitignore").write_bytes(b"\xef\xbb\xbfa.py\r\n# caf\xe9\r\nb.py")
    assert files(project) == ["c.py"]


def test_a_file_given_explicitly_is_a_target_even_if_ignored_or_not_named_py(project: Path) -> None:
    make(project, "a.py", "build/b.py", "ignored.py", "script", "stub.pyi")
    write(project / ".gitignore", "ignored.py")
    given = ["build/b.py", "ignored.py", "script", "stub.pyi"]
    assert found(project, *given) == Found(files=("a.py", *given), targets=tuple(given))


def test_a_folder_given_explicitly_is_looked_into_even_if_excluded(project: Path) -> None:
    make(project, "a.py", "build/lib/b.py")
    write(project / ".gitignore", "build/\n")
    assert found(project, "build") == Found(files=("a.py", "build/lib/b.py"), targets=("build/lib/b.py",))


@needs_links
def test_links_to_folders_are_not_followed(project: Path) -> None:
    make(project.parent, "elsewhere/x.py")
    make(project, "app/a.py")
    (project / "app/loop").symlink_to(project)
    (project / "outside").symlink_to(project.parent / "elsewhere")
    assert files(project) == ["app/a.py"]


@needs_links
def test_a_link_to_a_file_is_followed_only_out_of_the_project(project: Path) -> None:
    make(project.parent, "elsewhere/x.py")
    make(project, "a.py")
    (project / "same.py").symlink_to(project / "a.py")
    (project / "other.py").symlink_to(project.parent / "elsewhere/x.py")
    (project / "broken.py").symlink_to(project / "gone.py")
    (project / "loop.py").symlink_to(project / "loop.py")
    assert found(project) == Found(files=("a.py", "other.py"), targets=("a.py", "other.py"))


# Problems


def test_a_path_that_does_not_exist_is_a_problem_and_the_rest_is_found(project: Path) -> None:
    make(project, "a.py")
    gone = project / "gone.py"
    expected = Found(("a.py",), ("a.py",), (Problem(str(gone), "cannot be read: no such file or directory"),))
    assert found(project, "gone.py", "a.py", "gone.py") == expected


def test_a_path_outside_the_project_is_a_problem(project: Path) -> None:
    make(project.parent, "other.py")
    path = project / "../other.py"
    assert found(project, "../other.py").problems == (
        Problem(str(path), f"is outside the project, {project}"),
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_is_a_problem_when_given_and_nothing_otherwise(project: Path) -> None:
    os.mkfifo(project / "pipe.py")
    assert found(project) == Found((), ())
    assert found(project, "pipe.py").problems == (Problem(str(project / "pipe.py"), "is not a regular file"),)


def test_an_unreadable_folder_is_a_problem(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(project, "a.py", "secret/x.py")
    scandir = os.scandir

    def guarded(path: str) -> object:
        if "secret" in path:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert found(project) == Found(
        ("a.py",), ("a.py",), (Problem("secret", "cannot be read: permission denied"),)
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other file systems refuse such a name")
def test_a_name_that_is_not_utf_8_is_a_problem(project: Path) -> None:
    make(project, "a.py")
    (Path(os.fsdecode(os.fsencode(project) + b"/caf\xe9.py"))).touch()
    problem = Problem("caf\\udce9.py", "cannot be read: its name is not valid UTF-8")
    assert found(project) == Found(("a.py",), ("a.py",), (problem,))


# Patterns


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("foo", "foo", True),
        ("foo", "a/foo", True),
        ("/foo", "a/foo", None),
        ("a/foo", "b/a/foo", None),
        ("foo/", "foo", None),
        ("!foo", "foo", False),
        ("# foo", "foo", None),
        (r"\#foo", "#foo", True),
        (r"\!foo", "!foo", True),
        ("foo   ", "foo", True),
        (r"foo\ ", "foo ", True),
        ("*.py", "a/b.py", True),
        ("*.b.py", "a.b.py", True),
        ("*.py", "a.pyc", None),
        ("a/*.py", "a/b/c.py", None),
        ("a/**", "a/b/c.py", True),
        ("a/**/c.py", "a/c.py", True),
        ("a/**/c.py", "a/x/y/c.py", True),
        ("**/c/d.py", "c/d.py", True),
        ("/**", "a/b.py", True),
        ("?.py", "a.py", True),
        ("?.py", "ab.py", None),
        ("[a-c].py", "b.py", True),
        ("[!a-c].py", "b.py", None),
        ("[]a].py", "].py", True),
        ("[[:digit:]].py", "7.py", True),
        ("[a.py", "[a.py", None),
        ("[z-a].py", "b.py", None),
        ("a\\", "a", None),
        ("/", "a", None),
        ("!", "a", None),
    ],
)
def test_patterns_mean_what_they_mean_to_git(pattern: str, path: str, expected: bool | None) -> None:
    assert compile_patterns((pattern,)).match(path, path.rpartition("/")[2], False) is expected


def test_the_last_pattern_that_matches_decides() -> None:
    patterns = compile_patterns(("*.py", "!keep*.py", "keep_not.py"))
    answers = [patterns.match(name, name, False) for name in ("a.py", "keep.py", "keep_not.py")]
    assert answers == [True, False, True]


@needs_git
@pytest.mark.parametrize("seed", range(4))
def test_git_finds_the_same_files(project: Path, seed: int) -> None:
    choice = random.Random(seed).choice
    part = ["a", "b", "ab", "*", "**", "a*", "?", "[ab]", "[!a]", "*.py", "x.py", "a?", "a[b-c]*", "*.b.py"]
    prefix, suffix = ["", "", "", "/", "!", "!/"], ["", "", "/"]
    folders = [project]
    for _ in range(12):
        folders.append(choice(folders) / choice(["a", "b", "ab"]))
    for folder in folders:
        make(folder, *(choice(["x.py", "a.py", "ab.py", "a.b.py", "b.py"]) for _ in range(4)))
        lines = [
            choice(prefix) + "/".join(choice(part) for _ in range(choice([1, 1, 2, 3]))) + choice(suffix)
            for _ in range(choice([0, 1, 3]))
        ]
        write(folder / ".gitignore", "\n".join(lines))
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    listing = ["git", "ls-files", "--others", "--exclude-standard", "-z", "*.py"]
    judged = subprocess.run(listing, cwd=project, check=True, capture_output=True, text=True).stdout
    assert files(project, exclude=()) == sorted(judged.split("\0")[:-1])


def test_three_hundred_files_are_found_in_no_time(project: Path) -> None:
    make(
        project,
        *(f"app/{i % 20}/f{i}.py" for i in range(300)),
        *(f"web/{i % 30}/f{i}.ts" for i in range(600)),
    )
    write(project / ".gitignore", "\n".join(f"*.x{i}\nname{i}/\nnpm{i}*.log" for i in range(40)))
    times: list[float] = []
    for _ in range(5):
        compile_patterns.cache_clear()
        start = time.perf_counter()
        assert len(found(project).files) == 300
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05  # a tenth of it is usual; a slow machine is not a mistake


# Source roots


def test_the_root_is_always_a_source_root(project: Path) -> None:
    make(project, "main.py")
    assert roots(project) == [""]


def test_a_folder_with_a_project_file_and_its_src_are_source_roots(project: Path) -> None:
    make(project, "a/pyproject.toml", "a/src/pkg/mod.py", "b/setup.py", "b/m.py", "c/setup.cfg", "c/src/m.py")
    assert roots(project) == ["", "a", "a/src", "b", "c", "c/src"]


def test_a_src_that_is_itself_a_package_is_none(project: Path) -> None:
    make(project, "pyproject.toml", "src/__init__.py", "src/app/__init__.py", "src/main.py")
    assert roots(project) == [""]


def test_an_application_beside_its_requirements_is_a_source_root(project: Path) -> None:
    make(project, "backend/requirements.txt", "backend/main.py", "backend/routers/users.py")
    assert roots(project) == ["", "backend"]


def test_the_folder_around_the_outermost_package_is_a_source_root(project: Path) -> None:
    make(project, "backend/app/__init__.py", "backend/app/api/__init__.py", "backend/app/api/routes.py")
    assert roots(project) == ["", "backend"]


def test_a_folder_without_init_inside_a_package_starts_no_other(project: Path) -> None:
    make(project, "app/__init__.py", "app/vendor/fastapi/__init__.py")
    assert roots(project) == [""]


def test_src_of_the_settings_comes_first(project: Path) -> None:
    make(project, "pkg/__init__.py", "lib/python/mod.py", "x/a/__init__.py")
    assert roots(project, src=("lib/python", "./x/")) == ["lib/python", "x", ""]


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ('[tool.setuptools]\npackage-dir = {"" = "lib"}', ["lib", ""]),
        ('[tool.setuptools.package-dir]\n"a.b" = "lib/a/b"\n"c" = "other"', ["lib", ""]),
        ('[tool.setuptools.packages.find]\nwhere = ["lib", "more"]', ["lib", "more", ""]),
        ('[tool.poetry]\npackages = [{include = "a", from = "lib"}, {include = "b"}]', ["lib", ""]),
        ('[tool.hatch.build.targets.wheel]\npackages = ["lib/a", "b"]', ["lib", ""]),
        ('[tool.hatch.build]\nsources = ["lib"]', ["lib", ""]),
        ('[tool.hatch.build.targets.wheel.sources]\n"lib" = ""', ["lib", ""]),
        ('[tool.uv.build-backend]\nmodule-root = "lib"', ["lib", ""]),
        ('[tool.pytest.ini_options]\npythonpath = ["lib", "."]', ["lib", ""]),
        ('[tool.pytest.ini_options]\npythonpath = "lib more"', ["lib", "more", ""]),
        ('[tool.pytest]\npythonpath = ["lib"]', ["lib", ""]),
        ('[tool.pytest.ini_options]\npythonpath = ["../up", "/abs", "gl*b", 3]', [""]),
        ("[tool]\nsetuptools = 3\npoetry = {packages = [1]}\npytest = []", [""]),
        ("[broken", [""]),
    ],
)
def test_what_build_and_test_tools_declare_are_source_roots(
    project: Path, toml: str, expected: list[str]
) -> None:
    make(project, "main.py")
    write(project / "pyproject.toml", toml)
    assert roots(project) == expected


def test_declarations_are_relative_to_their_own_file(project: Path) -> None:
    make(project, "service/main.py")
    write(project / "service/pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["lib", ".."]')
    assert roots(project) == ["service/lib", "", "service"]


def test_setup_cfg_declares_source_roots_too(project: Path) -> None:
    make(project, "main.py")
    text = "[options]\npackage_dir =\n    = lib\n[options.packages.find]\nwhere = more\n"
    write(project / "setup.cfg", text)
    assert roots(project) == ["lib", "more", ""]


def test_source_roots_do_not_depend_on_the_order_of_files(project: Path) -> None:
    make(project, "b/pkg/__init__.py", "a/pkg/__init__.py", "c/pyproject.toml", "c/src/m.py")
    names = list(found(project).files)
    settings = Settings(root=project)
    assert source_roots(project, names, settings) == source_roots(project, names[::-1], settings)
