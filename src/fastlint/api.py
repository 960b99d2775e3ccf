"""Everything that a rule may import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastlint.diagnostic import Diagnostic, FixRequest, Place, Safety, Severity, Span, Step
from fastlint.index import syntax
from fastlint.model.coroutines import OwnLoop, Unawaited
from fastlint.model.dependencies import Dependency, Injection, Override
from fastlint.model.expression import Expression
from fastlint.model.hooks import Middleware
from fastlint.model.loop import LoopCall
from fastlint.model.project import Project
from fastlint.model.routing import EventHandler, Include, Route, Router
from fastlint.model.values import (
    ClassValue,
    Coroutine,
    External,
    FunctionValue,
    Instance,
    Literal,
    Manager,
    Partial,
    Stream,
    TypeForm,
    Value,
)
from fastlint.rule import Codemod, Rule

if TYPE_CHECKING:
    import libcst as cst

    from fastlint.fixing import Edit
else:
    from fastlint.lazy import lazy

    cst = lazy("libcst")

__all__ = [
    "ClassValue",
    "Codemod",
    "Coroutine",
    "Dependency",
    "Diagnostic",
    "Edit",
    "EventHandler",
    "Expression",
    "External",
    "FixRequest",
    "FunctionValue",
    "Include",
    "Injection",
    "Instance",
    "Literal",
    "LoopCall",
    "Manager",
    "Middleware",
    "Override",
    "OwnLoop",
    "Partial",
    "Place",
    "Project",
    "Route",
    "Router",
    "Rule",
    "Safety",
    "Severity",
    "Span",
    "Step",
    "Stream",
    "TypeForm",
    "Unawaited",
    "Value",
    "cst",
    "syntax",
]
