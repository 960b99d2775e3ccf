"""An `except Exception` around a `raise HTTPException` turns the 404 into a 500.

`HTTPException` is an exception like any other: an `except Exception` or a bare `except` around it gets it
before FastAPI does.

## Why

The client gets a 500 with the detail `"404: no such order"`, monitoring counts a server error, a load
balancer takes the service for broken, and whoever calls tries again what can never work. A 401 that becomes a
500 does not log anybody in, one that becomes a 200 guards nothing. The `raise` may be far away: in a
helper, or in what that calls.

## Bad

```python
from fastapi import FastAPI, HTTPException

app = FastAPI()
ORDERS = {1: "lamp"}


@app.get("/orders/{number}")
def read_order(number: int) -> str:
    try:
        if number not in ORDERS:
            raise HTTPException(404, "no such order")
        return ORDERS[number]
    except Exception as error:
        raise HTTPException(500, str(error)) from error
```

## Good

```python
from fastapi import FastAPI, HTTPException

app = FastAPI()
ORDERS = {1: "lamp"}


@app.get("/orders/{number}")
def read_order(number: int) -> str:
    try:
        if number not in ORDERS:
            raise HTTPException(404, "no such order")
        return ORDERS[number]
    except HTTPException:
        raise
    except Exception as error:
        raise HTTPException(500, str(error)) from error
```

Better still is an `except` for the errors that are expected there, around the one call that raises them. What
nobody expects becomes a 500 by itself.

## When it is fine

An `except` that raises the same again, that looks at what it has caught (`isinstance`, `error.status_code`,
`raise translated(error)`), that raises another kind of error, or answers with the same status. Around a
helper that raises, one that goes on is taken for meant, and so is one that answers every error with one and
the same 4xx and does not repeat the error in its detail. Nothing is said of code that no route or
dependency runs, such as middleware and background tasks, where no `HTTPException` becomes an answer; nor of
a 503 that becomes a 500.

The fix is safe in a route or dependency that nothing but FastAPI calls, where the `except` only logs and
answers 500. Elsewhere it is not: what the `except` does besides, such as a rollback, is not done for an
`HTTPException` then, and other callers see another error.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    FixRequest,
    Interception,
    Project,
    Rejection,
    Rule,
    Safety,
    Severity,
    cst,
)

rule = Rule(
    __name__,
    code="FL410",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/handling-errors/#raise-an-httpexception-in-your-code",
)

FASTAPIS = ("fastapi.HTTPException", "fastapi.exceptions.HTTPException")
SERVER_ERROR = 500


@rule.on(Interception)
def check(interception: Interception, project: Project) -> Iterator[Diagnostic]:
    first = interception.lost[0]
    yield rule.report(
        interception,
        f"{_subject(interception.lost)} in this `except`: {_outcome(interception)}",
        help="`except HTTPException: raise` before it, or catch the errors that are expected there",
        trace=first.trace,
        fix=_fix(interception, project),
    )


@rule.fix("Let an `HTTPException` through", Safety.SAFE)
def let_it_through(statement: cst.Try, edit: Edit) -> cst.Try:
    position = int(edit.params["before"])
    raising = cst.ExceptHandler(
        body=cst.IndentedBlock([cst.SimpleStatementLine([cst.Raise()])]),
        type=edit.name(edit.params["name"]),
        whitespace_after_except=cst.SimpleWhitespace(" "),
    )
    broad = statement.handlers[position]
    blank = list(itertools.takewhile(lambda line: line.comment is None, broad.leading_lines))
    raising = raising.with_changes(leading_lines=blank)
    broad = broad.with_changes(leading_lines=broad.leading_lines[len(blank) :])
    handlers = [*statement.handlers[:position], raising, broad, *statement.handlers[position + 1 :]]
    return statement.with_changes(handlers=handlers)


def _subject(lost: tuple[Rejection, ...]) -> str:
    names = list(dict.fromkeys(each.name for each in lost))
    others = len(names) - 1
    more = f" and {others} other{'s' if others > 1 else ''} end" if others else " ends"
    whose = f" of `{lost[0].path[0].text}`" if lost[0].path else ""
    return f"`{names[0]}`{whose}{more}"


def _outcome(interception: Interception) -> str:
    if interception.statuses:
        return f"the client gets a {' or '.join(map(str, sorted(interception.statuses)))} instead"
    if any(each.how == "goes on" for each in interception.endings):
        return "the request goes on as if nothing had been raised"
    return "the client gets a success instead"


def _fix(interception: Interception, project: Project) -> FixRequest:
    position = interception.statement.handlers.index(interception.handler)
    reason = _doubt(interception, project)
    return let_it_through.at(
        interception.whole,
        safety=Safety.UNSAFE if reason else None,
        reason=reason,
        before=str(position),
        name=_class(interception, project),
    )


def _doubt(interception: Interception, project: Project) -> str:
    """Why letting it through may do more than to mend the answer; '' where it does not."""
    function = interception.function
    if not interception.only_logs:
        return "what else the `except` does is not done for an `HTTPException` then"
    if any(each != SERVER_ERROR for each in interception.statuses or (0,)):
        return "clients get another answer, which is no server error either"
    injected = {each.scope for each in project.dependencies.handlers}
    if function not in injected or any(project.calls.of(function)):
        return f"other code calls `{function.label}`, and gets another error from it then"
    return ""


def _class(interception: Interception, project: Project) -> str:
    """The class that has all of what is raised there."""
    classes = project.inference.classes
    is_fastapis = all(classes.descends(each.cls, *FASTAPIS) for each in interception.rejections)
    return FASTAPIS[0] if is_fastapis else "starlette.exceptions.HTTPException"
