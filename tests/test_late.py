"""What a dependency does after its `yield`, and which of its uses end after the response."""

from __future__ import annotations

import pytest

from fastlint.model.dependencies import Dependency
from fastlint.model.late import late_work
from fastlint.model.lifetimes import ends_late, ends_late_together
from fastlint.model.streamed import streams
from tests.model import project

HEAD = """
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.responses import HTMLResponse, StreamingResponse
from sqlalchemy.orm import Session

app = FastAPI()

def get_session():
    with Session() as session:
        yield session
        {after}
"""
OUTER = "def outer(a=Depends(get_session)): yield a"
COMMIT = HEAD.format(after="session.commit()")


def dependency(code: str, name: str = "get_session") -> Dependency:
    found = project(code).dependencies.dependencies
    return next(each for each in found if each.function.name == name)


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        ("session.commit()", "commit"),
        ("session.flush()", "commit"),
        ("raise HTTPException(409)", "raise"),
        ("session.rollback()", None),
        ("raise ValueError", None),
        ("with Session() as own: own.commit()", None),
    ],
)
def test_work_is_what_the_client_should_have_heard_of(after: str, kind: str | None) -> None:
    code = HEAD.format(after=after) + "\n@app.get('/')\ndef read(session=Depends(get_session)): ...\n"
    found = late_work(dependency(code).handler)
    assert kind == (None if found is None else found.kind)


@pytest.mark.parametrize(
    ("scope", "is_late"),
    [("", True), (", scope='request'", True), (", scope='function'", False), (", **options", False)],
)
def test_a_use_ends_with_the_request_unless_it_says_otherwise(scope: str, is_late: bool) -> None:
    code = f"{COMMIT}\n@app.get('/')\ndef read(session=Depends(get_session{scope})): ...\n"
    assert [is_late] == [ends_late(each) for each in dependency(code).injections]


@pytest.mark.parametrize(
    ("code", "uses"),
    [
        ("@app.get('/')\ndef read(session=Depends(get_session)): ...", 1),
        ("@app.get('/')\ndef read(a=Depends(get_session), b=Depends(get_session)): ...", 2),
        ("@app.get('/')\ndef read(a=Depends(get_session), b=Depends(get_session, scope='function')): ...", 1),
        ("@app.get('/')\ndef read(a=Depends(get_session), b=Security(get_session)): ...", 0),
        (f"{OUTER}\n@app.get('/')\ndef read(b=Depends(outer)): ...", 0),
        ("def outer(a=Depends(get_session)): return a\n@app.get('/')\ndef read(b=Depends(outer)): ...", 1),
        (f"{OUTER}\n@app.get('/')\ndef read(b=Depends(outer, scope='function')): ...", 1),
    ],
)
def test_uses_change_together_unless_one_of_them_cannot(code: str, uses: int) -> None:
    assert len(ends_late_together(dependency(f"{COMMIT}\n{code}\n"))) == uses


@pytest.mark.parametrize(
    ("code", "is_stream"),
    [
        ("@app.get('/')\ndef read(): return StreamingResponse([])", True),
        ("@app.get('/', response_class=StreamingResponse)\ndef read(): return [b'']", True),
        ("@app.get('/')\ndef read(): yield 1", True),
        ("@app.get('/', response_class=HTMLResponse)\ndef read(): return HTMLResponse('')", False),
        ("@app.get('/')\ndef read(): return 1", False),
    ],
)
def test_a_route_streams_what_it_makes_while_it_is_sent(code: str, is_stream: bool) -> None:
    [route] = project(f"{COMMIT}\n{code}\n").application.routes
    assert streams(route) is is_stream
