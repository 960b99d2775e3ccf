"""httpx or the `TestClient` does not take this argument any more: the call is a `TypeError`.

`app=`, `allow_redirects=` and a body for `get` or `delete` come from other clients and older versions, as
does text in `data=`.

## Why

A test that fails on its first line tests nothing, and a service that calls another one fails on the day that
the line runs. Text in `data=` still works, but warns, and comes without a content type: since FastAPI 0.132 a
JSON body without one is a 422.

| old | new | |
|---|---|---|
| `AsyncClient(app=app)` | `AsyncClient(transport=ASGITransport(app=app))` | removed in httpx 0.28 |
| `allow_redirects=False` | `follow_redirects=False` | removed in httpx 0.20 |
| `client.delete(url, json=x)` | `client.request("DELETE", url, json=x)` | never in httpx |
| `client.post(url, data=json.dumps(x))` | `client.post(url, json=x)` | warns |
| `client.post(url, data=text)` | `client.post(url, content=text)` | warns |

## Bad

```python
import httpx
from fastapi import FastAPI

app = FastAPI()


@app.delete("/items")
def delete_items(names: list[str]) -> list[str]:
    return names


async def test_items_are_deleted_by_their_names() -> None:
    async with httpx.AsyncClient(app=app, base_url="http://test") as client:
        answer = await client.delete("/items", json=["lamp"])
    assert answer.json() == ["lamp"]
```

## Good

```python
import httpx
from fastapi import FastAPI

app = FastAPI()


@app.delete("/items")
def delete_items(names: list[str]) -> list[str]:
    return names


async def test_items_are_deleted_by_their_names() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        answer = await client.request("DELETE", "/items", json=["lamp"])
    assert answer.json() == ["lamp"]
```

## When it is fine

Clients of other libraries, such as `requests`, and the `TestClient` of a Starlette before 0.21, which was one
of those.

The fixes are safe: the old call cannot run, or the new one sends the same. From `data=json.dumps(x)` to
`json=x` it is unsafe, because a content type comes with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    Expression,
    FixRequest,
    Project,
    Rule,
    Safety,
    Severity,
    calls_of,
    cst,
    import_behind,
)
from fastlint_rules._arguments import call_without, first, keyword, keywords, named, renamed

rule = Rule(
    __name__,
    code="FL801",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://www.python-httpx.org/compatibility/",
)

TESTER = "starlette.testclient.TestClient"
CLIENTS = ("httpx.Client", "httpx.AsyncClient", TESTER)
TRANSPORTS = {"httpx.Client": "WSGITransport", "httpx.AsyncClient": "ASGITransport"}
BODILESS = ("get", "delete", "head", "options")
BODIED = ("post", "put", "patch", "request", "stream")
BODIES = ("json", "data", "content", "files")
REDIRECTS = ("allow_redirects",)
DUMPS = "json.dumps"
TEXTS = (DUMPS, "pydantic.BaseModel.model_dump_json", "pydantic.BaseModel.json")


@rule.on(Project)
def check_app(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(project, *TRANSPORTS, giving=("app",)):
        if not project.holds("httpx>=0.27", call.place.path):
            continue
        client = call.func.external()
        is_gone = project.holds("httpx>=0.28", call.place.path)
        yield rule.report(
            call,
            f"`{call.func.text()}(app=...)` is a `TypeError`: httpx has removed it"
            if is_gone
            else f"`{call.func.text()}(app=...)` is deprecated, and httpx 0.28 refuses it",
            help=f"`transport={TRANSPORTS[client]}(app=...)`",
            fix=_with_transport(call, TRANSPORTS[client]),
            severity=None if is_gone else Severity.WARNING,
        )


@rule.on(Project)
def check_redirects(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(
        project, *_senders(BODILESS + BODIED), *CLIENTS, giving=REDIRECTS, in_tests=REDIRECTS
    ):
        given = dict(keywords(call))
        if not _is_of_httpx(call, project):
            continue
        is_gone = not _is_of_tester(call) or project.holds("starlette>=0.46", call.place.path)
        yield rule.report(
            given["allow_redirects"],
            "`allow_redirects=` is a `TypeError`: httpx has renamed it"
            if is_gone
            else "`allow_redirects=` is deprecated, and later versions of Starlette refuse it",
            help="`follow_redirects=` is its name",
            fix=None if "follow_redirects" in given else rename.at(given["allow_redirects"]),
            severity=None if is_gone else Severity.WARNING,
        )


@rule.on(Project)
def check_bodies(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(project, *_senders(BODILESS), giving=BODIES, in_tests=("delete", "json")):
        body = next(name for name, _ in keywords(call) if name in BODIES)
        if _is_of_httpx(call, project):
            verb = call.func.external().rpartition(".")[2]
            yield rule.report(
                call,
                f"`{call.func.text()}({body}=...)` is a `TypeError`: `{verb}` takes no body",
                help=f'`request("{verb.upper()}", ...)` takes one',
                fix=request.at(call, verb=verb.upper()),
            )


@rule.on(Project)
def check_texts(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(project, *_senders(BODIED), giving=("data",), in_tests=("data", "dumps")):
        given = call.keywords["data"]
        if _is_text(given) and _is_of_httpx(call, project):
            yield _report_text(call, given)


@rule.fix("Give it a transport", Safety.SAFE)
def with_transport(call: cst.Call, edit: Edit) -> cst.Call:
    argument = named(call, "app")
    if argument is None:
        raise edit.refuse("the app is given otherwise")
    if named(call, "transport") is not None:
        return call_without(call, argument)  # which alone counted
    name, package = edit.params["transport"], edit.params["package"]
    transport = (
        call.func.with_changes(attr=cst.Name(name))
        if isinstance(call.func, cst.Attribute)
        else edit.name(f"{package}.{name}")
    )
    made = cst.Call(transport, [keyword("app", argument.value)])
    changed = renamed(argument, "transport").with_changes(value=made)
    return call.with_changes(args=[changed if each is argument else each for each in call.args])


@rule.fix("Use its new name", Safety.SAFE)
def rename(argument: cst.Arg, edit: Edit) -> cst.Arg:
    return renamed(argument, "follow_redirects")


@rule.fix("Send it with `request`", Safety.SAFE)
def request(call: cst.Call, edit: Edit) -> cst.Call:
    if not isinstance(call.func, cst.Attribute) or not call.args:
        raise edit.refuse("the method is not called on the client there")
    verb = edit.string(edit.params["verb"])
    added = keyword("method", verb) if call.args[0].keyword is not None else cst.Arg(verb)
    func = call.func.with_changes(attr=cst.Name("request"))
    return call.with_changes(func=func, args=[first(call, added), *call.args])


@rule.fix("Send it as JSON", Safety.UNSAFE)
def send_json(call: cst.Arg, edit: Edit) -> cst.Arg:
    if not isinstance(call.value, cst.Call):
        raise edit.refuse("the text is made elsewhere")
    edit.drop_import_if_unused(DUMPS)
    return renamed(call, "json").with_changes(value=call.value.args[0].value)


@rule.fix("Send it as content", Safety.SAFE)
def send_content(argument: cst.Arg, edit: Edit) -> cst.Arg:
    return renamed(argument, "content")


def _senders(verbs: tuple[str, ...]) -> tuple[str, ...]:
    """The methods of clients, and the functions of httpx, that are called so."""
    return tuple(f"{owner}.{verb}" for owner in (*CLIENTS, "httpx") for verb in verbs)


def _with_transport(call: Expression, transport: str) -> FixRequest | None:
    imported = import_behind(call.func)
    if imported is None and call.func.owner is None:
        return None
    package = "" if imported is None else imported.module.partition(".")[0]
    return with_transport.at(call, transport=transport, package=package)


def _report_text(call: Expression, text: Expression) -> Diagnostic:
    place = dict(keywords(call))["data"]
    is_json = text.is_call and text.func.external() == DUMPS and len(text.args) == 1 and not text.keywords
    if is_json and "headers" not in call.keywords and not text.args[0].is_none:
        return rule.report(
            place,
            "`data=` is for forms: JSON in it warns, and is a 422 for want of a content type",
            help="`json=` takes what it is made of",
            fix=send_json.at(place, reason="a content type is sent with it"),
            severity=Severity.WARNING,
        )
    return rule.report(
        place,
        "`data=` is for forms: httpx warns of text in it",
        help="`content=` sends it as it is",
        fix=send_content.at(place),
        severity=Severity.WARNING,
    )


def _is_text(value: Expression) -> bool:
    return value.is_text or (value.is_call and value.func.external() in TEXTS)


def _is_of_tester(call: Expression) -> bool:
    return call.func.external().startswith(TESTER)


def _is_of_httpx(call: Expression, project: Project) -> bool:
    """Whether the client is one of httpx, as that of Starlette is since it is no longer one of requests."""
    return not _is_of_tester(call) or project.holds("starlette>=0.21", call.place.path)
