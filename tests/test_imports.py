"""Which module an import means, and which of several imports is the one that runs."""

from __future__ import annotations

import pytest

from tests.model import revealed

PRICE = "def price(): ..."
ASKING = "from pricing import price\nreveal(price)"


# Beside the importing file


def test_a_file_beside_a_stray_init_is_found_where_no_source_root_has_it() -> None:
    files = {"app/__init__.py": "", "app/pricing.py": PRICE, "app/main.py": ASKING}
    assert ["def app.pricing.price"] == revealed(files)


def test_a_source_root_comes_before_the_file_beside() -> None:
    files = {"app/__init__.py": "", "app/pricing.py": PRICE, "app/main.py": ASKING, "pricing.py": PRICE}
    assert ["def pricing.price"] == revealed(files)


@pytest.mark.parametrize("line", ["from . import other", "from app.other import thing", "import app.other"])
def test_a_file_that_knows_its_package_does_not_import_what_is_beside_it(line: str) -> None:
    files = {
        "app/__init__.py": "",
        "app/other.py": "thing = 1",
        "app/pricing.py": PRICE,
        "app/main.py": f"{line}\n{ASKING}",
    }
    assert ["pricing.price"] == revealed(files)


@pytest.mark.parametrize("init", [{}, {"app/__init__.py": ""}])
def test_a_library_is_not_the_file_beside_that_has_its_name(init: dict[str, str]) -> None:
    files = init | {
        "app/requests.py": "class Order: ...",
        "app/main.py": "import requests\nreveal(requests.get)",
    }
    assert ["requests.get"] == revealed(files)


@pytest.mark.parametrize("init", [{}, {"app/__init__.py": ""}])
def test_where_others_beside_it_are_imported_too_the_file_hides_the_library(init: dict[str, str]) -> None:
    main = "import pricing\nimport requests\nreveal(requests.get)"
    files = init | {"app/requests.py": "def get(): ...", "app/pricing.py": PRICE, "app/main.py": main}
    assert ["def app.requests.get"] == revealed(files)


def test_a_file_at_a_source_root_hides_the_library() -> None:
    files = {"requests.py": "def get(): ...", "app/main.py": "import requests\nreveal(requests.get)"}
    assert ["def requests.get"] == revealed(files)


# Star imports


@pytest.mark.parametrize("name", ["FastAPI", "HTTPException", "status"])
def test_a_name_that_nothing_else_binds_is_that_of_the_one_package_that_is_starred(name: str) -> None:
    assert [f"fastapi.{name}"] == [
        each.replace("starlette.exceptions", "fastapi").replace("starlette", "fastapi")
        for each in revealed(f"from fastapi import *\nreveal({name})")
    ]


def test_a_name_comes_through_a_module_of_the_project_that_stars_a_package() -> None:
    files = {"common.py": "from httpx import *", "main.py": "from common import *\nreveal(Client)"}
    assert ["httpx.Client"] == revealed(files)


def test_of_two_packages_that_are_starred_either_may_have_the_name() -> None:
    assert [""] == revealed("from fastapi import *\nfrom acme import *\nreveal(Thing)")


def test_a_module_that_cannot_be_found_may_have_the_name() -> None:
    assert [""] == revealed("from .generated import *\nfrom fastapi import *\nreveal(Thing)")


@pytest.mark.parametrize("name", ["len", "_private", "own"])
def test_a_package_that_is_starred_gives_no_builtins_nor_private_names_nor_what_is_bound(name: str) -> None:
    meant = {"len": "builtins.len", "_private": "", "own": "def main.own"}
    assert [meant[name]] == revealed(f"from acme import *\ndef own(): ...\nreveal({name})")


# What only type checkers read


BRANCHES = "{0}:\n    from {1} import price\nelse:\n    from {2} import price"


@pytest.mark.parametrize(
    "branches",
    [
        BRANCHES.format("if TYPE_CHECKING", "slow", "fast"),
        BRANCHES.format("if typing.TYPE_CHECKING", "slow", "fast"),
        BRANCHES.format("if not TYPE_CHECKING", "fast", "slow"),
        BRANCHES.format("TYPE_CHECKING = False\nif TYPE_CHECKING", "slow", "fast"),
        "from fast import price\nif TYPE_CHECKING:\n    from slow import price",
    ],
)
def test_the_branch_for_type_checkers_does_not_run(branches: str) -> None:
    files = {"slow.py": PRICE, "fast.py": PRICE, "main.py": f"{branches}\nreveal(price)"}
    assert ["def fast.price"] == revealed(files)


def test_either_branch_of_another_test_may_run() -> None:
    branches = BRANCHES.format("if DEBUG", "slow", "fast")
    files = {"slow.py": PRICE, "fast.py": PRICE, "main.py": f"{branches}\nreveal(price)"}
    assert ["def fast.price | def slow.price"] == revealed(files)


# Imports that may fail


FALLBACK = "try:\n    from {0} import price\nexcept {1}:\n    from slow import price\nreveal(price)"


@pytest.mark.parametrize(
    "error", ["ImportError", "ModuleNotFoundError", "(ImportError, OSError)", "Exception"]
)
def test_an_import_of_the_projects_own_does_not_fail(error: str) -> None:
    files = {"slow.py": PRICE, "fast.py": PRICE, "main.py": FALLBACK.format("fast", error)}
    assert ["def fast.price"] == revealed(files)


def test_code_of_the_project_only_stands_in_for_a_library() -> None:
    files = {"slow.py": PRICE, "main.py": FALLBACK.format("fastprice", "ImportError")}
    assert ["fastprice.price"] == revealed(files)


def test_a_handler_of_another_error_may_run() -> None:
    files = {"slow.py": PRICE, "fast.py": PRICE, "main.py": FALLBACK.format("fast", "OSError")}
    assert ["def fast.price | def slow.price"] == revealed(files)


def test_what_a_fallback_binds_beside_the_import_is_possible() -> None:
    code = "try:\n    import fastprice\nexcept ImportError:\n    def price(): ...\nreveal(price)"
    assert ["def main.price"] == revealed(code)


def test_a_flag_of_an_import_that_does_not_fail_is_set() -> None:
    code = "try:\n    import fast\n    has = True\nexcept ImportError:\n    has = False\nreveal(has)"
    assert ["True"] == revealed({"fast.py": "", "main.py": code})
