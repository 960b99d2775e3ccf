"""Where a project begins, and which files it has."""

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
from msgspec.structs import replace

from fastlint.config import Settings
from fastlint.diagnostic import Problem
from fastlint.discovery import Found, discover
from fastlint.location import DifferentProjects, find_root, find_settings
from fastlint.patterns import compile_patterns

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
    """What is found, without what is only there to be compared with later."""
    everything = discover(root, Settings(root=root, **settings), [root / path for path in paths])
    return replace(everything, folders={}, configured=(), is_special=False)


def files(root: Path, *paths: str, **settings: Any) -> list[str]:
    return list(found(root, *paths, **settings).files)


def targets(root: Path, *paths: str) -> list[str]:
    return list(found(root, *paths).targets)


# The root


@pytest.mark.parametrize("given", [".", "service", "service/app/main.py"])
def test_the_root_is_the_top_of_the_repository_whatever_lies_below(project: Path, given: str) -> None:
    make(project, ".git/", "service/setup.py", "service/app/main.py")
    write(project / "service/pyproject.toml", "[tool.fastlint]\n")
    assert find_root([project / given]) == project


def test_a_worktree_whose_git_is_a_file_is_a_repository(project: Path) -> None:
    make(project, ".git/", "pyproject.toml", "tree/.git", "tree/a/setup.py", "tree/a/b/setup.py")
    assert find_root([project / "tree/a/b"]) == project / "tree"


def test_settings_above_a_repository_do_not_make_it_larger(project: Path) -> None:
    make(project, "fastlint.toml", "one/.git/", "one/main.py", "two/main.py")
    assert find_root([project / "one"]) == project / "one"
    assert find_settings(project / "one") == project / "fastlint.toml"


def test_without_a_repository_the_root_is_where_the_settings_are(project: Path) -> None:
    make(project, "pyproject.toml", "service/app/main.py")
    write(project / "service/pyproject.toml", "[tool.fastlint]\n")
    assert find_root([project / "service/app/main.py"]) == project / "service"


@pytest.mark.parametrize("name", ["fastlint.toml", ".fastlint.toml"])
def test_an_empty_fastlint_toml_makes_a_root(project: Path, name: str) -> None:
    make(project, "requirements.txt", f"service/{name}", "service/app/main.py")
    assert find_root([project / "service/app"]) == project / "service"


def test_a_broken_pyproject_that_names_fastlint_makes_a_root_so_that_it_is_reported(project: Path) -> None:
    make(project, "setup.py", "service/main.py")
    write(project / "service/pyproject.toml", "[tool.fastlint\n")
    assert find_root([project / "service"]) == project / "service"


@pytest.mark.parametrize("marker", ["pyproject.toml", "setup.cfg", "setup.py", "requirements.txt"])
def test_without_a_repository_the_root_is_the_nearest_folder_with_a_project_file(
    project: Path, marker: str
) -> None:
    make(project, "pyproject.toml", f"a/{marker}", "a/b/main.py")
    assert find_root([project / "a/b/main.py"]) == project / "a"


def test_without_any_marker_the_root_is_the_folder_outside_the_package(project: Path) -> None:
    make(project, "app/__init__.py", "app/api/__init__.py", "app/api/routes.py")
    assert find_root([project / "app/api/routes.py"]) == project


@pytest.mark.parametrize("given", ["app", "app/api", "app/api/routes.py"])
def test_a_folder_whose_files_import_from_it_by_its_name_is_a_package(project: Path, given: str) -> None:
    make(project, "app/main.py", "app/services/pricing.py")
    write(project / "app/api/routes.py", "from app.services.pricing import price\nimport api.other\n")
    assert find_root([project / given]) == project


@pytest.mark.parametrize("inner", ["shop/__init__.py", "shop/main.py", "shop.py"])
def test_a_folder_that_has_a_package_of_its_own_name_is_not_that_package(project: Path, inner: str) -> None:
    make(project, f"shop/{inner}")
    write(project / "shop/run.py", "from shop import main\n")
    assert find_root([project / "shop"]) == project / "shop"


def test_paths_of_different_repositories_have_no_root_in_common(project: Path) -> None:
    make(project, "one/.git/", "one/app/main.py", "two/.git", "plain/main.py")
    for names in (["one", "two"], ["one/app/main.py", "one", "plain"], ["plain", "two"]):
        with pytest.raises(DifferentProjects, match="are different projects: run fastlint once for each"):
            find_root([project / name for name in names])


