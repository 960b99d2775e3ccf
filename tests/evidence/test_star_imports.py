"""What `from fastapi import *` brings: FastAPI has no `__all__`, so every public name of the package."""

from __future__ import annotations

from typing import Any


def test_a_star_import_brings_the_public_names_of_fastapi() -> None:
    namespace: dict[str, Any] = {}
    exec("from fastapi import *", namespace)
    assert {"FastAPI", "APIRouter", "Depends", "HTTPException", "Request", "status"} <= namespace.keys()


def test_a_module_that_stars_fastapi_hands_its_names_on() -> None:
    import sys
    import types

    common = types.ModuleType("common_names")
    exec("from fastapi import *", common.__dict__)
    sys.modules["common_names"] = common
    try:
        namespace: dict[str, Any] = {}
        exec("from common_names import *", namespace)
    finally:
        del sys.modules["common_names"]
    assert {"FastAPI", "Depends"} <= namespace.keys()
