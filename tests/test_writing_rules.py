"""`docs/writing-rules.md` at work: the package that it writes out is installed, found, tested and run.

It is installed as pip would do it: a folder on the path with the package and what `importlib.metadata` reads.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fastlint import toml
from fastlint.registry import GROUP
from tests import markdown

PAGE = Path(__file__).parents[1] / "docs" / "writing-rules.md"
FILES = {block.title: block.code for block in markdown.blocks(PAGE) if block.title}
MAIN = """\
from fastapi import FastAPI

app = FastAPI()


@app.get(
    "/admin/users",
    status_code=200,
)
def list_users() -> list[str]:
    return []
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of the page, in a folder of its own."""
    root = tmp_path_factory.mktemp("fastlint-acme")
    for path, text in FILES.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    install(root / "src", FILES["pyproject.toml"])
    return root


def install(site: Path, pyproject: str) -> None:
    """Write what an installer writes of a project beside its packages."""
    project: dict[str, Any] = toml.parse(pyproject)["project"]
    name, version = project["name"].replace("-", "_"), project["version"]
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    points = "\n".join(f"{key} = {value}" for key, value in project["entry-points"][GROUP].items())
    (folder / "entry_points.txt").write_text(f"[{GROUP}]\n{points}\n")


@pytest.fixture
def own(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package, to be changed."""
    return Path(shutil.copytree(package, tmp_path_factory.mktemp("own") / "package"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project with a route that the rule reports."""
    (tmp_path / "main.py").write_text(MAIN)
    return tmp_path


def run(module: str, *arguments: str, package: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(package / "src"), "NO_COLOR": "1"}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


def fastlint(*arguments: str, package: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return run("fastlint", *arguments, package=package, folder=folder)


def test_the_page_names_each_file_that_it_shows_and_shows_each_that_it_lists() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [] == [path for path in FILES if f"`{path}`" not in text]
    [tree, *_] = markdown.blocks(PAGE, "text")
    assert sorted(FILES) == sorted(line.strip() for line in tree.code.splitlines()[1:])


def test_the_tests_of_the_package_pass(package: Path) -> None:
    done = run("pytest", "-q", "-p", "no:cacheprovider", package=package, folder=package)
    assert done.returncode == 0, done.stdout
    assert " 6 passed" in f" {done.stdout.splitlines()[-1]}"


def test_the_rule_is_listed_beside_those_of_fastlint(package: Path) -> None:
    listed = fastlint("rules", package=package, folder=package).stdout
    assert "\nACME101  unguarded-admin-route " in listed
    assert "\nFL101    blocking-sleep " in listed


def test_its_page_says_which_package_it_is_from(package: Path) -> None:
    page = fastlint("rule", "ACME101", package=package, folder=package).stdout
    assert page.startswith("unguarded-admin-route (ACME101)\n\nA route below `/admin` does not")
    assert "fastlint_acme 1.0.0" in page
    assert "https://handbook.acme.example/apis#admin" in page


@pytest.mark.parametrize("selector", ["ALL", "ACME", "ACME1", "ACME101", "unguarded-admin-route"])
def test_it_is_selected_as_any_other(selector: str, package: Path, shop: Path) -> None:
    done = fastlint("--select", selector, "--output-format", "concise", package=package, folder=shop)
    assert done.returncode == 1
    assert "main.py:6:2: error: unguarded-admin-route (ACME101): `GET /admin/users` is open" in done.stdout


@pytest.mark.parametrize("selector", ["ACME", "ACME101", "unguarded-admin-route"])
def test_it_is_ignored_as_any_other(selector: str, package: Path, shop: Path) -> None:
    (shop / "fastlint.toml").write_text(f'ignore = ["{selector}"]\n')
    assert fastlint(package=package, folder=shop).returncode == 0


@pytest.mark.parametrize("selector", ["ACME101", "unguarded-admin-route"])
def test_a_comment_silences_it(selector: str, package: Path, shop: Path) -> None:
    silenced = MAIN.replace("get(\n", f"get(  # fastlint: ignore[{selector}] -- the load balancer asks\n")
    (shop / "main.py").write_text(silenced)
    done = fastlint(package=package, folder=shop)
    assert (done.returncode, done.stderr) == (0, "")


def test_its_fix_is_applied(package: Path, shop: Path) -> None:
    assert fastlint("--fix", "--unsafe-fixes", package=package, folder=shop).returncode == 0
    fixed = (shop / "main.py").read_text()
    assert "from acme_auth import require_admin\nfrom fastapi import Depends, FastAPI\n" in fixed
    assert "\n    status_code=200,\n    dependencies=[Depends(require_admin)],\n)\n" in fixed


def test_code_scanning_gets_it_with_its_page(package: Path, shop: Path) -> None:
    [log] = json.loads(fastlint("--output-format", "sarif", package=package, folder=shop).stdout)["runs"]
    [result] = log["results"]
    rule = log["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert ("ACME101", "unguarded-admin-route") == (rule["id"], rule["name"])
    assert "https://handbook.acme.example/apis#admin" == rule["helpUri"]
    assert rule["help"]["markdown"].startswith("A route below `/admin` does not ask")


def test_a_rule_that_is_changed_is_asked_again(own: Path, shop: Path) -> None:
    module = own / "src" / "fastlint_acme" / "unguarded_admin_route.py"
    assert fastlint(package=own, folder=shop).returncode == 1
    module.write_text(module.read_text(encoding="utf-8").replace('"/admin/"', '"/backoffice/"'))
    assert fastlint(package=own, folder=shop).returncode == 0


def test_a_rule_that_fails_says_where(own: Path, shop: Path) -> None:
    module = own / "src" / "fastlint_acme" / "unguarded_admin_route.py"
    module.write_text(module.read_text(encoding="utf-8").replace("route.paths", "route.urls"))
    done = fastlint(package=own, folder=shop)
    assert done.returncode == 2
    said = "`unguarded-admin-route` failed: AttributeError: 'Route' object has no attribute 'urls'"
    assert f"{said} (in fastlint_acme.unguarded_admin_route:" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_package_that_cannot_be_imported_is_one_line(own: Path, shop: Path) -> None:
    (own / "src" / "fastlint_acme" / "__init__.py").write_text("import acme_conventions\n")
    done = fastlint(package=own, folder=shop)
    assert done.returncode == 2
    assert (
        "error: the rules cannot be loaded: fastlint_acme: ModuleNotFoundError: "
        "No module named 'acme_conventions' (in fastlint_acme:1)\n"
    ) == done.stderr


def test_a_name_that_another_package_has_too_is_one_line_that_names_both(own: Path, shop: Path) -> None:
    module = own / "src" / "fastlint_acme" / "unguarded_admin_route.py"
    module.rename(module.with_name("blocking_sleep.py"))
    done = fastlint(package=own, folder=shop)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the rules cannot be loaded: ")
    assert "fastlint_acme.blocking_sleep" in done.stderr
    assert "fastlint_rules.async_safety.blocking_sleep" in done.stderr
