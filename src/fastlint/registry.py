"""Where rules come from: every package behind the entry point `fastlint.rules`, ours included."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points

from fastlint.rule import Rule

GROUP = "fastlint.rules"


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every installed rule, by code. Raises `ValueError` when two rules share a code or a name."""
    rules = [rule for package in packages() for rule in rules_in(package)]
    seen: dict[str, Rule] = {}
    for rule in rules:
        for key in (rule.code, rule.name):
            if key in seen and seen[key] is not rule:
                raise ValueError(f"{rule.module}: {key} is already taken by {seen[key].module}")
            seen[key] = rule
    return tuple(sorted(set(rules), key=lambda rule: rule.code))


def packages() -> list[str]:
    """The packages that rules come from."""
    return [entry.module for entry in entry_points(group=GROUP)]


@cache
def comment_rules() -> tuple[Rule, ...]:
    """What the engine itself reports, by code: it has pages, and no checks that could be run."""
    return tuple(sorted(rules_in("fastlint.comments"), key=lambda rule: rule.code))


def rules_in(package: str) -> list[Rule]:
    """The rules of a package: each module below it that has a `rule`."""
    root = importlib.import_module(package)
    found: list[Rule] = []
    for info in pkgutil.walk_packages(getattr(root, "__path__", []), prefix=f"{package}."):
        rule = getattr(importlib.import_module(info.name), "rule", None)
        if isinstance(rule, Rule):
            found.append(rule)
    return found


def find_rule(key: str) -> Rule | None:
    """The rule with this code or name, if need be one of the engine itself."""
    rules = (*all_rules(), *comment_rules())
    return next((rule for rule in rules if key in (rule.code, rule.name)), None)
