"""A dependency ends the endpoint's errors at its `yield`: every 404 becomes a 500.

What a route raises comes out of the `yield` of each dependency with `yield`. One that catches it and does
not raise again leaves FastAPI without a response and without an error.

## Why

FastAPI answers 500 whatever was raised: `HTTPException(404)`, the 401 of another dependency, from FastAPI
0.118 on even the 422 of invalid input. No exception handler runs, and the log has a `FastAPIError` in place
of the error, unless the `except` logs that itself. Before 0.110 the error went on by itself, which is where
the shape comes from.

`return` in a `finally` ends every error too, and so does `contextlib.suppress` around the `yield`. A second
`yield` in the `except` is a `RuntimeError`.

## Bad

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException


class Session:
    def name(self, number: int) -> str | None:
        return None

    def rollback(self) -> None: ...

    def close(self) -> None: ...


def get_session() -> Iterator[Session]:
    session = Session()
    try:
        yield session
    except Exception:
        session.rollback()
    finally:
        session.close()


app = FastAPI()


@app.get("/users/{number}")
def read_user(number: int, session: Annotated[Session, Depends(get_session)]) -> str:
    name = session.name(number)
    if name is None:
        raise HTTPException(404, "no such user")
    return name
```

## Good

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException


class Session:
    def name(self, number: int) -> str | None:
        return None

    def rollback(self) -> None: ...

    def close(self) -> None: ...


def get_session() -> Iterator[Session]:
    session = Session()
    try:
        yield session
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()


app = FastAPI()


@app.get("/users/{number}")
def read_user(number: int, session: Annotated[Session, Depends(get_session)]) -> str:
    name = session.name(number)
    if name is None:
        raise HTTPException(404, "no such user")
    return name
```

## When it is fine

An `except` that raises something else, on some way through it or in a function that it calls, or that keeps
the error, which is raised behind it. One for `CancelledError`, `WebSocketDisconnect` and the like, which say
that nobody waits for an answer. A dependency of websockets alone. One class of errors (`except
SQLAlchemyError`) is a warning, for those errors are a 500 anyway where no handler is registered for them, and
is left alone where what stands before the `yield` may raise them as well.

The fix is safe where the `yield` is the last that can fail in its `try`, and nothing but FastAPI runs the
dependency.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Dependency,
    Diagnostic,
    Edit,
    FixRequest,
    Project,
    Rule,
    Safety,
    Severity,
    Step,
    Swallow,
    cst,
    is_plain,
    swallows,
    syntax,
)
from fastlint_rules.dependencies._words import function_name

rule = Rule(
    __name__,
    code="FL212",
    severity=Severity.ERROR,
    since="0.1.0",
    requires="fastapi>=0.110",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#always-raise-in-dependencies-with-yield-and-except",
)


@rule.on(Dependency)
def check(dependency: Dependency, project: Project) -> Iterator[Diagnostic]:
    if not dependency.function.node.is_generator or not is_plain(dependency.function):
        return
    found = swallows(dependency.function)
    if not found or _is_for_websockets(dependency, project):
        return
    for each in found:
        yield rule.report(
            each,
            f"{_where(each, dependency)}: {_outcome(each)}",
            help=_help(each),
            trace=_trace(each),
            fix=_fix(each, dependency, project),
            severity=Severity.WARNING if each.is_narrow else None,
        )


@rule.fix("Raise it again", Safety.SAFE)
def raise_again(handler: cst.ExceptHandler, edit: Edit) -> cst.ExceptHandler:
    body = handler.body
    if isinstance(body, cst.SimpleStatementSuite):
        kept = [each for each in body.body if not isinstance(each, (cst.Pass, cst.Return))]
        return handler.with_changes(body=body.with_changes(body=[*kept, cst.Raise()]))
    last = body.body[-1]
    if isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], (cst.Pass, cst.Return)):
        ending = last.with_changes(body=[*last.body[:-1], cst.Raise()])
        return handler.with_changes(body=body.with_changes(body=[*body.body[:-1], ending]))
    assert isinstance(body, cst.IndentedBlock)
    raising = cst.SimpleStatementLine([cst.Raise()], leading_lines=body.footer)
    return handler.with_changes(body=body.with_changes(body=[*body.body, raising], footer=()))


@rule.fix("Drop the `return`", Safety.SAFE)
def drop_return(statement: cst.Return, edit: Edit) -> cst.Expr | None:
    line, block, *_ = edit.ancestors(statement)
    is_last = isinstance(block, cst.IndentedBlock) and block.body[-1] is line
    if not is_last or not isinstance(line, cst.SimpleStatementLine) or line.body[-1] is not statement:
        raise edit.refuse("what follows the `return` would run")
    value = statement.value
    if value is None or isinstance(value, (cst.Name, cst.BaseString, cst.BaseNumber)):
        return None
    return cst.Expr(value)


def _is_for_websockets(dependency: Dependency, project: Project) -> bool:
    routes = project.dependencies.routes_of(dependency.function)
    return bool(routes) and all(route.is_websocket for route in routes)


def _where(swallow: Swallow, dependency: Dependency) -> str:
    if swallow.how == "yield":
        return f"an error of the endpoint makes `{function_name(dependency.function)}` yield a second time"
    place = {"except": "in this `except`", "return": "in this `return`"}.get(swallow.how, "in this `with`")
    return f"{_error(swallow)} of the endpoint ends {place}"


def _error(swallow: Swallow) -> str:
    if swallow.is_everything:
        return "any error"
    if swallow.is_wide or swallow.is_narrow:
        return f"every `{'` and `'.join(each.text() for each in swallow.caught)}`"
    return "any error but an `HTTPException`"


def _outcome(swallow: Swallow) -> str:
    if swallow.is_wide:
        return "the client gets a 500 for every 404 that is raised"
    if swallow.how == "yield":
        return "the client gets a 500"
    return "no exception handler sees it, and FastAPI fails with a `FastAPIError` instead"


def _help(swallow: Swallow) -> str:
    match swallow.how:
        case "return":
            return "leave the `return` out: it ends the error that the `finally` was entered with"
        case "with" if swallow.within is None:
            return "`yield` outside of it"
        case "with":
            return f"have `{swallow.within.function.label}` raise it again" if swallow.within else ""
        case "yield":
            return "`raise` in its place: a dependency yields once"
        case _:
            return "end it with `raise`"


def _trace(swallow: Swallow) -> Iterator[Step]:
    if swallow.within is not None:
        yield Step(f"`{swallow.within.function.label}` ends it here", swallow.within.place)


def _fix(swallow: Swallow, dependency: Dependency, project: Project) -> FixRequest | None:
    reason = ""
    if any(project.calls.of(dependency.function)):
        reason = "something else runs it too"
    elif not swallow.is_alone:
        reason = "what else fails there would be raised too"
    safety = Safety.UNSAFE if reason else Safety.SAFE
    if swallow.how == "return":
        return drop_return.at(swallow.whole, safety=safety, reason=reason)
    if swallow.how == "except" and _returns_at_its_end_alone(swallow.node):
        return raise_again.at(swallow.whole, safety=safety, reason=reason)
    return None


def _returns_at_its_end_alone(handler: syntax.Node) -> bool:
    body = handler.body if isinstance(handler, syntax.Handler) else ()
    returns = [each for each in syntax.statements(body) if isinstance(each, syntax.Return)]
    return all(each in body[-1:] for each in returns)
