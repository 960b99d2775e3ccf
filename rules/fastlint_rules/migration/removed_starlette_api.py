"""Starlette 1.0 has removed this: `TemplateResponse` without the request, `@app.route` and others.

What warned for years is an `AttributeError` or a `TypeError` now: at import for decorators, at the first
request for templates.

## Why

`TemplateResponse("page.html", {"request": request})` takes the name for the request and the context for the
name: the client gets a 500, and the log says `unhashable type: 'dict'`. It imports well, and so does a test
suite that does not ask for the page. FastAPI 0.133 and later run on Starlette 1.

| old | new |
|---|---|
| `TemplateResponse("a.html", {"request": request, ...})` | `TemplateResponse(request, "a.html", {...})` |
| `Jinja2Templates("templates", trim_blocks=True)` | `Jinja2Templates(env=Environment(...))` |
| `FileResponse(path, method="GET")` | `FileResponse(path)`: the method did nothing |
| `@app.route("/")` | `@app.router.route("/")`, or better `@app.get("/")` |
| `app.add_websocket_route("/ws", talk)` | `app.router.add_websocket_route("/ws", talk)` |
| `Starlette().route`, `.middleware`, `.exception_handler` | `Starlette(routes=..., middleware=...)` |

## Bad

```python
from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates
from jinja2 import DictLoader, Environment

app = FastAPI()
pages = DictLoader({"user.html": "{{ name }}, {{ request.url.path }}"})
templates = Jinja2Templates(env=Environment(loader=pages))


@app.get("/users/{name}")
def show_user(request: Request, name: str) -> Response:
    return templates.TemplateResponse("user.html", {"request": request, "name": name})
```

## Good

```python
from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates
from jinja2 import DictLoader, Environment

app = FastAPI()
pages = DictLoader({"user.html": "{{ name }}, {{ request.url.path }}"})
templates = Jinja2Templates(env=Environment(loader=pages))


@app.get("/users/{name}")
def show_user(request: Request, name: str) -> Response:
    return templates.TemplateResponse(request, "user.html", {"name": name})
```

## When it is fine

In a project that may run a Starlette before 0.29, which does not have the new form of `TemplateResponse`:
there it is silent. FastAPI says which Starlette comes with it, so that a pinned FastAPI is enough to tell.
Where both forms work, each use of the old one warns.

The fixes are safe: both forms give the same page, or the old one cannot run. Where a context is made
elsewhere and does not say which request it has, the fix takes that of the function, and is unsafe.
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
    syntax,
)
from fastlint_rules._arguments import call_without, is_plain, keyword, keywords, named, without
from fastlint_rules.migration import _templates

rule = Rule(
    __name__,
    code="FL904",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://starlette.dev/release-notes/",
)

GONE = "starlette>=1.0"
TEMPLATES = "starlette.templating.Jinja2Templates"
TEMPLATE_OPTIONS = ("directory", "context_processors", "env")
APPS = ("fastapi.FastAPI", "starlette.applications.Starlette")
STARLETTE = tuple(
    f"starlette.{name}"
    for name in (
        *(f"applications.Starlette.{each}" for each in ("route", "websocket_route", "middleware")),
        "applications.Starlette.exception_handler",
        "routing.Router.route",
        "routing.Router.websocket_route",
    )
)


@rule.on(Project)
def check_templates(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(project, f"{TEMPLATES}.TemplateResponse"):
        if project.holds("starlette>=0.29", call.place.path) and _templates.is_old(call):
            yield _report(
                call,
                project,
                "`TemplateResponse` takes the request first: this one is answered with 500",
                "`TemplateResponse` without the request as its first argument is deprecated: each use warns",
                '`TemplateResponse(request, "page.html", {...})`',
                _request_first(call),
            )


@rule.on(Project)
def check_options(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(project, TEMPLATES):
        options = [name for name, _ in keywords(call) if name not in TEMPLATE_OPTIONS]
        if options and is_plain(call) and project.holds("starlette>=0.29", call.place.path):
            yield _report(
                call,
                project,
                f"`Jinja2Templates({options[0]}=...)` is a `TypeError`: options belong to an environment now",
                f"`Jinja2Templates({options[0]}=...)` is deprecated: it warns, and Starlette 1.0 refuses it",
                "`env=jinja2.Environment(...)`, with the options and the loader",
                None if "env" in call.keywords else with_environment.at(call),
            )


@rule.on(Project)
def check_files(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(project, "starlette.responses.FileResponse", giving=("method",)):
        if project.holds("starlette>=0.37.2", call.place.path):
            yield _report(
                call,
                project,
                "`FileResponse(method=...)` is a `TypeError`: Starlette has removed it",
                "`FileResponse(method=...)` does nothing but warn, and Starlette 1.0 refuses it",
                "leave it out: the request says what it is",
                without_method.at(call),
            )


@rule.on(Project)
def check_routes(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(project, "fastapi.FastAPI.route"):
        if _is_of_router(call):
            continue
        yield _report(
            call,
            project,
            "`@app.route` is an `AttributeError`: Starlette has removed it",
            "`@app.route` is deprecated: it warns, and Starlette 1.0 has removed it",
            "`@app.router.route` does the same; `@app.get` takes part in validation and documentation",
            through_router.at(call),
        )
    for call in calls_of(project, *(f"{app}.add_websocket_route" for app in APPS)):
        if project.holds(GONE, call.place.path) and not _is_of_router(call):
            yield rule.report(
                call,
                "`add_websocket_route` of an app is an `AttributeError`: Starlette has removed it",
                help="its router has it still: `app.router.add_websocket_route`",
                fix=through_router.at(call),
            )


@rule.on(Project)
def check_decorators(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(project, *STARLETTE):
        name = call.func.text()
        if project.holds(GONE, call.place.path):
            yield rule.report(
                call,
                f"`{name}` is an `AttributeError`: Starlette has removed its decorators",
                help="give the app its `routes`, `middleware` and `exception_handlers` when it is made",
            )


@rule.fix("Give it the request first", Safety.SAFE, needs="starlette>=0.29")
def request_first(call: cst.Call, edit: Edit) -> cst.Call:
    return _templates.request_first(call, edit)


@rule.fix("Give it an environment", Safety.SAFE)
def with_environment(call: cst.Call, edit: Edit) -> cst.Call:
    directory = named(call, "directory") or next((each for each in call.args if each.keyword is None), None)
    options = [each for each in call.args if _name(each) not in (*TEMPLATE_OPTIONS, "")]
    given = [_name(each) for each in options]
    passed = [keyword(_name(each), each.value) for each in options]
    if "autoescape" not in given:
        passed.insert(0, keyword("autoescape", cst.Name("True")))
    if "loader" not in given:
        if directory is None:
            raise edit.refuse("the directory of the templates is not written there")
        loader = cst.Call(edit.name("jinja2.FileSystemLoader"), [cst.Arg(directory.value)])
        passed.insert(0, keyword("loader", loader))
    first = directory or options[0]
    environment = keyword("env", cst.Call(edit.name("jinja2.Environment"), passed)).with_changes(
        comma=first.comma, whitespace_after_arg=first.whitespace_after_arg
    )
    args = [environment if each is first else each for each in call.args]
    return call.with_changes(args=without(args, *options))


@rule.fix("Leave `method` out", Safety.SAFE)
def without_method(call: cst.Call, edit: Edit) -> cst.Call:
    return call_without(call, named(call, "method"))


@rule.fix("Go through its router", Safety.SAFE)
def through_router(call: cst.Call, edit: Edit) -> cst.Call:
    if not isinstance(call.func, cst.Attribute):
        raise edit.refuse("the method is not called on the app there")
    router = cst.Attribute(call.func.value, cst.Name("router"))
    return call.with_changes(func=call.func.with_changes(value=router))


def _report(
    call: Expression, project: Project, gone: str, deprecated: str, instead: str, fix: FixRequest | None
) -> Diagnostic:
    """A finding about what is gone in every Starlette that the project allows, or else in a later one."""
    is_gone = project.holds(GONE, call.place.path)
    severity = Severity.ERROR if is_gone else Severity.WARNING
    return rule.report(call, gone if is_gone else deprecated, help=instead, fix=fix, severity=severity)


def _request_first(call: Expression) -> FixRequest | None:
    request, is_same = _templates.requests(call)
    is_certain = is_same or _templates.is_written(call)
    if not is_certain and not request:
        return None
    return request_first.at(
        call,
        safety=None if is_certain else Safety.UNSAFE,
        reason="" if is_certain else "the context may be that of another request",
        request=request,
    )


def _is_of_router(call: Expression) -> bool:
    """Whether it is a method of `app.router`, which the model takes for the app itself."""
    owner = call.func.owner
    if owner is None or not isinstance(owner.node, syntax.Ref):
        return True
    bindings = owner.scope.bindings.get(owner.node.path, ())
    spelled = [owner, *(owner.at(each.value) for each in bindings if each.value is not None)]
    return any(each.text().endswith(".router") for each in spelled)


def _name(argument: cst.Arg) -> str:
    return "" if argument.keyword is None else argument.keyword.value
