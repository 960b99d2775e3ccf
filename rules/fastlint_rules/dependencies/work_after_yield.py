"""A dependency commits after its `yield`: the client has its 200 before, and keeps it if that fails.

FastAPI sends the response first, and then goes on after the `yield` of each dependency.

## Why

A commit is where a unique constraint, a deadlock or a lost connection shows. After the response it is an
error in the log and nothing else: the client was told that its order is placed, and there is no order. When
it works it is late. Background tasks have run by then and did not find the row, and the client's next request
may not find it either: with a commit of 0.3 s it had its answer after 0.04 s. An `HTTPException` that is
raised there answers nothing, and a background task that is added there never runs.

This is so up to FastAPI 0.105 and from 0.118 on; in between, the response waited. The rule speaks where all
versions that the project declares are of one kind. `scope="function"` is there from 0.121 on: the dependency
ends when the endpoint has returned, and its error is the answer.

## Bad

```python
# versions: fastapi>=0.121
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase): ...


class User(Base):
    __tablename__ = "user"
    name: Mapped[str] = mapped_column(primary_key=True)


engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
Base.metadata.create_all(engine)


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session
        session.commit()


app = FastAPI()


@app.post("/users/{name}")
def create_user(name: str, session: Annotated[Session, Depends(get_session)]) -> str:
    session.add(User(name=name))
    return name
```

## Good

```python
# versions: fastapi>=0.121
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase): ...


class User(Base):
    __tablename__ = "user"
    name: Mapped[str] = mapped_column(primary_key=True)


engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
Base.metadata.create_all(engine)


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session
        session.commit()


app = FastAPI()


@app.post("/users/{name}")
def create_user(
    name: str,
    session: Annotated[Session, Depends(get_session, scope="function")],
) -> str:
    session.add(User(name=name))
    return name
```

## When it is fine

What the dependency makes after its `yield`, in a transaction of its own: how long the request took, who made
it. Closing, rolling back, giving back a connection or a lock. A connection of `sqlite3` or `psycopg` that is
there for `GET`s alone, and whose `with` would commit what they wrote. A dependency of websockets alone, or of
streamed responses alone, which it has to outlive. One of tests.

The fix changes every `Depends` of it at once: with two scopes a request would have two sessions. It is
unsafe, for background tasks then find the session closed. There is none where an endpoint streams its
response, as its session would be closed before the first chunk, nor where another dependency with `yield`
needs this one: FastAPI refuses that, unless both have the scope of the function.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Dependency,
    Diagnostic,
    Edit,
    FixRequest,
    LateWork,
    Project,
    Route,
    Rule,
    Safety,
    Severity,
    Step,
    cst,
    ends_late,
    ends_late_together,
    is_of_tests,
    is_plain,
    late_work,
    needed_longer,
    streams,
)
from fastlint_rules._words import called_name
from fastlint_rules.dependencies._signatures import replace_in_signatures
from fastlint_rules.dependencies._words import function_name

rule = Rule(
    __name__,
    code="FL213",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#early-exit-and-scope",
)

LATE = ("fastapi>=0.118", "fastapi<0.106")
"""The versions that send the response first."""
SCOPED = "fastapi>=0.121"
READING = frozenset(("GET", "HEAD", "OPTIONS"))


@rule.on(Dependency)
def check(dependency: Dependency, project: Project) -> Iterator[Diagnostic]:
    function = dependency.function
    if not function.node.is_generator or not is_plain(function) or is_of_tests(function.place.path):
        return
    if not any(project.always(each, function.place.path) for each in LATE):
        return
    if not any(map(ends_late, dependency.injections)):
        return
    work = late_work(dependency.handler)
    routes = project.dependencies.routes_of(function) if work is not None else ()
    if work is None or (routes and not any(_is_of_concern(each, work) for each in routes)):
        return
    is_streamed = any(map(streams, routes))
    yield rule.report(
        work,
        _message(work),
        help=_help(work, dependency, is_streamed),
        trace=[] if work.inner is None else [Step(f"{work.text} runs there", work.inner)],
        fix=None if is_streamed else _fix(dependency),
    )


def _is_of_concern(route: Route, work: LateWork) -> bool:
    """Whether somebody waits for an answer that the work should have had a part in."""
    is_reading = bool(route.methods) and route.methods <= READING
    return not route.is_websocket and not streams(route) and (work.is_explicit or not is_reading)


@rule.fix("End it before the response is sent", Safety.UNSAFE)
def end_with_the_function(depends: cst.Call, edit: Edit) -> cst.Call:
    uses = [depends, *(edit.node(place, cst.Call) for place in edit.more)]
    scoped = {each: _scoped(each, edit) for each in uses}
    replace_in_signatures(scoped, edit)
    return scoped[depends]


def _scoped(depends: cst.Call, edit: Edit) -> cst.Call:
    value = edit.string("function")
    given = [each for each in depends.args if each.keyword is not None and each.keyword.value == "scope"]
    if not given:
        return edit.with_argument(depends, "scope", value)
    return depends.with_changes(
        args=[each.with_changes(value=value) if each in given else each for each in depends.args]
    )


def _message(work: LateWork) -> str:
    match work.kind:
        case "commit":
            return f"{work.text} runs after the response is sent: the client keeps its 200 if that fails"
        case "raise":
            return f"{work.text} is raised after the response is sent: the client has its 200 already"
        case _:
            return f"{work.text} is called after the response is sent: the task never runs"


def _help(work: LateWork, dependency: Dependency, is_streamed: bool) -> str:
    if work.kind == "task":
        return "add it before the `yield`"
    instead = "commit in the endpoint" if work.kind == "commit" else "raise it in the endpoint"
    if is_streamed:
        return f"{instead}: its response may be a stream, which the dependency has to outlive"
    keeper = needed_longer(dependency)
    if keeper is not None:
        return (
            f'{instead}: with `scope="function"`, `{called_name(keeper)}` needs that too, which outlives it'
        )
    name, function = function_name(dependency.function), dependency.function
    scoped = f'`Depends({name}, scope="function")`'
    if function.project.always(SCOPED, function.place.path):
        return f"{scoped} ends it before the response is sent; or {instead}"
    return f"{instead}, or use {scoped} from FastAPI 0.121 on"


def _fix(dependency: Dependency) -> FixRequest | None:
    uses = ends_late_together(dependency)
    project = dependency.function.project
    if not uses or not all(project.always(SCOPED, each.place.path) for each in uses):
        return None
    reason = "background tasks, and what else outlives the endpoint, find it closed then"
    return end_with_the_function.at(uses[0], reason=reason, more=uses[1:])
