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
