"""How safe the fix is that a rule offers."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from fastlint import testing

EXCEPTION_HEAD = """
    from contextlib import contextmanager, suppress
    from fastapi import FastAPI, HTTPException

    app = FastAPI()
    GONE = HTTPException(410)
    MAYBE = None

    def certain(code):
        return HTTPException(code)

    def optional(code) -> HTTPException | None:
        if code:
            return HTTPException(code)
        return None

    def fallen(code):
        if code:
            return HTTPException(code)

    @contextmanager
    def forgiving():
        try:
            yield
        except Exception:
            pass

    @contextmanager
    def timing():
        print("start")
        yield
        print("end")
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return HTTPException(404)", "safe"),
        ("return certain(404)", "safe"),
        ("return GONE", "safe"),
        ("return HTTPException(404) if code else certain(410)", "safe"),
        ("error = HTTPException(404)\nreturn error", "safe"),
        ("return optional(code)", "none"),
        ("return fallen(code)", "none"),
        ("error = optional(code)\nreturn error", "none"),
        ("error = None\nif code:\n    error = HTTPException(422)\nreturn error", "none"),
        ("return HTTPException(404) if code else None", "none"),
        ("return code and HTTPException(404)", "none"),
        ("with suppress(Exception):\n    return HTTPException(404)", "unsafe"),
        ("with suppress(KeyError, OSError):\n    return HTTPException(404)", "safe"),
        ("with forgiving():\n    return HTTPException(404)", "unsafe"),
        ("with timing():\n    return HTTPException(404)", "safe"),
        ("try:\n    return HTTPException(404)\nexcept Exception:\n    return 1", "unsafe"),
        ("try:\n    return HTTPException(404)\nexcept KeyError:\n    return 1", "safe"),
    ],
)
def test_a_returned_exception_is_raised_safely_where_it_is_one_for_certain_and_nothing_catches_it(
    tmp_path: Path, body: str, expected: str
) -> None:
    assert safety(tmp_path, EXCEPTION_HEAD, body, "returned-http-exception") == expected


def safety(root: Path, head: str, body: str, rule: str) -> str:
    """The safety of the one fix that a rule offers for a route of this body; `none` without a fix."""
    route = '\n@app.get("/{code}")\ndef read(code: int):\n' + "".join(
        f"    {line}\n" for line in body.splitlines()
    )
    testing.write(root, {"main.py": dedent(head) + route})
    (found,) = testing.check(root, [rule]).diagnostics
    return "none" if found.fix is None else found.fix.safety.value
