from __future__ import annotations

import os
import time
from pathlib import Path
from textwrap import dedent

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from fastlint.diagnostic import Problem
from fastlint.versions import Range, Versions, parse_range, read_versions


class Tree:
    """A project on disk, file by file."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> Tree:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(dedent(text), encoding="utf-8")
        return self

    def versions(self, directory: str = "", overrides: dict[str, str] | None = None) -> Versions:
        return read_versions(self.root, self.root / directory, overrides)

    def declared(self, package: str = "fastapi", directory: str = "") -> Range | None:
        return self.versions(directory).declared(package)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def versions_of(text: str) -> Range:
    found = parse_range(text)
    assert found is not None
    return found


POINTS = ["0", "0.9", "1", "1.0.1", "1.2", "1.2.3", "1.2.4", "1.3", "1.9.9", "2", "2.0.1", "2.5", "3", "10.1"]
SPECIFIERS = [
    "",
    "==1.2",
    "==1.2.*",
    "==1.2.3",
    "!=1.2",
    "!=1.2.*",
    "~=1.2",
    "~=1.2.3",
    "<1.2",
    "<=1.2",
    ">1.2",
    ">=1.2",
    ">=1.2,<2",
    ">=1,!=1.2,<=2",
    ">1,<1.2",
    "===1.2.3",
    "< 2 , > 1",
]


@pytest.mark.parametrize("specifier", SPECIFIERS)
def test_a_range_holds_the_versions_that_packaging_says(specifier: str) -> None:
    expected = [point for point in POINTS if SpecifierSet(specifier).contains(Version(point))]
    assert [point for point in POINTS if versions_of(f"=={point}") <= versions_of(specifier)] == expected


@pytest.mark.parametrize("one", SPECIFIERS)
def test_ranges_are_a_boolean_algebra(one: str) -> None:
    a = versions_of(one)
    assert ~~a == a
    for other in SPECIFIERS:
        b = versions_of(other)
        assert ~(a & b) == ~a | ~b
        assert (a <= b) == (a & b == a)


@pytest.mark.parametrize(
    ("poetry", "meaning"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^1.2", ">=1.2,<2"),
        ("^0.115", ">=0.115,<0.116"),
        ("^0.115.2", ">=0.115.2,<0.116"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("1.2.*", "==1.2.*"),
        ("1.2.3", "==1.2.3"),
        ("*", ""),
        (">=1 <2", ">=1,<2"),
    ],
)
def test_poetrys_notation_is_understood(poetry: str, meaning: str) -> None:
    assert parse_range(poetry) == versions_of(meaning)


def test_alternatives_are_a_union() -> None:
    assert parse_range("^1.0 || ^3.0") == versions_of(">=1,<2") | versions_of(">=3,<4")


@pytest.mark.parametrize("text", ["latest", ">=", "~=1", ">>1", "^", "1.0 beta gamma"])
def test_what_is_no_constraint_is_no_range(text: str) -> None:
    assert parse_range(text) is None


def test_nothing_is_known_of_a_project_that_says_nothing(tree: Tree) -> None:
    versions = tree.versions()
    assert versions.declared("fastapi") is None
    assert (versions.always("fastapi>=0.1"), versions.possibly("fastapi>=0.1")) == (False, True)


@pytest.mark.parametrize(
    ("declared", "required", "always", "possibly"),
    [
        (">=0.118", "fastapi>=0.118", True, True),
        (">=0.118", "fastapi>0.117", True, True),
        (">=0.115", "fastapi>=0.118", False, True),
        (">=0.115,<0.118", "fastapi>=0.118", False, False),
        ("==0.118.*", "fastapi>=0.118,<0.119", True, True),
        ("==0.117.1", "fastapi<0.118", True, True),
        (">=0.118,!=0.119", "fastapi==0.119", False, False),
        ("", "fastapi>=0.118", False, True),
        (">=0.118", "fastapi", True, True),
    ],
)
def test_a_requirement_holds_always_possibly_or_never(
    tree: Tree, declared: str, required: str, always: bool, possibly: bool
) -> None:
    versions = tree.write("requirements.txt", f"fastapi{declared}\n").versions()
    assert (versions.always(required), versions.possibly(required)) == (always, possibly)


def test_a_malformed_requirement_of_a_rule_is_an_error(tree: Tree) -> None:
    with pytest.raises(ValueError, match="is not a requirement"):
        tree.versions().always("fastapi >= banana")


def test_names_are_compared_as_the_index_compares_them(tree: Tree) -> None:
    tree.write("requirements.txt", "Pydantic_Settings>=2\n")
    assert tree.versions().always("pydantic-settings>=2")


PYPROJECTS = {
    "PEP 621": '[project]\ndependencies = ["httpx", "fastapi[all] >= 0.115, < 1 ; python_version > \'3\'"]\n',
    "an extra": '[project.optional-dependencies]\nweb = ["fastapi>=0.115,<1"]\n',
    "a dependency group": '[dependency-groups]\ndev = ["fastapi>=0.115,<1", {include-group = "x"}]\nx = []\n',
    "Poetry": '[tool.poetry.dependencies]\nfastapi = ">=0.115,<1"\n',
    "Poetry's caret": '[tool.poetry.dependencies]\nfastapi = ">=0.115 <1"\n',
    "a table of Poetry": '[tool.poetry.dependencies]\nfastapi = {version = ">=0.115,<1", extras = ["all"]}\n',
    "a group of Poetry": '[tool.poetry.group.web.dependencies]\nfastapi = ">=0.115,<1"\n',
    "Poetry's old group": '[tool.poetry.dev-dependencies]\nfastapi = ">=0.115,<1"\n',
    "uv's development": '[tool.uv]\ndev-dependencies = ["fastapi>=0.115,<1"]\n',
    "uv's constraints": '[project]\ndependencies = ["fastapi"]\n'
    '[tool.uv]\nconstraint-dependencies = ["fastapi>=0.115,<1"]\n',
    "uv's overrides": '[project]\ndependencies = ["fastapi<0.5"]\n'
    '[tool.uv]\noverride-dependencies = ["fastapi>=0.115,<1"]\n',
    "Hatch": '[tool.hatch.envs.web]\ndependencies = ["fastapi>=0.115,<1"]\nskip-install = true\n',
    "Hatch's extra": '[tool.hatch.envs.web]\nextra-dependencies = ["fastapi>=0.115,<1"]\n',
    "PDM": '[tool.pdm.dev-dependencies]\nweb = ["fastapi>=0.115,<1", "-e file:///${PROJECT_ROOT}/x"]\n',
}


@pytest.mark.parametrize("kind", PYPROJECTS)
def test_a_pyproject_declares(tree: Tree, kind: str) -> None:
    versions = tree.write("pyproject.toml", PYPROJECTS[kind]).versions()
    assert (versions.declared("fastapi"), versions.problems) == (versions_of(">=0.115,<1"), [])


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.txt", "fastapi\n"),
        ("requirements.txt", "fastapi[standard]\nuvicorn\n"),
        ("requirements.txt", "fastapi ; python_version >= '3.8'\n"),
        ("pyproject.toml", '[project]\ndependencies = ["fastapi"]\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\nfastapi = "*"\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\nfastapi = {git = "https://example.org/fastapi"}\n'),
        ("fastlint.toml", ""),
    ],
)
def test_what_is_not_bounded_declares_no_version(tree: Tree, path: str, text: str) -> None:
    versions = tree.write(path, text).versions()
    assert (versions.declared("fastapi"), versions.problems) == (None, [])
    assert (versions.always("fastapi>=0.1"), versions.possibly("fastapi>=0.1")) == (False, True)


def test_settings_that_allow_every_version_declare_none(tree: Tree) -> None:
    tree.write("requirements.txt", "fastapi==0.90\n")
    assert tree.versions(overrides={"fastapi": "*"}).declared("fastapi") is None


def test_setuptools_may_point_to_a_requirements_file(tree: Tree) -> None:
    tree.write("pyproject.toml", '[tool.setuptools.dynamic]\ndependencies = {file = ["deps/run.txt"]}\n')
    tree.write("deps/run.txt", "fastapi>=0.115\n")
    assert tree.declared() == versions_of(">=0.115")


@pytest.mark.parametrize("name", ["requires.txt", "requires-dev.txt", "dev-requirements.in"])
def test_a_list_of_requirements_has_one_of_several_names(tree: Tree, name: str) -> None:
    tree.write(name, "fastapi>=0.115\n")
    assert tree.declared() == versions_of(">=0.115")


def test_what_the_project_depends_on_wins_over_its_extras(tree: Tree) -> None:
    tree.write(
        "pyproject.toml",
        """
        [project]
        dependencies = ["fastapi>=0.100"]
        [project.optional-dependencies]
        new = ["fastapi>=0.115"]
        """,
    )
    assert tree.declared() == versions_of(">=0.100")


def test_of_several_extras_any_may_be_installed(tree: Tree) -> None:
    tree.write(
        "pyproject.toml", '[project.optional-dependencies]\na = ["fastapi<0.100"]\nb = ["fastapi>=0.115"]\n'
    )
    assert tree.declared() == versions_of("<0.100 || >=0.115")


def test_of_several_markers_any_may_hold(tree: Tree) -> None:
    tree.write(
        "requirements.txt",
        """
        fastapi<0.100 ; python_version < "3.8"
        fastapi>=0.115 ; python_version >= "3.8"
        """,
    )
    assert tree.declared() == versions_of("<0.100 || >=0.115")


def test_of_several_tables_of_poetry_any_may_hold(tree: Tree) -> None:
    tree.write(
        "pyproject.toml",
        """
        [[tool.poetry.dependencies.fastapi]]
        version = "<0.100"
        python = "<3.8"
        [[tool.poetry.dependencies.fastapi]]
        version = ">=0.115"
        python = ">=3.8"
        """,
    )
    assert tree.declared() == versions_of("<0.100 || >=0.115")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", '[project]\nrequires-python = ">=3.11"\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = ">=3.11"\n'),
        ("setup.cfg", "[options]\npython_requires = >=3.11\n"),
        ("setup.py", "from setuptools import setup\nsetup(python_requires='>=3.11')\n"),
    ],
)
def test_the_language_is_declared_as_python(tree: Tree, path: str, text: str) -> None:
    assert tree.write(path, text).declared("python") == versions_of(">=3.11")


def test_what_fastapi_leaves_open_is_not_declared_by_it(tree: Tree) -> None:
    tree.write("requirements.txt", "fastapi==0.115.0\n")
    assert tree.declared("pydantic") is None


def test_a_package_from_an_address_has_no_known_version(tree: Tree) -> None:
    tree.write(
        "requirements.txt",
        """
        fastapi @ git+https://github.com/fastapi/fastapi@0.115
        git+https://github.com/encode/starlette#egg=starlette
        ./vendored/thing
        -e .
        https://example.org/x-1.0-py3-none-any.whl ; python_version > "3"
        """,
    )
    versions = tree.versions()
    assert (versions.declared("fastapi"), versions.declared("starlette"), versions.problems) == (
        None,
        None,
        [],
    )


@pytest.mark.parametrize(
    ("fastapi", "starlette"),
    [
        ("==0.115.14", ">=0.40,<0.47"),
        (">=0.109,<0.112", ">=0.35,<0.36 || >=0.36.3,<0.37 || >=0.37.2,<0.38"),
        (">=0.130", ">=0.40"),
        ("==0.90", "<0.28"),
        (">=0.165", ">=0.46"),
    ],
)
def test_fastapi_brings_the_starlette_that_a_project_does_not_declare(
    tree: Tree, fastapi: str, starlette: str
) -> None:
    tree.write("requirements.txt", f"fastapi{fastapi}\n")
    assert tree.versions().declared("starlette") == parse_range(starlette)


def test_a_declared_starlette_counts_whatever_fastapi_is(tree: Tree) -> None:
    tree.write("requirements.txt", "fastapi==0.115.14\nstarlette==0.46.2\n")
    assert tree.versions().declared("starlette") == parse_range("==0.46.2")


def test_a_requirements_file_is_read_as_pip_reads_it(tree: Tree) -> None:
    tree.write(
        "requirements.txt",
        """
        # a comment
        --index-url https://example.org/simple
        fastapi[all] == 0.115.2 \\
            --hash=sha256:0123 \\
            --hash=sha256:4567  # why
        starlette>=0.40,<0.42 # not newer
        pydantic ~= 2.9.0 ; python_version >= "3.8" and extra != 'x'
        """,
    )
    versions = tree.versions()
    assert [versions.declared(name) for name in ("fastapi", "starlette", "pydantic")] == [
        versions_of("==0.115.2"),
        versions_of(">=0.40,<0.42"),
        versions_of(">=2.9,<2.10"),
    ]
    assert versions.problems == []


@pytest.mark.parametrize(
    "option", ["-r base.txt", "-rbase.txt", "--requirement base.txt", "--requirement=base.txt"]
)
def test_an_included_file_is_read(tree: Tree, option: str) -> None:
    tree.write("requirements/dev.txt", f"{option}\n").write("requirements/base.txt", "fastapi==0.115\n")
    assert tree.declared() == versions_of("==0.115")


def test_a_constraints_file_narrows(tree: Tree) -> None:
    tree.write("requirements.txt", "-c limits.txt\nfastapi>=0.100\n").write("limits.txt", "fastapi<0.110\n")
    assert tree.declared() == versions_of(">=0.100,<0.110")


def test_files_that_include_each_other_are_read_once(tree: Tree) -> None:
    tree.write("requirements.txt", "-r requirements-x.txt\nfastapi>=0.1\n")
    tree.write("requirements-x.txt", "-r requirements.txt\n")
    assert (tree.declared(), tree.versions().problems) == (versions_of(">=0.1"), [])


def test_a_file_beyond_the_root_is_not_read(tree: Tree) -> None:
    tree.write("outside.txt", "fastapi>=0.1\n").write("inside/requirements.txt", "-r ../outside.txt\n")
    assert read_versions(tree.root / "inside", tree.root / "inside").declared("fastapi") is None


def test_the_main_requirements_win_over_the_others(tree: Tree) -> None:
    tree.write("requirements.txt", "fastapi==0.115\n").write(
        "requirements-docs.txt", "fastapi\nmkdocs==1.6\n"
    )
    assert (tree.declared(), tree.declared("mkdocs")) == (versions_of("==0.115"), versions_of("==1.6"))


@pytest.mark.parametrize("path", ["requirements.in", "requirements-dev.in", "requirements/base.in"])
def test_what_a_lock_is_compiled_from_declares(tree: Tree, path: str) -> None:
    assert tree.write(path, "fastapi>=0.115\n").declared() == versions_of(">=0.115")


def test_what_was_compiled_wins_over_what_it_was_compiled_from(tree: Tree) -> None:
    tree.write("requirements.in", "fastapi>=0.100\n").write("requirements.txt", "fastapi==0.115.2\n")
    assert tree.declared() == versions_of("==0.115.2")


@pytest.mark.parametrize(
    "line",
    [
        "fastapi==${FASTAPI_VERSION}",
        "fastapi[standard] >= ${LOWEST} ; python_version > '3'",
        "${PACKAGE}==1.0",
        "-r ${NAME}.txt",
        "git+https://${TOKEN}@example.org/fastapi",
        "libs/core",
        "libs/core[extra] ; python_version > '3'",
        "libs\\core",
    ],
)
def test_a_line_that_pip_accepts_is_no_problem(tree: Tree, line: str) -> None:
    versions = tree.write("requirements.txt", f"{line}\nhttpx==0.28\n").versions()
    assert (versions.declared("fastapi"), versions.problems) == (None, [])
    assert versions.declared("httpx") == versions_of("==0.28")


def test_a_requirements_file_in_utf_16_is_read(tree: Tree) -> None:
    (tree.root / "requirements.txt").write_bytes("fastapi==0.115\r\n".encode("utf-16"))
    assert tree.declared() == versions_of("==0.115")


def test_setup_cfg_declares(tree: Tree) -> None:
    tree.write(
        "setup.cfg",
        """
        [options]
        install_requires =
            fastapi>=0.115  # new enough
            httpx
        [options.extras_require]
        db = sqlalchemy>=2
        """,
    )
    assert (tree.declared(), tree.declared("sqlalchemy")) == (versions_of(">=0.115"), versions_of(">=2"))


@pytest.mark.parametrize(
    "value", ["file: deps/run.txt", "file: deps/run.txt, deps/web.txt", "file:deps/run.txt"]
)
def test_setup_cfg_may_point_to_requirements_files(tree: Tree, value: str) -> None:
    tree.write("setup.cfg", f"[options]\ninstall_requires = {value}\n")
    tree.write("deps/run.txt", "fastapi>=0.115\n").write("deps/web.txt", "httpx\n")
    versions = tree.versions()
    assert (versions.declared("fastapi"), versions.problems) == (versions_of(">=0.115"), [])


def test_setup_py_declares_with_literals(tree: Tree) -> None:
    tree.write(
        "setup.py",
        """
        import setuptools
        REQUIRES = ["fastapi>=0.115"]
        setuptools.setup(install_requires=REQUIRES, extras_require={"db": ["sqlalchemy>=2"]})
        """,
    )
    assert (tree.declared(), tree.declared("sqlalchemy")) == (versions_of(">=0.115"), versions_of(">=2"))


def test_setup_py_is_never_run(tree: Tree) -> None:
    tree.write(
        "setup.py",
        """
        import pathlib
        from setuptools import setup
        pathlib.Path(__file__).with_name("ran").touch()
        setup(install_requires=["fastapi>=0.115"] + open("x").readlines())
        """,
    )
    assert (tree.declared(), (tree.root / "ran").exists()) == (None, False)


def test_a_module_called_setup_declares_nothing(tree: Tree) -> None:
    tree.write("app/setup.py", "from app.tools import setup\nsetup(install_requires=['fastapi>=0.115'])\n")
    assert tree.declared(directory="app") is None


def test_a_pipfile_declares(tree: Tree) -> None:
    tree.write(
        "Pipfile",
        """
        [packages]
        fastapi = ">=0.115"
        httpx = "*"
        [dev-packages]
        pytest = {version = "==8.0", markers = "python_version > '3'"}
        [requires]
        python_version = "3.12"
        """,
    )
    names = ("fastapi", "pytest", "python")
    assert [tree.declared(name) for name in names] == [
        versions_of(each) for each in (">=0.115", "==8.0", "==3.12.*")
    ]


LOCKS = {
    "uv.lock": """
        version = 1
        [[package]]
        name = "fastapi"
        version = "0.115.2"
        source = { registry = "https://pypi.org/simple" }
        dependencies = [
            { name = "starlette" },
        ]
        [package.metadata]
        name = "other"
        version = "1"
        """,
    "poetry.lock": """
        [[package]]
        category = "main"
        description = "FastAPI"
        name = "fastapi"
        optional = false
        version = "0.115.2"

        [package.dependencies]
        version = "9"
        """,
    "pdm.lock": """
        [[package]]
        name = "fastapi"
        version = "0.115.2"
        requires_python = ">=3.8"
        """,
    "pylock.toml": """
        lock-version = '1.0'
        [[packages]]
        name = 'fastapi'
        version = '0.115.2'
        """,
    "Pipfile.lock": """
        {"_meta": {}, "default": {"fastapi": {"hashes": [], "version": "==0.115.2"}}, "develop": {}}
        """,
}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_wins_over_the_range(tree: Tree, name: str) -> None:
    tree.write("pyproject.toml", '[project]\ndependencies = ["fastapi>=0.100"]\n').write(name, LOCKS[name])
    versions = tree.versions()
    assert (versions.declared("fastapi"), versions.problems) == (versions_of("==0.115.2"), [])


def test_a_lock_with_windows_line_endings_is_read(tree: Tree) -> None:
    (tree.root / "uv.lock").write_bytes(b'[[package]]\r\nname = "fastapi"\r\nversion = "0.115.2"\r\n')
    assert tree.declared() == versions_of("==0.115.2")


def test_a_lock_that_forks_allows_each_version(tree: Tree) -> None:
    blocks = (
        '[[package]]\nname = "fastapi"\nversion = "0.100"\n[[package]]\nname = "fastapi"\nversion = "0.115"\n'
    )
    assert tree.write("uv.lock", blocks).declared() == versions_of("==0.100 || ==0.115")


def test_a_lock_knows_what_is_not_declared(tree: Tree) -> None:
    tree.write("uv.lock", '[[package]]\nname = "starlette"\nversion = "0.40.0"\n')
    assert tree.versions().always("starlette<0.41")


def test_a_lock_that_contradicts_the_range_is_another_projects(tree: Tree) -> None:
    tree.write("uv.lock", LOCKS["uv.lock"]).write("tool/requirements.txt", "fastapi==0.90\n")
    assert (tree.declared(directory="tool"), tree.declared()) == (
        versions_of("==0.90"),
        versions_of("==0.115.2"),
    )


def test_a_member_of_a_workspace_has_the_roots_lock(tree: Tree) -> None:
    tree.write("uv.lock", LOCKS["uv.lock"])
    tree.write("packages/api/pyproject.toml", '[project]\ndependencies = ["fastapi>=0.110"]\n')
    assert tree.declared(directory="packages/api/src/api") == versions_of("==0.115.2")


def test_the_nearest_project_that_declares_a_package_wins(tree: Tree) -> None:
    tree.write("requirements.txt", "fastapi==0.90\npydantic==1.10\n")
    tree.write("services/new/requirements.txt", "fastapi==0.115\n")
    directory = "services/new/app/api"
    assert tree.declared("fastapi", directory) == versions_of("==0.115")
    assert tree.declared("pydantic", directory) == versions_of("==1.10")
    assert tree.declared("fastapi", "services/old") == versions_of("==0.90")


def test_a_member_that_names_no_version_leaves_the_say_to_the_root(tree: Tree) -> None:
    tree.write("requirements.txt", "fastapi==0.90\n").write("member/requirements.txt", "fastapi\n")
    assert tree.declared(directory="member") == versions_of("==0.90")


def test_what_is_above_the_root_does_not_count(tree: Tree) -> None:
    tree.write("requirements.txt", "fastapi==0.90\n").write("root/a.py", "")
    assert read_versions(tree.root / "root", tree.root / "root").declared("fastapi") is None


@pytest.mark.parametrize(("text", "meaning"), [(">=0.118", ">=0.118"), ("0.118.2", "==0.118.2")])
def test_the_settings_have_the_last_word(tree: Tree, text: str, meaning: str) -> None:
    tree.write("uv.lock", LOCKS["uv.lock"])
    assert tree.versions(overrides={"FastAPI": text}).declared("fastapi") == versions_of(meaning)


BAD = {
    "pyproject.toml": ("[project]\ndependencies = [\n", Problem("pyproject.toml", "not valid TOML", 0)),
    "requirements.txt": (
        "\nfastapi >>= 1\nalso bad !\n",
        Problem("requirements.txt", "`fastapi >>= 1` is not a requirement", 2),
    ),
    "requirements-a.txt": (
        "x\n-r gone.txt\n",
        Problem("requirements-a.txt", "there is no file `gone.txt`", 2),
    ),
    "setup.cfg": ("a = 1\n", Problem("setup.cfg", "not a valid configuration file", 1)),
    "Pipfile": (
        '[packages]\nfastapi = "newest"\n',
        Problem("Pipfile", "`newest` is not a version constraint", 2),
    ),
    "Pipfile.lock": ("{\n]", Problem("Pipfile.lock", "not valid JSON", 2)),
    "uv.lock": ("a\n<<<<<<< HEAD\n=======\n", Problem("uv.lock", "the file has a merge conflict", 2)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_problem(tree: Tree, name: str) -> None:
    text, expected = BAD[name]
    (problem,) = tree.write(name, text).versions().problems
    assert problem.message.startswith(expected.message)
    assert (problem.path, problem.line or expected.line) == (expected.path, expected.line or problem.line)


def test_a_problem_in_a_pyproject_has_its_line(tree: Tree) -> None:
    tree.write(
        "api/pyproject.toml", '[project]\ndependencies = [\n  "fastapi>=0.115",\n  "httpx >= banana",\n]\n'
    )
    versions = tree.versions("api")
    expected = Problem("api/pyproject.toml", "`httpx >= banana` is not a requirement", 4)
    assert (versions.problems, versions.declared("fastapi")) == ([expected], versions_of(">=0.115"))


@pytest.mark.parametrize("value", ['"fastapi"', "1", "{a = 1}", "[1, [2]]", "true"])
@pytest.mark.parametrize("key", ["project.dependencies", "dependency-groups.a", "tool.uv.dev-dependencies"])
def test_values_of_other_types_do_no_harm(tree: Tree, key: str, value: str) -> None:
    versions = tree.write("pyproject.toml", f"{key} = {value}\n").versions()
    expected = [] if value.startswith("[") else [Problem("pyproject.toml", f"`{key}` is not an array", 1)]
    assert (versions.problems, versions.declared("fastapi")) == (expected, None)


@pytest.mark.parametrize(
    "key", ["project", "project.optional-dependencies", "tool", "tool.poetry.dependencies"]
)
def test_tables_of_other_types_do_no_harm(tree: Tree, key: str) -> None:
    assert tree.write("pyproject.toml", f"{key} = 1\n").versions().problems == []


@pytest.mark.parametrize(
    "name", ["requirements.txt", "pyproject.toml", "setup.cfg", "Pipfile", "Pipfile.lock"]
)
def test_a_file_that_is_not_utf_8_is_a_problem(tree: Tree, name: str) -> None:
    (tree.root / name).write_bytes(b"# a\n# \xff\n")
    assert tree.versions().problems == [Problem(name, "the file is not UTF-8", 2)]


def test_a_long_line_is_refused_at_once(tree: Tree) -> None:
    tree.write("requirements.txt", "a" * 200_000 + "@@\n" + " " * 200_000 + "x\n")
    started = time.perf_counter()
    assert len(tree.versions().problems) == 1
    assert time.perf_counter() - started < 1


def test_a_directory_named_like_a_file_declares_nothing(tree: Tree) -> None:
    (tree.root / "requirements.txt").mkdir()
    (tree.root / "pyproject.toml").mkdir()
    assert (tree.declared(), tree.versions().problems) == (None, [])


def test_the_same_directory_is_read_once(tree: Tree) -> None:
    tree.write("requirements.txt", "fastapi==0.90\n")
    assert tree.versions() is tree.versions("app/api")


def test_a_changed_file_is_read_again(tree: Tree) -> None:
    tree.write("requirements.txt", "fastapi==0.90\n")
    before = tree.declared()
    tree.write("requirements.txt", "fastapi==0.115.2\n")
    os.utime(tree.root / "requirements.txt", (1, 1))
    assert (before, tree.declared()) == (versions_of("==0.90"), versions_of("==0.115.2"))


def test_a_lock_of_two_megabytes_is_read_in_a_tenth_of_a_second(tree: Tree) -> None:
    wheels = "".join(
        f'    {{ url = "https://example.org/{n}.whl", hash = "sha256:{n:064d}" }},\n' for n in range(25)
    )
    package = f'[[package]]\nname = "package-%d"\nversion = "1.%d"\nwheels = [\n{wheels}]\n\n'
    text = "".join(package % (number, number) for number in range(800))
    assert len(text) > 2_000_000
    tree.write("uv.lock", text)
    times: list[float] = []
    for attempt in range(3):
        os.utime(tree.root / "uv.lock", (attempt, attempt))  # so that it is read again
        started = time.perf_counter()
        assert tree.declared("package-799") == versions_of("==1.799")
        times.append(time.perf_counter() - started)
    assert min(times) < 0.1
