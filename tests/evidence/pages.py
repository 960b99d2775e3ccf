"""The examples of the rules' pages, read and executed without importing a rule."""

from __future__ import annotations

import ast
import itertools
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from fastlint.testing.pages import blocks

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules" / "fastlint_rules"
FIXES = ROOT / "fixtures" / "fixes"

_serial = itertools.count(1)

Namespace = dict[str, Any]


def examples(name: str) -> tuple[Namespace, Namespace]:
    """The namespaces that the bad and the good example of a rule leave behind."""
    return bad_example(name), good_example(name)


def bad_example(name: str) -> Namespace:
    """The namespace of the executed `## Bad` block; what it raises at import is raised here."""
    return execute(source(name, "Bad"))


def good_example(name: str) -> Namespace:
    """The namespace of the executed `## Good` block."""
    return execute(source(name, "Good"))


def fixed(name: str, case: str) -> tuple[Namespace, Namespace]:
    """The namespaces of a case of a rule's unsafe fixes, before and after."""
    folder = FIXES / name.replace("-", "_") / "unsafe" / case
    before, after = (folder / f"{each}.py" for each in ("before", "after"))
    return execute(before.read_text(encoding="utf-8")), execute(after.read_text(encoding="utf-8"))


def source(name: str, heading: str) -> str:
    """The one python block below a heading of a rule's page. Raises `ValueError` for none or several."""
    found = blocks(page(name), heading)
    if len(found) != 1:
        raise ValueError(f"{name}: {len(found)} python blocks below '## {heading}', not one")
    return found[0]


def page(name: str) -> str:
    """The page of a rule: its module's docstring. Raises `LookupError` if there is none."""
    stem = name.replace("-", "_")
    files = list(RULES.glob(f"*/{stem}.py"))
    if len(files) != 1:
        raise LookupError(f"{name}: {len(files)} files called {stem}.py below {RULES}")
    docstring = ast.get_docstring(ast.parse(files[0].read_text(encoding="utf-8")))
    if not docstring:
        raise LookupError(f"{files[0]}: no docstring")
    return docstring


def execute(source: str, **names: Any) -> Namespace:
    """Run a module's source and give its namespace. `names` are there before it starts.

    The module stays in `sys.modules` under a name of its own, where dataclasses, Pydantic and SQLAlchemy
    look up annotations that are strings.
    """
    module = ModuleType(f"page_example_{next(_serial)}")
    sys.modules[module.__name__] = module
    module.__dict__.update(names)
    exec(compile(source, f"<{module.__name__}>", "exec", dont_inherit=True), module.__dict__)
    return module.__dict__
