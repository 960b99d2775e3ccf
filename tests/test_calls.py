"""One more argument for a call: where it goes, and that nothing else of the call changes."""

from __future__ import annotations

import libcst as cst
import pytest

from fastlint.fixing.calls import with_argument


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("get()", "get(tags=t)"),
        ("get('/')", "get('/', tags=t)"),
        ("get('/',)", "get('/', tags=t,)"),
        ("get('/', **more)", "get('/', **more, tags=t)"),
        ("get(\n    '/',\n    name='a',\n)", "get(\n    '/',\n    name='a',\n    tags=t,\n)"),
        ("get(\n    '/',\n    name='a'\n)", "get(\n    '/',\n    name='a',\n    tags=t\n)"),
        ("get(\n    '/', name='a'\n)", "get(\n    '/', name='a',\n    tags=t\n)"),
        ("get(\n    '/',  # the root\n)", "get(\n    '/',  # the root\n    tags=t,\n)"),
        ("get(\n    '/'  # the root\n)", "get(\n    '/',  # the root\n    tags=t\n)"),
        ("get('/',\n    name='a')", "get('/',\n    name='a', tags=t)"),
    ],
)
def test_an_argument_is_laid_out_as_the_others_are(call: str, expected: str) -> None:
    node = cst.parse_expression(call)
    assert isinstance(node, cst.Call)
    new = with_argument(node, "tags", cst.Name("t"))
    assert expected == cst.Module([]).code_for_node(new)
