"""The examples of a rule's page."""

from __future__ import annotations

import inspect
import re

SECTION = r"^## {heading}[ ]*$(?P<body>.*?)(?=^## |\Z)"
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```[ ]*$", re.DOTALL | re.MULTILINE)


def example(page: str, heading: str) -> str:
    """The one python block below a heading of a page. Raises `AssertionError` for none or several."""
    found = blocks(page, heading)
    if len(found) != 1:
        raise AssertionError(f"{len(found)} python blocks below '## {heading}', not one")
    return found[0]


def blocks(page: str, heading: str) -> list[str]:
    """Every python block below a heading of a page."""
    pattern = SECTION.format(heading=re.escape(heading))
    section = re.search(pattern, inspect.cleandoc(page), re.DOTALL | re.MULTILINE)
    return BLOCK.findall(section["body"]) if section else []
