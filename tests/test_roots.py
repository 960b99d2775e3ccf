"""From where the absolute imports of a project resolve."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastlint.config import Settings
from fastlint.discovery import discover
from fastlint.roots import source_roots


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder without links in its own path, as a root is."""
    root = tmp_path.resolve() / "project"
    root.mkdir()
    return root


def make(root: Path, *files: str) -> None:
    for name in files:
        write(root / name, "")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def roots(root: Path, *, src: tuple[str, ...] = ()) -> list[str]:
    settings = Settings(root=root, src=src)
    return list(source_roots(root, discover(root, settings, []).files, settings))


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
    settings = Settings(root=project)
    names = discover(project, settings, []).files
    assert source_roots(project, names, settings) == source_roots(project, names[::-1], settings)
