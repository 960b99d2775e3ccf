"""A dependency returns its rejection, and nobody reads what it returns.

A dependency ends the request by raising. What it returns is the value of a parameter: in a list of
`dependencies`, or for a parameter that the body does not use, it is thrown away.

## Why

The route runs as if the check had passed. `return HTTPException(401)`, `return JSONResponse(..., 401)`,
`return RedirectResponse("/login")` and `return False` all answer 200 with the protected content: FastAPI
sends the response that the *route* returns, never one that a dependency returned.

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

A route that reads the value and acts on it (`if not allowed: raise ...`, `if isinstance(user, Response):
return user`). `False` is taken for a rejection only where the function says by its name that it checks
something (`verify_key`, `is_admin`), and neither raises nor calls what might. A function that is no
dependency may build an exception and return it to whoever raises it.

The fix is safe where nothing but an `HTTPException` can be returned there and nobody reads it; there is none
where a `try` around it would swallow the exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fastlint.api import (
    Dependency,
    Diagnostic,
    Edit,
    Expression,
    External,
    FixRequest,
    Instance,
    Project,
    Returned,
    Rule,
    Safety,
    Severity,
    Step,
    cst,
    response_status,
    syntax,
)
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
CHECKS = re.compile(
    r"(?:^|_)(?:verify|verified|check|checked|require|required|requires|ensure|validate|valid|is|has|can|may|must"
    r"|only|allow|allowed|auth\w*|guard|protect|permit|permission|login|logged)(?:_|$)"
)
"""A function of which `False` means "no": it has such a word in its name."""


@rule.on(Dependency)
def check(dependency: Dependency, project: Project) -> Iterator[Diagnostic]:
    discarded = [use for use in dependency.injections if use.is_discarded]
    if not discarded or dependency.function.node.is_generator:
        return
    name = function_name(dependency.function)
    trace = [Step(f"nobody reads what `{name}` returns here", discarded[0].place)]
    for returned in dependency.returns:
        what = _rejection(returned.value) or _refusal(returned, dependency)
        if what:
            yield rule.report(
                returned,
                f"{what} is returned and thrown away: the route runs as if `{name}` had passed",
                help=_help(returned),
                trace=trace,
                fix=_fix(returned, dependency, project),
            )


@rule.fix("Raise it", Safety.SAFE)
def raise_it(statement: cst.Return, edit: Edit) -> cst.Raise:
    if statement.value is None:
        raise edit.refuse("nothing is returned")
    return cst.Raise(statement.value, semicolon=statement.semicolon)


def _rejection(value: Expression) -> str:
    """What is returned to reject the request: an exception, a redirect, a response with an error status."""
    for branch in _branches(value):
        found = branch.values()
        rejections = [each for each in found if isinstance(each, Instance) and _rejects(each, value.project)]
        if found and len(rejections) == len(found):
            return f"the `{class_name(rejections[0])}`"
    return ""


def _rejects(value: Instance, project: Project) -> bool:
    inference = project.inference
    if inference.classes.descends(value.cls, EXCEPTION, REDIRECT):
        return True
    return (response_status(value) or 0) >= 400


def _refusal(returned: Returned, dependency: Dependency) -> str:
    """A `False` of a function that says by its name that it checks, and never raises."""
    if not _is_false(returned.value) or not CHECKS.search(dependency.function.name.lower()):
        return ""
    if dependency.may_raise:
        return ""
    if not all(use.is_discarded for use in dependency.injections):
        return ""
    return "" if all(_is_false(each.value) for each in dependency.returns) else "`False`"


def _branches(value: Expression) -> Iterator[Expression]:
    """The alternatives of `a if test else b` and `a or b`."""
    node = value.node
    if isinstance(node, syntax.Operation) and node.operator in ("if", "or", "and"):
        for operand in node.operands[1 if node.operator == "if" else 0 :]:
            yield from _branches(value.at(operand))
    else:
        yield value


def _is_false(value: Expression) -> bool:
    return isinstance(value.node, syntax.Constant) and value.node.value is False


def _help(returned: Returned) -> str:
    if returned.value.instances(EXCEPTION):
        return "`raise` it"
    return "raise `HTTPException`, or an exception that a handler of yours turns into the response"


def _fix(returned: Returned, dependency: Dependency, project: Project) -> FixRequest | None:
    """Only where nothing but an exception can be returned there, and it would get out."""
    if not returned.is_only(EXCEPTION) or returned.would_swallow(External(EXCEPTION)):
        return None
    if returned.would_catch(External(EXCEPTION)):
        return raise_it.at(returned, safety=Safety.UNSAFE, reason="an `except` around it would catch it")
    is_called = any(project.calls.of(dependency.function))
    if is_called or not all(use.is_discarded for use in dependency.injections):
        return raise_it.at(returned, safety=Safety.UNSAFE, reason="something else reads what is returned")
    return raise_it.at(returned)
