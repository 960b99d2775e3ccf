"""Where rules come from: every package behind the entry point `fastlint.rules`, ours included."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType

from fastlint.rule import Rule

GROUP = "fastlint.rules"
LETTERS = "FL"
"""What the codes of our own rules begin with, and no others."""


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every installed rule, by code, our own first.

    Raises `ValueError` when a package cannot be imported or has no rules, when two rules share a code or a
    name, or when a rule takes a code of fastlint's own.
    """
    rules = [rule for package in packages() for rule in rules_in(package)]
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.code.rstrip("0123456789") == LETTERS and not rule.is_ours:
            raise ValueError(f"{rule.module}: {rule.code} is no code of its own: {LETTERS} is fastlint's")
        for key in (rule.code, rule.name):
            if key in seen and seen[key] is not rule:
                raise ValueError(f"{rule.module}: {key} is already taken by {seen[key].module}")
            seen[key] = rule
    return tuple(sorted(set(rules), key=lambda rule: (not rule.is_ours, rule.code)))


def packages() -> list[str]:
    """The packages that rules come from."""
    return [entry.module for entry in entry_points(group=GROUP)]


@cache
def comment_rules() -> tuple[Rule, ...]:
    """What the engine itself reports, by code: it has pages, and no checks that could be run."""
    return tuple(sorted(rules_in("fastlint.comments"), key=lambda rule: rule.code))


def rules_in(package: str) -> list[Rule]:
    """The rules of a package: each module below it that has a `rule`. Raises `ValueError` where none has."""
    found = [rule for module in _modules(package) if isinstance(rule := getattr(module, "rule", None), Rule)]
    if not found:
        raise ValueError(f"{package}: no module below it has a `rule`")
    return found


def _modules(package: str) -> Iterator[ModuleType]:
    """The modules below a package, in the order of their names."""
    root = imported(package)
    for info in pkgutil.walk_packages(getattr(root, "__path__", ()), f"{package}."):
        yield imported(info.name)


def imported(name: str) -> ModuleType:
    """A package of rules or a module of one. Raises `ValueError` saying where it fails."""
    try:
        return importlib.import_module(name)
    except Exception as error:
        from fastlint.failure import told

        raise ValueError(f"{name}: {told(error, name.partition('.')[0])}") from error


def find_rule(key: str) -> Rule | None:
    """The rule with this code or name, if need be one of the engine itself."""
    rules = (*all_rules(), *comment_rules())
    return next((rule for rule in rules if key in (rule.code, rule.name)), None)