def test_a_repository_has_those_in_it_as_its_parts(project: Path) -> None:
    make(project, ".git/", "one/.git", "two/.git")
    assert find_root([project / "one", project / "two"]) == project


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


def test_the_last_pattern_that_matches_decides(project: Path) -> None:
    make(project, "a.py", "keep.py", "keep_not.py")
    write(project / ".gitignore", "*.py\n!keep*.py\nkeep_not.py\n")
    assert files(project) == ["keep.py"]


def test_a_pattern_that_git_finds_invalid_ignores_nothing(project: Path) -> None:
    make(project, "a.py", "b.py", "a/c.py")
    write(project / ".gitignore", "/\n!\n[z-a].py\n[[&&].py\nb.py\n")
    assert files(project) == ["a.py", "a/c.py"]


def test_a_list_of_what_is_not_ignored_is_understood(project: Path) -> None:
    make(project, "a.py", "b/c/keep.py", "b/c/d.py")
    write(project / ".gitignore", "*\n!*/\n!keep.py\n")
    assert files(project) == ["b/c/keep.py"]


def test_one_file_of_an_ignored_content_may_be_kept(project: Path) -> None:
    make(project, "data/a.py", "data/keep.py", "data/b/keep.py")
    write(project / ".gitignore", "data/**\n!data/keep.py\n")
    assert files(project) == ["data/keep.py"]


def test_an_exclusion_can_be_taken_back(project: Path) -> None:
    make(project, "build/a.py", "dist/b.py")
    assert files(project, extend_exclude=("!build/",)) == ["build/a.py"]


@pytest.mark.parametrize("pattern", ["./gen/", "./gen", ".//gen/", "./gen/**", "./gen/*.py"])
def test_an_exclusion_may_begin_with_a_dot_and_a_slash_for_the_root(project: Path, pattern: str) -> None:
    make(project, "a.py", "gen/b.py", "app/gen/c.py")
    assert files(project, extend_exclude=(pattern,)) == ["a.py", "app/gen/c.py"]


def test_a_gitignore_with_a_dot_and_a_slash_ignores_nothing_as_in_git(project: Path) -> None:
    make(project, "a.py", "gen/b.py")
    write(project / ".gitignore", "./gen/\n")
    assert files(project) == ["a.py", "gen/b.py"]


def test_a_folder_excluded_by_a_pattern_is_looked_into_when_given(project: Path) -> None:
    make(project, "gen-1/a.py", "gen-1/b_pb2.py", "gen-1/gen-2/c.py")
    settings = Settings(root=project, exclude=("/gen-*/", "*_pb2.py"))
    assert discover(project, settings, [project / "gen-1"]).targets == ("gen-1/a.py",)


def test_without_patterns_no_library_is_imported(project: Path) -> None:
    make(project, "a.py", "build/b.py")
    code = (
        "import sys; from pathlib import Path; from fastlint import config, discovery\n"
        "root = Path(sys.argv[1])\n"
        "print(*discovery.discover(root, config.load(root), []).files, 'pathspec' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(project)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["a.py", "False"]


@needs_git
@pytest.mark.parametrize("seed", range(4))
def test_git_finds_the_same_files(project: Path, seed: int) -> None:
    choice = random.Random(seed).choice
    part = ["a", "b", "ab", "*", "**", "a*", "?", "[ab]", "[!a]", "*.py", "x.py", "a?", "a[b-c]*", "*.b.py"]
    prefix, suffix = ["", "", "", "/"], ["", "", "/"]
    folders = [project]
    for _ in range(12):
        folders.append(choice(folders) / choice(["a", "b", "ab"]))
    for folder in folders:
        make(folder, *(choice(["x.py", "a.py", "ab.py", "a.b.py", "b.py"]) for _ in range(4)))
        lines = [
            choice(prefix) + "/".join(choice(part) for _ in range(choice([1, 1, 2, 3]))) + choice(suffix)
            for _ in range(choice([0, 1, 3]))
        ]
        lines += choice([[], ["!x.py"], ["!a/*.py"], ["!/**/*.b.py"]])
        write(folder / ".gitignore", "\n".join(lines))
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    listing = ["git", "ls-files", "--others", "--exclude-standard", "-z", "*.py"]
    judged = subprocess.run(listing, cwd=project, check=True, capture_output=True, text=True).stdout
    assert files(project, exclude=()) == sorted(judged.split("\0")[:-1])


def test_three_hundred_files_beside_a_long_gitignore_are_found_in_no_time(project: Path) -> None:
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
    assert min(times) < 0.25  # a fifth of it is usual; a slow machine is not a mistake
