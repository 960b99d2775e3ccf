"""What a dependency closes after its `yield` stays open when the endpoint raises.

An error of the endpoint comes out of the `yield`, `HTTPException` included. What follows the `yield` then
does not run, unless it stands in a `finally`.

## Why

Every 404 and every 422 leaves a connection with nobody to return it, a lock locked, a temporary file on disk.
It works in the tests, and in production until the pool is empty. An async session that the garbage collector
finds cannot even return its connection: SQLAlchemy drops it with an error in the log.

## Bad

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException


class Session:
    is_closed = False

    def close(self) -> None:
        self.is_closed = True


sessions: list[Session] = []


def get_session() -> Iterator[Session]:
    session = Session()
    sessions.append(session)
    yield session
    session.close()


app = FastAPI()


@app.get("/users/{name}")
def read_user(name: str, session: Annotated[Session, Depends(get_session)]) -> str:
    if name != "ada":
        raise HTTPException(404, "no such user")
    return name
```

## Good

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException


class Session:
    is_closed = False

    def close(self) -> None:
        self.is_closed = True


sessions: list[Session] = []


def get_session() -> Iterator[Session]:
    session = Session()
    sessions.append(session)
    try:
        yield session
    finally:
        session.close()


app = FastAPI()


@app.get("/users/{name}")
def read_user(name: str, session: Annotated[Session, Depends(get_session)]) -> str:
    if name != "ada":
        raise HTTPException(404, "no such user")
    return name
```

## When it is fine

What should not happen after an error: a commit, a count of what went well. `with` and `async with`, which
close what they have opened themselves. What each `except` gives back as well.

The fix leaves what stands between the `yield` and the release in the `try`, and what follows the release
behind it, so that both are skipped as before. It is safe where nothing but FastAPI runs the dependency:
`next(get_session())` drops the generator, which with a `finally` closes the session before it is used. It is
unsafe for a file that is deleted, unless `tempfile` made it: one that a failed request leaves may be wanted.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Dependency,
    Diagnostic,
    Edit,
    FixRequest,
    Pause,
    Project,
    Release,
    Rule,
    Safety,
    Severity,
    Step,
    cst,
    is_plain,
    is_release_alone,
    pauses,
    releases,
    syntax,
)

rule = Rule(
    __name__,
    code="FL211",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#a-dependency-with-yield-and-try",
)

LEFT = {
    "close": "stays open",
    "release": "stays taken",
    "delete": "stays on disk",
    "stop": "goes on",
}


@rule.on(Dependency)
def check(dependency: Dependency, project: Project) -> Iterator[Diagnostic]:
    function = dependency.function
    if not function.node.is_generator or not is_plain(function):
        return
    seen: set[int] = set()
    for pause in pauses(function):
        skipped = [each for each in releases(pause.after, function) if _is_due(each, pause)]
        if not skipped or id(skipped[0].call.node) in seen:
            continue
        seen.add(id(skipped[0].call.node))
        first = skipped[0]
        yield rule.report(
            first,
            f"`{first.call.text()}` is skipped when the endpoint raises: `{first.what}` {LEFT[first.kind]}",
            help="put it into the `finally` of a `try` around the `yield`",
            trace=[Step("the error comes out of this `yield`", pause.place)],
            fix=_fix(pause, skipped, project),
        )


@rule.fix("Put it into a `finally`", Safety.SAFE)
def release_finally(line: cst.SimpleStatementLine, edit: Edit) -> cst.Try:
    block = next(edit.ancestors(line))
    if not isinstance(block, cst.IndentedBlock) or len(line.body) > 1:
        raise edit.refuse("the `yield` does not stand on a line of its own")
    at = next(index for index, each in enumerate(block.body) if each is line)
    rest = block.body[at + 1 :]
    if len(rest) != int(edit.params["following"]):
        raise edit.refuse("something after the `yield` is not what it seems")
    first, end = int(edit.params["first"]), int(edit.params["end"])
    tried = cst.Try(
        leading_lines=line.leading_lines,
        body=cst.IndentedBlock([line.with_changes(leading_lines=[]), *rest[:first]]),
        finalbody=cst.Finally(cst.IndentedBlock([_moved_up(rest[first]), *rest[first + 1 : end]])),
    )
    edit.replace(block, block.with_changes(body=[*block.body[:at], tried, *rest[end:]]))
    return tried


@rule.fix("Put it into the `finally`", Safety.SAFE)
def release_in_its_finally(tried: cst.Try, edit: Edit) -> cst.Try:
    """What follows a `try` becomes the end of its `finally`."""
    block = next(edit.ancestors(tried))
    if not isinstance(block, cst.IndentedBlock):
        raise edit.refuse("what follows the `try` is not in its block")
    at = next(index for index, each in enumerate(block.body) if each is tried)
    end = at + 1 + int(edit.params["end"])
    first, *others = block.body[at + 1 : end]
    present = tried.finalbody.body if tried.finalbody is not None else None
    if present is not None and not isinstance(present, cst.IndentedBlock):
        raise edit.refuse("its `finally` has one line")
    moved = [_moved_up(first), *others]
    final = cst.Finally(cst.IndentedBlock(moved))
    if present is not None and tried.finalbody is not None:
        final = tried.finalbody.with_changes(body=present.with_changes(body=[*present.body, *moved]))
    ended = tried.with_changes(finalbody=final)
    edit.replace(block, block.with_changes(body=[*block.body[:at], ended, *block.body[end:]]))
    return ended


def _moved_up(statement: cst.BaseStatement) -> cst.BaseStatement:
    """A statement without the empty lines above it."""
    lines = getattr(statement, "leading_lines", ())
    return statement.with_changes(leading_lines=[each for each in lines if each.comment is not None])


def _is_due(release: Release, pause: Pause) -> bool:
    """Whether nothing else gives back what was there before the `yield`."""
    if release.root in pause.entered or release.what in pause.entered:
        return False
    if any(each.what == release.what for each in releases(pause.always, pause.function)):
        return False
    bindings = pause.function.bindings.get(release.root)
    return bindings is None or any(each.line <= pause.place.span.line for each in bindings)


def _fix(pause: Pause, skipped: list[Release], project: Project) -> FixRequest | None:
    """Only where all that it moves is the release, and all of it is moved."""
    if any(isinstance(each, syntax.Return) for each in syntax.statements(pause.next)):
        return None
    reason = ""
    if any(project.calls.of(pause.function)):
        reason = "something else runs it too, and `next()` alone would release at once"
    elif any(each.may_be_kept for each in skipped):
        reason = "what a failed request leaves on disk today is deleted then"
    safety = Safety.UNSAFE if reason else None
    found = _run_of_releases(pause.next, pause, skipped)
    if found is not None:
        first, end = map(str, found)
        following = str(len(pause.next))
        return release_finally.at(
            pause, safety=safety, reason=reason, first=first, end=end, following=following
        )
    place, following_it = pause.tried or (pause.place, ())
    found = _run_of_releases(following_it, pause, skipped)
    if found is None or found[0] > 0:
        return None
    return release_in_its_finally.at(place, safety=safety, reason=reason, end=str(found[1]))


def _run_of_releases(
    statements: tuple[syntax.Statement, ...], pause: Pause, skipped: list[Release]
) -> tuple[int, int] | None:
    """Where the one run of statements that only give something back begins and ends, if all that is due
    is in it."""
    alone = [is_release_alone(each, pause.function) for each in statements]
    first = alone.index(True) if True in alone else len(alone)
    end = alone.index(False, first) if False in alone[first:] else len(alone)
    moved = {id(each.call.node) for each in releases(statements[first:end], pause.function)}
    return (first, end) if moved and all(id(each.call.node) in moved for each in skipped) else None
