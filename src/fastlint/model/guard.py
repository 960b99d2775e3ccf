"""A guard: something that turns clients away, or may."""

from __future__ import annotations

from dataclasses import dataclass

from fastlint.diagnostic import Place
from fastlint.model.refusals import POLICY_VIOLATION
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Partial, Value

HARMLESS = ("builtins.", "fastapi.", "pydantic.", "sqlalchemy.", "sqlmodel.", "starlette.", "typing.")
"""Packages of which nothing but security schemes guards anything."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Something that turns clients away, or may.

    `level` is where it stands: app, include, router, route, parameter; decorator, handler or middleware.
    `schemes` are the security schemes in its closure, `answers` the refusals that its code can give,
    `hints` what else speaks for it. `is_certain` as the module says.
    """

    name: str
    level: str
    place: Place
    schemes: tuple[str, ...] = ()
    answers: tuple[int, ...] = ()
    hints: tuple[str, ...] = ()
    is_certain: bool = False

    @property
    def evidence(self) -> tuple[str, ...]:
        """Why it counts, for people."""
        answers = [f"can answer {each}" for each in self.answers if each != POLICY_VIOLATION]
        closes = [f"can close with {each}" for each in self.answers if each == POLICY_VIOLATION]
        return (*self.schemes, *answers, *closes, *self.hints)


def is_of_project(target: Value) -> bool:
    """Whether what FastAPI calls is code of the project."""
    cls = target.cls if isinstance(target, Instance) else target
    return isinstance(cls, (ClassValue, FunctionValue, Partial))


def is_elsewhere(target: Value) -> bool:
    """Whether it is code that is not here, and may do anything."""
    if is_of_project(target):
        return False
    name = target.name if isinstance(target, External) else ""
    return not (target.external if isinstance(target, Instance) else name).startswith(HARMLESS)
