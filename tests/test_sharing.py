"""Fixes leave in a module what other files of the project take from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastlint import testing
from fastlint.config import Settings
from fastlint.fixing import fix

MAIN = """\
import asyncio
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def wait() -> None:
    time.sleep(1)
"""


def fixed(tmp_path: Path, other: str, path: str = "other.py", main: str = MAIN) -> str:
    """`main.py` once it is fixed, beside another file."""
    testing.write(tmp_path, {"main.py": main, path: other})
    fix([tmp_path], Settings(root=tmp_path, select=("blocking-sleep",)), unsafe=False)
    text = (tmp_path / "main.py").read_text(encoding="utf-8")
    assert "await asyncio.sleep(1)" in text
    return text


@pytest.mark.parametrize(
    "taking",
    [
        "from main import time",
        "from main import time as clock",
        "from main import *",
        "def late():\n    from main import time",
        "import main\nmain.time.sleep(1)",
        "import main as service\nservice.time.sleep(1)",
        'from unittest.mock import patch\n\n\n@patch("main.time.sleep")\ndef test(sleep): ...',
        "import main\n\n\ndef test(monkeypatch):\n    monkeypatch.setattr(main, 'time', None)",
        "import main as service\n\n\ndef test(patch):\n    patch.object(service, 'time')",
    ],
)
def test_an_import_stays_that_another_file_takes(tmp_path: Path, taking: str) -> None:
    assert "import time\n" in fixed(tmp_path, f"{taking}\n")


def test_an_import_stays_that_another_file_takes_by_a_relative_import(tmp_path: Path) -> None:
    testing.write(
        tmp_path, {"app/__init__.py": "", "app/main.py": MAIN, "app/b.py": "from .main import time\n"}
    )
    fix([tmp_path], Settings(root=tmp_path, select=("blocking-sleep",)), unsafe=False)
    assert "import time\n" in (tmp_path / "app/main.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "other",
    [
        "import time\nimport main\n\nmain.app, time.sleep\n",
        "from main import app\n\ntimes = [1]\n",
        "from helpers import *\n\n# main, time\n",
        "from helpers import time\n\nmain = time\n",
        "import main\n\nmain.timeout = 3\n",
    ],
)
def test_an_import_goes_that_no_other_file_takes(tmp_path: Path, other: str) -> None:
    assert "import time\n" not in fixed(tmp_path, other)
