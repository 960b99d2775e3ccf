"""A dependency returns what its `with` or `finally` closes: the endpoint gets it closed.

`return` leaves the `with`, and runs the `finally`. FastAPI only gets the session, connection, client or file
after that.

## Why

A connection, a client and a file raise when they are used, and the request is a 500: `ResourceClosedError`,
`RuntimeError: Cannot send a request, as the client has been closed`, `ValueError: I/O operation on closed
file`. A temporary folder is gone.

A SQLAlchemy session is the trap: it works. A closed `Session` takes another connection from the pool when it
is used again, and nobody returns that one, nor rolls it back. The pool is empty when the garbage collector
has been slow, and an async session cannot be cleaned up by that at all.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

engine = create_engine("sqlite://", poolclass=QueuePool, connect_args={"check_same_thread": False})
handed_out: list[Session] = []


def get_session() -> Session:
    with Session(engine) as session:
        handed_out.append(session)
        return session


app = FastAPI()


@app.get("/number")
def read_number(session: Annotated[Session, Depends(get_session)]) -> int:
    return session.execute(text("select 1")).scalar_one()
```

## Good

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

engine = create_engine("sqlite://", poolclass=QueuePool, connect_args={"check_same_thread": False})
handed_out: list[Session] = []


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        handed_out.append(session)
        yield session


app = FastAPI()


@app.get("/number")
def read_number(session: Annotated[Session, Depends(get_session)]) -> int:
    return session.execute(text("select 1")).scalar_one()
```

## When it is fine

A `with` that ends nothing: a transaction of `sqlite3`, a lock, a tracing span, a `nullcontext`. What is read
inside of it (`return session.get(User, 1)`). A manager of which it is not known what it closes.

It is fixed where all that the function returns is the resource itself, and nothing but `Depends` has it: who
calls it would get a generator. What is returned behind its `with` has to be moved, and is not fixed.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Closed,
    Dependency,
    Diagnostic,
    Edit,
    FixRequest,
    Project,
    Rule,
    Safety,
    Severity,
    Step,
    closed,
    cst,
    is_called_or_handed_on,
    is_plain,
    syntax,
)
from fastlint_rules.dependencies._words import function_name

rule = Rule(
    __name__,
    code="FL215",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#context-managers",
)


@rule.on(Dependency)
def check(dependency: Dependency, project: Project) -> Iterator[Diagnostic]:
    function = dependency.function
    if function.node.is_generator or not _may_close(dependency) or not is_plain(function):
        return
    if all(use.is_discarded for use in dependency.injections):
        return
    for each in closed(dependency.handler):
        yield rule.report(
            each.returned,
            f"the `{_block(each)}` {_ends(each)} before the endpoint gets `{each.name}`: {_outcome(each)}",
            help=_help(each),
            trace=[Step(f"`{function_name(function)}` {_done(each)}", each.item)],
            fix=_fix(each, dependency),
        )


@rule.fix("Yield it", Safety.SAFE)
def yield_it(statement: cst.Return, edit: Edit) -> cst.Expr:
    function = next((each for each in edit.ancestors(statement) if isinstance(each, cst.FunctionDef)), None)
    if function is None or statement.value is None:
        raise edit.refuse("nothing is returned from a function there")
    if function.returns is not None:
        kind = "Iterator" if function.asynchronous is None else "AsyncIterator"
        name = edit.name(f"collections.abc.{kind}")
        item = cst.SubscriptElement(cst.Index(function.returns.annotation))
        annotation = cst.Subscript(name, [item])
        edit.replace(function.returns, function.returns.with_changes(annotation=annotation))
    return cst.Expr(cst.Yield(statement.value), semicolon=statement.semicolon)


def _may_close(dependency: Dependency) -> bool:
    statements = dependency.function.statements()
    return any(isinstance(each, syntax.With) or getattr(each, "final", ()) for each in statements)


def _block(closed: Closed) -> str:
    return "finally" if closed.how == "finally" else "with"


def _ends(closed: Closed) -> str:
    return {"with": "ends", "before": "is over"}.get(closed.how, "runs")


def _done(closed: Closed) -> str:
    return {
        "with": "leaves this when it returns",
        "before": "has left this when it returns",
    }.get(closed.how, "does this when it returns")


def _help(closed: Closed) -> str:
    match closed.how:
        case "with":
            return "`yield` it: FastAPI then leaves the `with` when the request is done"
        case "before":
            return "`yield` it in the `with`, which FastAPI then leaves when the request is done"
        case _:
            return "`yield` it: FastAPI then runs the `finally` when the request is done"


def _outcome(closed: Closed) -> str:
    match closed.error:
        case None:
            return "it is closed then"
        case "":
            return "it takes a new connection when it is used, and nobody returns that"
        case error:
            return f"using it raises `{error}`"


def _fix(closed: Closed, dependency: Dependency) -> FixRequest | None:
    function = dependency.function
    returns = [each for each in function.statements() if isinstance(each, syntax.Return)]
    around = syntax.around(function.body, closed.returned.statement)
    is_certain = all(isinstance(each, syntax.With) or _only_ends(each) for each in around)
    if len(returns) > 1 or not is_certain or closed.how == "before" or is_called_or_handed_on(function):
        return None
    return yield_it.at(closed.returned)


def _only_ends(statement: syntax.Statement) -> bool:
    """Whether it is a `try` that handles no error, which would be one of the endpoint then."""
    return isinstance(statement, syntax.Try) and not statement.handlers
