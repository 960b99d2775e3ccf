"""What can be called with anything, mocks and makers of sessions: FastAPI asks the client for all of it."""

from __future__ import annotations

from fastlint.model.expression import Expression
from fastlint.model.values import ClassValue, External, Instance, Value

MOCKS = tuple(f"unittest.mock.{name}" for name in ("Mock", "MagicMock", "AsyncMock"))
SESSION_MAKERS = (
    "sqlalchemy.orm.sessionmaker",
    "sqlalchemy.orm.scoped_session",
    "sqlalchemy.ext.asyncio.async_sessionmaker",
    "sqlalchemy.ext.asyncio.async_scoped_session",
)
RECORDS = ("call_args", "call_args_list", "call_count", "called", "await_count", "method_calls", "mock_calls")
"""Attributes of a mock that are no mocks."""


def is_mock(expression: Expression) -> bool:
    """Whether it is a mock that takes any arguments; one made after a function has that one's."""
    found = expression.values()
    return bool(found) and all(_is_mock(value, expression) for value in found)


def is_session_maker(expression: Expression) -> bool:
    """Whether it is what makes sessions, and takes their options."""
    found = expression.values()
    return bool(found) and len(expression.instances(*SESSION_MAKERS)) == len(found)


def _is_mock(value: Value, expression: Expression) -> bool:
    classes = expression.project.inference.classes
    match value:
        case Instance():
            return classes.descends(value.cls, *MOCKS) and not _has_signature(value)
        case External(receiver=Instance() as owner):
            name = value.name.rpartition(".")[2]
            is_record = name in RECORDS or name.startswith(("assert_", "reset_", "configure_", "attach_"))
            return classes.descends(owner.cls, *MOCKS) and not is_record
        case External():
            return value.name in MOCKS
        case _:
            return False


def _has_signature(mock: Instance) -> bool:
    site = mock.site
    if site is None or not site.is_call:
        return True
    spec = site.argument("spec", 0) or site.argument("spec_set")
    return spec is not None and not all(isinstance(value, ClassValue) for value in spec.values())
