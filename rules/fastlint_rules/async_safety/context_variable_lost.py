"""A context variable is set where nobody who comes later can see it.

A `def` dependency runs in a thread that has a copy of the request's context. What it sets in a `ContextVar`
is set in that copy, and gone when it returns.

## Why

The endpoint reads what was there before: the user of the audit log is empty, the tenant is the default one.
Nothing fails and nothing is logged. It is so for every endpoint, `async` or not, for what depends on the
dependency, and for background tasks; and a class that is the dependency sets it in vain in its `__init__`.
What a `def` endpoint sets, its own background tasks do not see either.

In a `def` dependency with a `yield` each half runs in a copy of its own. `variable.reset(token)` after the
`yield` raises `ValueError: <Token> was created in a different Context` at the end of every request: with
FastAPI 0.106.0 and 0.115.14 the client gets a 500, with 0.95.2, 0.121.0 and 0.165.0 the server logs the error
behind each answer.

What loggers add to each line is kept in the context too: what a `def` dependency gives to the
`bind_contextvars` of structlog is in none of the lines that follow, and `with logger.contextualize(...)` of
loguru around a `yield` raises the same `ValueError`.

Middleware of `BaseHTTPMiddleware`, which `@app.middleware("http")` makes too, runs what is inside of it in a
task. That sees what the middleware has set before `call_next`, and the middleware does not see what an
endpoint or dependency sets: after `call_next` it reads what was there before.

Seen with 0.95.2, 0.106.0, 0.115.14, 0.121.0 and 0.165.0, which all lose the same.

## Bad

```python
from contextvars import ContextVar
from typing import Annotated

from fastapi import Depends, FastAPI, Header

current_user: ContextVar[str] = ContextVar("current_user", default="nobody")


def set_user(x_user: Annotated[str, Header()]) -> None:
    current_user.set(x_user)


app = FastAPI(dependencies=[Depends(set_user)])


@app.get("/me")
async def read_me() -> str:
    return current_user.get()
```

## Good

```python
from contextvars import ContextVar
from typing import Annotated

from fastapi import Depends, FastAPI, Header

current_user: ContextVar[str] = ContextVar("current_user", default="nobody")


async def set_user(x_user: Annotated[str, Header()]) -> None:
    current_user.set(x_user)


app = FastAPI(dependencies=[Depends(set_user)])


@app.get("/me")
async def read_me() -> str:
    return current_user.get()
```

In middleware, `request.state` is what endpoint and middleware share; a middleware that is a plain ASGI
application sees what an `async` endpoint has set.

## When it is fine

What is set and reset before the function goes on, or read only by what the dependency calls itself. An object
in the variable that is changed and not replaced: the copy has the same object. A middleware that reads what
it has set itself.

An `async def` in place of the `def` is safe where the body does nothing that could block the event loop, and
nothing but `Depends` has the function. It is unsafe where that is not known, and there is none where code of
the project calls the function, where it is known to block or decorated, and for a generator that returns
something or has a `yield from`, which no `async def` can have.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Edit, FixRequest, LostContext, Project, Rule, Safety, Severity, cst
from fastlint_rules._words import called_name
from fastlint_rules.async_safety._awaiting import plain_def

rule = Rule(
    __name__,
    code="FL115",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread",
)


@rule.on(LostContext)
def check(lost: LostContext, project: Project) -> Iterator[Diagnostic]:
    name, variable = _name(lost), lost.variable
    what = f"gives to `{variable}`" if lost.is_of_log else f"sets `{variable}` to"
    message = {
        "unseen": f"`{name}` {_kind(lost)} with a copy of the context: "
        f"what it {what} is gone when it returns",
        "reset": f"`{name}` is a `def`, of which each half runs in a copy of the context: "
        f"the token of `{variable}` is of another one, and every request ends in a `ValueError`",
        "task": f"`{name}` is a `def`, which runs in a thread with a copy of the context: "
        f"what it sets `{variable}` to, its background task does not see",
        "middleware": f"`{variable}` is set inside of `call_next`, in a context of its own: "
        f"`{name}` reads what was there before",
    }[lost.how]
    yield rule.report(lost, message, help=_help(lost), trace=lost.trace, fix=_fix(lost))


@rule.fix("Make it an `async def`", Safety.SAFE)
def make_it_async(name: cst.Name, edit: Edit) -> cst.Name:
    function = plain_def(name, edit)
    returns = function.returns
    if returns is not None and edit.params["generator"]:
        returns = returns.with_changes(annotation=_asynchronous(returns.annotation, edit))
    edit.replace(function, function.with_changes(asynchronous=cst.Asynchronous(), returns=returns))
    return name


def _asynchronous(annotation: cst.BaseExpression, edit: Edit) -> cst.BaseExpression:
    """`AsyncIterator[str]` for `Iterator[str]`, `AsyncGenerator[str, None]` for one of three types."""
    named = annotation.value if isinstance(annotation, cst.Subscript) else annotation
    kind = edit.code(named).rpartition(".")[2]
    if kind not in ("Generator", "Iterable", "Iterator"):
        return annotation
    for module in ("collections.abc", "typing"):
        edit.drop_import_if_unused(f"{module}.{kind}")
    new = edit.name(f"{edit.params['module']}.Async{kind}")
    if not isinstance(annotation, cst.Subscript):
        return new
    items = list(annotation.slice)
    if kind == "Generator" and len(items) == 3:
        items = [items[0], items[1].with_changes(comma=cst.MaybeSentinel.DEFAULT)]
    return annotation.with_changes(value=new, slice=items)


def _name(lost: LostContext) -> str:
    """A class that is made by its own name; the method of an object that is called by that."""
    return lost.function.label if lost.function.name == "__call__" else called_name(lost.function)


def _kind(lost: LostContext) -> str:
    return "is made in a thread" if lost.function.name == "__init__" else "is a `def`, which runs in a thread"


def _help(lost: LostContext) -> str:
    if lost.how == "task":
        return "give the task what it needs as an argument"
    if lost.how == "middleware":
        return (
            "keep it in `request.state`, which both have, or write the middleware as a plain ASGI application"
        )
    if lost.function.name == "__init__":
        return f"set it in an `async def` dependency that makes the `{called_name(lost.function)}`"
    blocking = lost.blocks
    rest = f", and give `{blocking}` to `run_in_threadpool`" if blocking else ""
    return f"make `{_name(lost)}` an `async def`, which shares the context of the request{rest}"


def _fix(lost: LostContext) -> FixRequest | None:
    function = lost.function
    can, doubt = (False, "") if lost.how in ("middleware", "task") else lost.could_be_async
    if not can or lost.blocks:
        return None
    if not doubt and not lost.is_quick:
        doubt = "it may do what holds up the event loop"
    generator = "yes" if function.node.is_generator else ""
    safety = Safety.UNSAFE if doubt else None
    is_new = function.project.holds("python>=3.9", function.place.path)
    module = "collections.abc" if is_new else "typing"
    return make_it_async.at(function, safety=safety, reason=doubt, generator=generator, module=module)
