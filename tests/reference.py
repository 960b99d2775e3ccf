"""The reference of what rules may import: every name of `fastlint.api` with what can be asked of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from types import ModuleType
from typing import Any

from fastlint import api
from fastlint.fixing.edit import Edit
from fastlint.model.subjects import SUBJECTS

NAMES: dict[str, Any] = {name: getattr(api, name) for name in api.__all__} | {"Edit": Edit}
SUBJECT_NAMES = [each.__name__ for each in SUBJECTS if each.__name__ in NAMES]
REPORTING = ("Rule", "Severity", "Diagnostic", "Place", "Span", "Step")
FIXING = ("Codemod", "Safety", "FixRequest", "Edit")
PROJECT = ("Project",)
VALUES = (
    *("Value", "External", "FunctionValue", "ClassValue", "Instance", "Literal", "Coroutine", "Manager"),
    *("Stream", "Partial", "TypeForm"),
)
"""What an expression can stand for."""


def reference() -> str:
    """The whole page."""
    told = {*SUBJECT_NAMES, *REPORTING, *FIXING, *PROJECT, *VALUES}
    others = [name for name in api.__all__ if name not in told]
    classes = [name for name in others if inspect.isclass(NAMES[name])]
    rest = [name for name in others if name not in classes]
    return "\n".join(
        [
            HEAD,
            *_section("Subjects", SUBJECTS_TEXT, [name for name in SUBJECT_NAMES if name not in PROJECT]),
            *_section("The project", "What every check is given beside its subject.", PROJECT),
            *_section("What subjects lead to", "", classes),
            *_section("Values", VALUES_TEXT, VALUES),
            *_section("Reporting", "", REPORTING),
            *_section("Fixing", "", FIXING),
            *_section("Functions and constants", "", rest),
        ]
    )


def subjects() -> str:
    """The subjects in a table, each in the first line of what there is to say about it."""
    lines = ["| | |", "|---|---|"]
    for name in SUBJECT_NAMES:
        first = _text(name, NAMES[name]).splitlines()[0]
        lines.append(f"| [`{name}`](rule-api.md#{name.lower()}) | {_cell(first)} |")
    return "\n".join(lines) + "\n"


HEAD = """
# What rules may import

Everything here comes from `fastlint.api`; [writing rules](writing-rules.md) shows it at work. Until fastlint
1.0 a minor version may change it: pin `fastlint>=0.1,<0.2`.

Nothing here imports or runs the linted code. What cannot be told is `None`, `()` or `""`, as each entry says:
a rule is silent there.
"""
SUBJECTS_TEXT = """\
What a check can be about: `@rule.on(Route)` runs it for every route of the project, in their order.\
"""
VALUES_TEXT = """\
What an expression can stand for: `Expression.values()` gives all that is known, `Expression.value()` the only
one.\
"""


def _section(heading: str, text: str, names: tuple[str, ...] | list[str]) -> Iterator[str]:
    yield f"## {heading}\n"
    if text:
        yield f"{text}\n"
    for name in names:
        yield from _entry(name, NAMES[name])


def _entry(name: str, thing: Any) -> Iterator[str]:
    yield f"### {name}\n"
    yield f"{_text(name, thing)}\n"
    rows = list(_members(thing)) if inspect.isclass(thing) else []
    if rows:
        yield "| | |\n|---|---|"
        yield from (f"| `{_cell(signature)}` | {text} |" for signature, text in rows)
        yield ""


def _text(name: str, thing: Any) -> str:
    """What its docstring says; a constant is shown as it is."""
    if isinstance(thing, ModuleType) or name == "cst":
        return MODULES[name]
    if inspect.isfunction(thing):
        return f"`{name}{_signature(thing)}`\n\n{inspect.getdoc(thing)}"
    if inspect.isclass(thing):
        return inspect.cleandoc(thing.__dict__["__doc__"])
    if isinstance(thing, tuple):
        return f"`{thing!r}`"
    return f"`{' | '.join(each.__name__ for each in thing.__args__)}`"


USUAL = {"place": "Where it stands.", "project": "The project that it is of.", "name": "Its name."}
"""What members of these names are, whosever they are."""
MODULES = {
    "cst": "The module [libcst](https://libcst.readthedocs.io/en/latest/nodes.html), loaded when a fix first "
    "uses it: the nodes that codemods take and give.",
    "defaults": "What settings hold by default: `is_validated(expression)` says whether a validator of the "
    "project's settings may have changed it.",
    "syntax": "The nodes of the code that expressions and functions are made of (`Call`, `Ref`, `Constant`, "
    "`Return`, ...), and ways to walk over them.",
}


def _members(cls: type) -> Iterator[tuple[str, str]]:
    """The public attributes and methods of a class, in the order of its source."""
    if issubclass(cls, Enum):
        yield from ((f"{cls.__name__}.{each.name}", "") for each in cls)
        return
    hints: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for each in reversed(cls.__mro__[:-1]):
        hints.update(inspect.get_annotations(each))
        own.update(vars(each))
    yield from ((f"{name}: {_plain(hint)}", "") for name, hint in hints.items() if not name.startswith("_"))
    for name, member in own.items():
        if name.startswith("_") or name in hints:
            continue
        if inspect.isfunction(member):
            yield f"{name}{_signature(member)}", _line(member)
        elif (compute := _computed_by(member)) is not None:
            yield f"{name}: {_plain(compute.__annotations__['return'])}", _line(compute)


def _computed_by(member: object) -> Callable[..., Any] | None:
    """The function behind a property of any kind."""
    found = (getattr(member, name, None) for name in ("fget", "func", "_compute"))
    return next((each for each in found if inspect.isfunction(each)), None)


def _signature(function: Callable[..., Any]) -> str:
    """Its parameters without `self`, and what it gives."""
    parts: list[str] = []
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    for each in inspect.signature(function).parameters.values():
        if each.name == "self":
            continue
        if each.kind is each.KEYWORD_ONLY and kind not in (each.KEYWORD_ONLY, each.VAR_POSITIONAL):
            parts.append("*")
        kind = each.kind
        stars = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        hint = "" if each.annotation is each.empty else f": {_plain(each.annotation)}"
        default = "" if each.default is each.empty else f" = {each.default!r}"
        parts.append(f"{stars}{each.name}{hint}{default}")
    given = function.__annotations__.get("return")
    return f"({', '.join(parts)})" + (f" -> {_plain(given)}" if given else "")


def _plain(hint: object) -> str:
    """An annotation as it is written; all are text, since every module postpones them."""
    return str(hint).replace('"', "")


def _line(function: Callable[..., Any]) -> str:
    """The first paragraph of its docstring."""
    said = inspect.getdoc(function) or USUAL.get(function.__name__)
    if said is None:
        raise LookupError(f"{function.__module__}.{function.__qualname__} has no docstring")
    return _cell(" ".join(said.partition("\n\n")[0].split()))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
