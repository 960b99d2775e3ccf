"""A dependency returns its rejection, and nobody looks at what it returns.

A dependency ends the request by raising. What it returns is the value of a parameter: in a list of
`dependencies`, or for a parameter that the body does not use, it is thrown away.

## Why

The route runs as if the check had passed. `return HTTPException(401)`, `return JSONResponse(..., 401)`,
`return RedirectResponse("/login")` and `return False` all answer 200 with the protected content: FastAPI
sends the response that the *route* returns, never one that a dependency returned. So does a check that
returns its answer (`return key == KEY`) and stands in a list. A route that uses the value without a look at
it (`user.name` of an `HTTPException`) fails with a 500, or sends the exception as its own 200.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException


def verify_key(x_api_key: Annotated[str, Header()] = "") -> None:
    if x_api_key != "s3cret":
        return HTTPException(401, "invalid API key")


app = FastAPI()


@app.get("/reports", dependencies=[Depends(verify_key)])
def read_reports() -> list[str]:
    return ["revenue"]
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException


def verify_key(x_api_key: Annotated[str, Header()] = "") -> None:
    if x_api_key != "s3cret":
        raise HTTPException(401, "invalid API key")


app = FastAPI()


@app.get("/reports", dependencies=[Depends(verify_key)])
def read_reports() -> list[str]:
    return ["revenue"]
```

For a redirect, raise an exception of your own and turn it into `RedirectResponse` in an exception handler,
or raise `HTTPException(303, headers={"Location": "/login"})`.

## When it is fine

A route that looks at the value (`if not allowed: raise ...`, `if isinstance(user, Response): return user`),
hands it on, returns the response that it got, or whose types say that it may get one. `False` or a comparison
is taken for a rejection only where the function says by its name that it checks something (`verify_key`,
`is_admin`), and neither raises, nor calls what might, nor sets something that others read
(`request.state.htmx = ...`). A function that is no dependency may build an exception and return it to whoever
raises it.

The fix is offered where nothing but an `HTTPException` can be returned there, and not where a `try` around it
would swallow that. It is unsafe: requests that are let through today are turned away.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Dependency,
    Diagnostic,
    Edit,
    Expression,
    External,
    FixRequest,
    Injection,
    Instance,
    Project,
    Returned,
    Rule,
    Safety,
    Severity,
    Step,
    cst,
    response_status,
    returned_by,
    status_code,
    syntax,
)
from fastlint_rules.dependencies._verdicts import is_false, is_verdict
from fastlint_rules.dependencies._words import class_name, function_name

rule = Rule(
    __name__,
    code="FL205",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-in-path-operation-decorators/",
)


EXCEPTION = "starlette.exceptions.HTTPException"
REDIRECT = "starlette.responses.RedirectResponse"
DEEPEST = 3


@rule.on(Dependency)
def check(dependency: Dependency, project: Project) -> Iterator[Diagnostic]:
    if dependency.function.node.is_generator:
        return
    for returned in dependency.returns:
        if returned.is_passed_on:
            continue
        rejection = _rejection(returned.value)
        if rejection is not None:
            yield from _rejected(returned, rejection, dependency, project)
            continue
        status = _status(returned.value)
        if status is not None or is_verdict(returned, dependency):
            use = _unheard(dependency, project)
            if use is not None:
                what = "`False`" if is_false(returned.value) else status or "the answer"
                yield _thrown_away(returned, what, dependency, use)


@rule.fix("Raise it", Safety.UNSAFE)
def raise_it(statement: cst.Return, edit: Edit) -> cst.Raise:
    if statement.value is None:
        raise edit.refuse("nothing is returned")
    return cst.Raise(statement.value, semicolon=statement.semicolon)


def _rejected(
    returned: Returned, rejection: Instance, dependency: Dependency, project: Project
) -> Iterator[Diagnostic]:
    """A rejection that nobody reads, or that somebody takes for what it hoped to get."""
    what, fix = f"the `{class_name(rejection)}`", _fix(returned, rejection, dependency, project)
    unread = next((use for use in dependency.injections if use.is_discarded), None)
    if unread is not None:
        yield _thrown_away(returned, what, dependency, unread, fix)
        return
    for use in dependency.injections:
        if dependency.takes_for_granted(use, rejection) and use.filled is not None:
            user, parameter = function_name(use.filled.function), use.filled.name
            yield rule.report(
                returned,
                f"{what} is returned, not raised: `{user}` uses it as if it were its `{parameter}`",
                help=_help(returned),
                trace=[Step(f"`{user}` never asks what it got", use.filled.place)],
                fix=fix,
            )
            return


def _thrown_away(
    returned: Returned, what: str, dependency: Dependency, unread: Injection, fix: FixRequest | None = None
) -> Diagnostic:
    name = function_name(dependency.function)
    return rule.report(
        returned,
        f"{what} is returned and thrown away: the route runs as if `{name}` had passed",
        help=_help(returned),
        trace=[Step(f"nobody reads what `{name}` returns here", unread.place)],
        fix=fix,
    )


def _unheard(dependency: Dependency, project: Project) -> Injection | None:
    """The use that asks for no answer: nobody does, or a route lists it and does not read it besides."""
    uses = dependency.injections
    if all(use.is_discarded for use in uses):
        return uses[0]
    readers = {use.function for use in uses if not use.is_discarded}
    for use in uses:
        for route in project.application.routes if use.listed is not None else ():
            if use.listed is not None and route.site.node is use.listed.node:
                handlers = project.dependencies.handlers_of_route(route)
                if readers.isdisjoint(each.scope for each in handlers):
                    return use
    return None


def _rejection(value: Expression) -> Instance | None:
    """What is returned to reject the request: an exception, a redirect, a response with an error status."""
    return next((found for branch in _branches(value) if (found := _certain(branch, 0)) is not None), None)


def _certain(value: Expression, depth: int) -> Instance | None:
    """The same where it is one in any case, be it a helper that makes it."""
    found = value.values()
    rejections = [each for each in found if isinstance(each, Instance) and _rejects(each, value.project)]
    if found and len(rejections) == len(found):
        return rejections[0]
    made = [_certain(each, depth + 1) for each in returned_by(value)] if depth < DEEPEST else []
    return made[0] if made and None not in made else None


def _rejects(value: Instance, project: Project) -> bool:
    inference = project.inference
    if inference.classes.descends(value.cls, EXCEPTION, REDIRECT):
        return True
    return (response_status(value) or 0) >= 400


def _status(value: Expression) -> str | None:
    """`return {"error": "no"}, 401`, which means something to other frameworks."""
    items = value.items() if isinstance(value.node, syntax.Collection) else None
    if items is None or len(items) != 2 or not isinstance(items[0].node, (syntax.Mapping, syntax.Constant)):
        return None
    return f"the {items[1].text()}" if 400 <= (status_code(items[1]) or 0) < 600 else None


def _branches(value: Expression) -> Iterator[Expression]:
    """The alternatives of `a if test else b` and `a or b`."""
    node = value.node
    if isinstance(node, syntax.Operation) and node.operator in ("if", "or", "and"):
        for operand in node.operands[1 if node.operator == "if" else 0 :]:
            yield from _branches(value.at(operand))
    else:
        yield value


def _help(returned: Returned) -> str:
    if returned.value.instances(EXCEPTION):
        is_lost = returned.would_swallow(External(EXCEPTION))
        return "`raise` it outside of the `try`, which would end it" if is_lost else "`raise` it"
    return "raise `HTTPException`, or an exception that a handler of yours turns into the response"


def _fix(
    returned: Returned, rejection: Instance, dependency: Dependency, project: Project
) -> FixRequest | None:
    """Only where nothing but an exception can be returned there, and it would get out."""
    if not returned.value.is_certainly(EXCEPTION) or returned.would_swallow(External(EXCEPTION)):
        return None
    if returned.would_catch(External(EXCEPTION)):
        return raise_it.at(returned, reason="an `except` around it would catch it")
    is_called = any(project.calls.of(dependency.function))
    is_missed = all(
        use.is_discarded or dependency.takes_for_granted(use, rejection) for use in dependency.injections
    )
    if is_called or not is_missed:
        return raise_it.at(returned, reason="something else reads what is returned")
    return raise_it.at(returned, reason="the request, which is let through today, is turned away")
