"""What the framework runs on the event loop and what in threads, and how code gets from there on.

Each case is a small app, or a function `r` of one; `BODY` stands where something blocks. A heading has the
name of a case, and the request that gets there if that is not `GET /`.
"""

HEAD = """\
import asyncio
import functools
import time
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Annotated, Generic, TypeVar

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Form, Query, Request, Response
from fastapi import Security, WebSocket
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute, APIWebSocketRoute
from pydantic import AfterValidator, BaseModel, BeforeValidator, PlainSerializer, computed_field
from pydantic import field_serializer, field_validator, model_serializer, model_validator
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Mount, Route, Router, WebSocketRoute

app = FastAPI()
"""

ON_THE_LOOP = """\
#: async route
@app.get("/")
async def r():
    BODY
#: async api_route
@app.api_route("/", methods=["GET"])
async def r():
    BODY
#: async route call form
async def r():
    BODY
app.get("/")(r)
#: bound method add_api_route
class C:
    def __init__(self):
        self.router = APIRouter()
        self.router.add_api_route("/", self.r)
    async def r(self):
        BODY
app.include_router(C().router)
#: callable instance call form
class H:
    async def __call__(self, q: int = 0):
        BODY
app.get("/")(H())
#: callable instance add_api_route
class H:
    async def __call__(self, q: int = 0):
        BODY
app.add_api_route("/", H())
#: callable instance router | POST
class H:
    def __init__(self, name): self.name = name
    async def __call__(self, q: int = 0):
        BODY
router = APIRouter()
router.post("/")(H("a"))
app.include_router(router)
#: inherited __call__
class Base:
    async def __call__(self):
        BODY
class H(Base): ...
app.add_api_route("/", H())
#: FastAPI(routes=[APIRoute])
async def r():
    BODY
app = FastAPI(routes=[APIRoute("/", r)])
#: FastAPI(routes=[Route])
async def r(request):
    BODY
app = FastAPI(routes=[Route("/", r)])
#: FastAPI(routes=var)
async def r(request):
    BODY
routes = [Route("/", r)]
app = FastAPI(routes=routes)
#: APIRouter(routes=[APIRoute])
async def r():
    BODY
router = APIRouter(routes=[APIRoute("/", r)])
app.include_router(router)
#: app.router.routes.append(Route)
async def r(request):
    BODY
app.router.routes.append(Route("/", r))
#: app.routes.append(APIRoute)
async def r():
    BODY
app.routes.append(APIRoute("/", r))
#: router.routes.extend
async def r():
    BODY
router = APIRouter()
router.routes.extend([APIRoute("/", r)])
app.include_router(router)
#: routes +=
async def r():
    BODY
app.router.routes += [APIRoute("/", r)]
#: routes.insert
async def r():
    BODY
app.router.routes.insert(0, APIRoute("/", r))
#: add_route
async def r(request):
    BODY
app.add_route("/", r)
#: router.add_route
async def r(request):
    BODY
app.router.add_route("/", r)
#: Mount(routes=[Route]) | GET /x/
async def r(request):
    BODY
app = FastAPI(routes=[Mount("/x", routes=[Route("/", r)])])
#: app.mount(Starlette(routes)) | GET /x/
async def r(request):
    BODY
app.mount("/x", Starlette(routes=[Route("/", r)]))
#: app.mount(Router([..])) | GET /x/
async def r(request):
    BODY
app.mount("/x", Router([Route("/", r)]))
#: mount asgi function | GET /x/
async def sub(scope, receive, send):
    BODY
app.mount("/x", sub)
#: mount asgi instance | GET /x/
class Sub:
    async def __call__(self, scope, receive, send):
        BODY
app.mount("/x", Sub())
#: mount asgi Mount(app=) | GET /x/
class Sub:
    async def __call__(self, scope, receive, send):
        BODY
app = FastAPI(routes=[Mount("/x", app=Sub())])
#: WebSocketRoute | websocket
async def r(ws):
    BODY
    await ws.accept()
app = FastAPI(routes=[WebSocketRoute("/", r)])
#: APIWebSocketRoute append | websocket
async def r(ws: WebSocket):
    BODY
    await ws.accept()
app.router.routes.append(APIWebSocketRoute("/", r))
#: websocket | websocket
@app.websocket("/")
async def r(ws: WebSocket):
    BODY
    await ws.accept()
#: add_api_websocket_route | websocket
async def r(ws: WebSocket):
    BODY
    await ws.accept()
app.add_api_websocket_route("/", r)
#: websocket callable instance | websocket
class H:
    async def __call__(self, ws: WebSocket):
        BODY
        await ws.accept()
app.add_api_websocket_route("/", H())
#: add_websocket_route | websocket
async def r(ws):
    BODY
    await ws.accept()
app.router.add_websocket_route("/", r)
#: HTTPEndpoint class
class E(HTTPEndpoint):
    async def get(self, request):
        BODY
app.add_route("/", E)
#: HTTPEndpoint class in Route
class E(HTTPEndpoint):
    async def get(self, request):
        BODY
app = FastAPI(routes=[Route("/", E)])
#: WebSocketEndpoint on_receive | websocket
class E(WebSocketEndpoint):
    async def on_receive(self, ws, data):
        BODY
app.router.add_websocket_route("/", E)
#: WebSocketEndpoint in WebSocketRoute | websocket
class E(WebSocketEndpoint):
    async def on_connect(self, ws):
        BODY
        await ws.accept()
app = FastAPI(routes=[WebSocketRoute("/", E)])
#: partial endpoint
async def r(a, b: int = 0):
    BODY
app.add_api_route("/", partial(r, 1))
#: partial endpoint call form
async def r(a, b: int = 0):
    BODY
app.get("/")(partial(r, 1))
#: async generator endpoint
@app.get("/", response_class=StreamingResponse)
async def r():
    BODY
    yield b""
#: route in factory
def make():
    api = FastAPI()
    @api.get("/")
    async def r():
        BODY
    return api
app = make()
#: closure endpoint from factory
def make(model):
    async def r():
        BODY
    return r
app.add_api_route("/", make(int))
#: dict loop
async def r():
    BODY
for path, f in {"/": r}.items():
    app.add_api_route(path, f)
#: async dependency
async def d():
    BODY
@app.get("/")
def r(x=Depends(d)): ...
#: async dependency in Annotated
async def d():
    BODY
D = Annotated[int, Depends(d)]
@app.get("/")
def r(x: D): ...
#: async dependency in list
async def d():
    BODY
@app.get("/", dependencies=[Depends(d)])
def r(): ...
#: async dependency app
async def d():
    BODY
app = FastAPI(dependencies=[Depends(d)])
@app.get("/")
def read(): ...
#: async dependency include
async def d():
    BODY
router = APIRouter()
@router.get("/")
def read(): ...
app.include_router(router, dependencies=[Security(d)])
#: async gen dependency
async def d():
    yield 1
    BODY
@app.get("/")
def r(x=Depends(d)): ...
#: async gen dependency finally
async def d():
    try:
        yield 1
    finally:
        BODY
@app.get("/")
def r(x=Depends(d)): ...
#: callable dependency
class D:
    async def __call__(self):
        BODY
@app.get("/")
def r(x=Depends(D())): ...
#: bound method dependency
class D:
    async def load(self):
        BODY
d = D()
@app.get("/")
def r(x=Depends(d.load)): ...
#: classmethod dependency
class D:
    @classmethod
    async def load(cls):
        BODY
@app.get("/")
def r(x=Depends(D.load)): ...
#: staticmethod dependency
class D:
    @staticmethod
    async def load():
        BODY
@app.get("/")
def r(x=Depends(D.load)): ...
#: partial dependency
async def d(a, b: int = 0):
    BODY
@app.get("/")
def r(x=Depends(partial(d, 1))): ...
#: dependency factory
def need(role):
    async def d():
        BODY
    return d
@app.get("/")
def r(x=Depends(need("a"))): ...
#: security scheme subclass
from fastapi.security import HTTPBearer
class B(HTTPBearer):
    async def __call__(self, request: Request):
        BODY
@app.get("/")
def r(x=Depends(B())): ...
#: exception handler
@app.exception_handler(ValueError)
async def h(request, exc):
    BODY
@app.get("/")
def fail():
    raise ValueError
#: exception handler add
async def h(request, exc):
    BODY
app.add_exception_handler(ValueError, h)
@app.get("/")
def fail():
    raise ValueError
#: exception handler instance
class H:
    async def __call__(self, request, exc):
        BODY
app.add_exception_handler(ValueError, H())
@app.get("/")
def fail():
    raise ValueError
#: exception handler method
class H:
    async def handle(self, request, exc):
        BODY
h = H()
app.add_exception_handler(ValueError, h.handle)
@app.get("/")
def fail():
    raise ValueError
#: exception handler partial
async def h(a, request, exc):
    BODY
app.add_exception_handler(ValueError, partial(h, 1))
@app.get("/")
def fail():
    raise ValueError
#: exception handler put into a dict
async def h(request, exc):
    BODY
handlers = {}
handlers[ValueError] = h
app = FastAPI(exception_handlers=handlers)
@app.get("/")
def fail():
    raise ValueError
#: app.exception_handlers[...] =
async def h(request, exc):
    BODY
app.exception_handlers[ValueError] = h
@app.get("/")
def fail():
    raise ValueError
#: exception handler in register function
async def h(request, exc):
    BODY
def register(api: FastAPI):
    api.add_exception_handler(ValueError, h)
register(app)
@app.get("/")
def fail():
    raise ValueError
#: exception handler in register function decorated
def register(api: FastAPI):
    @api.exception_handler(ValueError)
    async def h(request, exc):
        BODY
register(app)
@app.get("/")
def fail():
    raise ValueError
#: background task
async def t():
    BODY
@app.get("/")
def r(tasks: BackgroundTasks):
    tasks.add_task(t)
#: background task method
class S:
    async def t(self):
        BODY
@app.get("/")
def r(tasks: BackgroundTasks):
    s = S()
    tasks.add_task(s.t)
#: background task instance
class S:
    async def __call__(self):
        BODY
@app.get("/")
def r(tasks: BackgroundTasks):
    tasks.add_task(S())
#: background task partial
async def t(a):
    BODY
@app.get("/")
def r(tasks: BackgroundTasks):
    tasks.add_task(partial(t, 1))
#: BackgroundTask
async def t():
    BODY
@app.get("/")
def r():
    return JSONResponse({}, background=BackgroundTask(t))
#: BackgroundTasks(tasks=[...])
from starlette.background import BackgroundTasks as BT
async def t():
    BODY
@app.get("/")
def r():
    return JSONResponse({}, background=BT(tasks=[BackgroundTask(t)]))
#: background in helper
async def t():
    BODY
def schedule(tasks: BackgroundTasks):
    tasks.add_task(t)
@app.get("/")
def r(tasks: BackgroundTasks):
    schedule(tasks)
#: background through service attr
async def t():
    BODY
class Service:
    def __init__(self, tasks: BackgroundTasks):
        self.tasks = tasks
    def go(self):
        self.tasks.add_task(t)
@app.get("/")
def r(s: Service = Depends()):
    s.go()
#: streaming gen
async def g():
    BODY
    yield b""
@app.get("/")
def r():
    return StreamingResponse(g())
#: streaming nested gen
@app.get("/")
def r():
    async def g():
        BODY
        yield b""
    return StreamingResponse(g(), media_type="text/plain")
#: streaming __aiter__
class G:
    def __aiter__(self): return self
    async def __anext__(self):
        BODY
        raise StopAsyncIteration
@app.get("/")
def r():
    return StreamingResponse(G())
#: streaming aiter gen method
class G:
    async def __aiter__(self):
        BODY
        yield b""
@app.get("/")
def r():
    return StreamingResponse(G())
#: streaming wrapped gen
async def g():
    BODY
    yield b""
async def outer(inner):
    async for x in inner:
        yield x
@app.get("/")
def r():
    return StreamingResponse(outer(g()))
#: streaming service method
class S:
    async def stream(self):
        BODY
        yield b""
@app.get("/")
def r(s: S = Depends()):
    return StreamingResponse(s.stream())
#: own StreamingResponse
class MyStream(StreamingResponse): ...
async def g():
    BODY
    yield b""
@app.get("/")
def r():
    return MyStream(g())
#: EventSourceResponse fastapi
from fastapi.sse import EventSourceResponse
@app.get("/", response_class=EventSourceResponse)
async def r():
    BODY
    yield {}
#: http middleware
@app.middleware("http")
async def m(request, call_next):
    BODY
@app.get("/")
def read(): ...
#: http middleware instance
class M:
    async def __call__(self, request, call_next):
        BODY
app.middleware("http")(M())
@app.get("/")
def read(): ...
#: BaseHTTPMiddleware
class M(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        BODY
app.add_middleware(M)
@app.get("/")
def read(): ...
#: BaseHTTPMiddleware dispatch=
async def m(request, call_next):
    BODY
app.add_middleware(BaseHTTPMiddleware, dispatch=m)
@app.get("/")
def read(): ...
#: BaseHTTPMiddleware dispatch=instance
class M:
    async def __call__(self, request, call_next):
        BODY
app.add_middleware(BaseHTTPMiddleware, dispatch=M())
@app.get("/")
def read(): ...
#: BaseHTTPMiddleware dispatch=method
class M:
    async def go(self, request, call_next):
        BODY
app.add_middleware(BaseHTTPMiddleware, dispatch=M().go)
@app.get("/")
def read(): ...
#: pure asgi
class M:
    def __init__(self, app): self.app = app
    async def __call__(self, scope, receive, send):
        BODY
app.add_middleware(M)
@app.get("/")
def read(): ...
#: Middleware(M)
class M:
    def __init__(self, app): self.app = app
    async def __call__(self, scope, receive, send):
        BODY
app = FastAPI(middleware=[Middleware(M)])
@app.get("/")
def read(): ...
#: app = M(app)
class M:
    def __init__(self, app): self.app = app
    async def __call__(self, scope, receive, send):
        BODY
app = M(app)
#: asgi send wrapper
class M:
    def __init__(self, app): self.app = app
    async def __call__(self, scope, receive, send):
        async def send_wrapper(message):
            BODY
            await send(message)
        await self.app(scope, receive, send_wrapper)
app.add_middleware(M)
@app.get("/")
def read(): ...
#: Route(middleware=)
class M:
    def __init__(self, app): self.app = app
    async def __call__(self, scope, receive, send):
        BODY
async def r(request): ...
app = FastAPI(routes=[Route("/", r, middleware=[Middleware(M)])])
#: validator body | POST
class Item(BaseModel):
    n: str
    @field_validator("n")
    @classmethod
    def v(cls, x):
        BODY
        return x
@app.post("/")
def r(item: Item): ...
#: model validator body | POST
class Item(BaseModel):
    n: str
    @model_validator(mode="after")
    def v(self):
        BODY
        return self
@app.post("/")
def r(item: Item): ...
#: validator inherited | POST
class Base(BaseModel):
    n: str
    @field_validator("n")
    def v(cls, x):
        BODY
        return x
class Item(Base): ...
@app.post("/")
def r(item: Item): ...
#: validator nested | POST
class Inner(BaseModel):
    n: str
    @field_validator("n")
    def v(cls, x):
        BODY
        return x
class Item(BaseModel):
    inner: list[Inner]
@app.post("/")
def r(item: Item): ...
#: validator body of dependency | POST
class Item(BaseModel):
    n: str
    @field_validator("n")
    def v(cls, x):
        BODY
        return x
def d(item: Item): ...
@app.post("/")
def r(x=Depends(d)): ...
#: AfterValidator | POST
def v(x):
    BODY
    return x
class Item(BaseModel):
    n: Annotated[str, AfterValidator(v)]
@app.post("/")
def r(item: Item): ...
#: AfterValidator in a union | POST
def v(x):
    BODY
    return x
Name = Annotated[str, AfterValidator(v)]
class Item(BaseModel):
    n: Name | None = None
@app.post("/")
def r(item: Item): ...
#: BeforeValidator in a list | POST
def v(x):
    BODY
    return x
class Part(BaseModel):
    n: str
class Item(BaseModel):
    inner: list[Annotated[Part, BeforeValidator(v)]]
@app.post("/")
def r(item: Item): ...
#: AfterValidator on param
def v(x):
    BODY
    return x
@app.get("/")
def r(n: Annotated[str, AfterValidator(v)]): ...
#: BeforeValidator on Query param
def v(x):
    BODY
    return x
@app.get("/")
def r(n: Annotated[str, BeforeValidator(v), Query()]): ...
#: validator Query model
class F(BaseModel):
    n: str
    @field_validator("n")
    def v(cls, x):
        BODY
        return x
@app.get("/")
def r(f: Annotated[F, Query()]): ...
#: validator Form model | FORM
class F(BaseModel):
    n: str
    @field_validator("n")
    def v(cls, x):
        BODY
        return x
@app.post("/")
def r(f: Annotated[F, Form()]): ...
#: model_post_init | POST
class Item(BaseModel):
    n: str
    def model_post_init(self, ctx):
        BODY
@app.post("/")
def r(item: Item): ...
#: default_factory | EMPTY
from pydantic import Field
def make():
    BODY
class Item(BaseModel):
    n: str = Field(default_factory=make)
@app.post("/")
def r(item: Item): ...
#: field_serializer
class Out(BaseModel):
    n: str
    @field_serializer("n")
    def s(self, v):
        BODY
        return v
@app.get("/", response_model=Out)
def r():
    return {"n": "a"}
#: field_serializer return annotation
class Out(BaseModel):
    n: str
    @field_serializer("n")
    def s(self, v):
        BODY
        return v
@app.get("/")
def r() -> list[Out]:
    return [{"n": "a"}]
#: model_serializer
class Out(BaseModel):
    n: str
    @model_serializer
    def s(self):
        BODY
        return {}
@app.get("/")
def r() -> Out:
    return {"n": "a"}
#: computed_field
class Out(BaseModel):
    n: str
    @computed_field
    @property
    def s(self) -> str:
        BODY
        return ""
@app.get("/")
def r() -> Out:
    return {"n": "a"}
#: PlainSerializer
def s(v):
    BODY
    return v
class Out(BaseModel):
    n: Annotated[str, PlainSerializer(s)]
@app.get("/")
def r() -> Out:
    return {"n": "a"}
#: Response.render class
class Slow(Response):
    def render(self, content):
        BODY
        return b""
@app.get("/", response_class=Slow)
def r(): ...
#: Response.render default_response_class
class Slow(JSONResponse):
    def render(self, content):
        BODY
        return b""
app = FastAPI(default_response_class=Slow)
@app.get("/")
def r(): ...
#: Response.render router default
class Slow(JSONResponse):
    def render(self, content):
        BODY
        return b""
router = APIRouter(default_response_class=Slow)
@router.get("/")
def r(): ...
app.include_router(router)
#: Response.render include default
class Slow(JSONResponse):
    def render(self, content):
        BODY
        return b""
router = APIRouter()
@router.get("/")
def r(): ...
app.include_router(router, default_response_class=Slow)
#: Response __call__
class Slow(Response):
    async def __call__(self, scope, receive, send):
        BODY
@app.get("/")
def r(): return Slow()
#: Response __call__ response_class
class Slow(Response):
    async def __call__(self, scope, receive, send):
        BODY
@app.get("/", response_class=Slow)
def r(): ...
#: lifespan task
async def t():
    BODY
@asynccontextmanager
async def life(app):
    task = asyncio.create_task(t())
    yield
    task.cancel()
app = FastAPI(lifespan=life)
#: lifespan task group
import anyio
async def t():
    BODY
@asynccontextmanager
async def life(app):
    async with anyio.create_task_group() as tg:
        tg.start_soon(t)
        yield
app = FastAPI(lifespan=life)
#: lifespan asyncio TaskGroup
async def t():
    BODY
@asynccontextmanager
async def life(app):
    async with asyncio.TaskGroup() as tg:
        tg.create_task(t())
        yield
app = FastAPI(lifespan=life)
#: startup task
async def t():
    BODY
@app.on_event("startup")
async def s():
    asyncio.create_task(t())
#: startup loop.create_task
async def t():
    BODY
@app.on_event("startup")
async def s():
    loop = asyncio.get_event_loop()
    loop.create_task(t())
#: lifespan helper that starts a task
async def t():
    BODY
class Poller:
    def start(self):
        self.task = asyncio.create_task(t())
p = Poller()
@asynccontextmanager
async def life(app):
    p.start()
    yield
app = FastAPI(lifespan=life)
#: lifespan helper that starts a method task
class Poller:
    async def start(self):
        self.task = asyncio.create_task(self.run())
    async def run(self):
            BODY
p = Poller()
@asynccontextmanager
async def life(app):
    await p.start()
    yield
app = FastAPI(lifespan=life)
#: lifespan gather of tasks
async def t():
    BODY
@asynccontextmanager
async def life(app):
    tasks = [asyncio.create_task(t()) for _ in range(3)]
    yield
app = FastAPI(lifespan=life)
#: route create_task
async def t():
    BODY
@app.get("/")
async def r():
    asyncio.create_task(t())
#: async wrapper decorator
def deco(f):
    @functools.wraps(f)
    async def w(*a, **k):
        BODY
        return await f(*a, **k)
    return w
@app.get("/")
@deco
async def r(): ...
#: async wrapper decorator of def
def deco(f):
    @functools.wraps(f)
    async def w(*a, **k):
        BODY
        return f(*a, **k)
    return w
@app.get("/")
@deco
def r(): ...
#: class decorator
class Deco:
    def __init__(self, f): self.f = f
    async def __call__(self, request: Request):
        BODY
@app.get("/")
@Deco
def r(): ...
#: response validator of async route
class Out(BaseModel):
    n: str
    @field_validator("n")
    def v(cls, x):
        BODY
        return x
@app.get("/")
async def r() -> Out:
    return {"n": "a"}
#: route class
class Timed(APIRoute):
    def get_route_handler(self):
        original = super().get_route_handler()
        async def handler(request):
            BODY
            return await original(request)
        return handler
router = APIRouter(route_class=Timed)
@router.get("/")
def r(): ...
app.include_router(router)
#: own router class
class Own(APIRouter):
    def add(self, path, f):
        self.add_api_route(path, f)
router = Own()
async def r():
    BODY
router.add("/", r)
app.include_router(router)
"""

IN_A_THREAD = """\
#: def route
@app.get("/")
def r():
    BODY
#: def route added
def r():
    BODY
app.add_api_route("/", r)
#: def callable instance
class H:
    def __call__(self, q: int = 0):
        BODY
app.get("/")(H())
#: def callable instance added
class H:
    def __call__(self, q: int = 0):
        BODY
app.add_api_route("/", H())
#: def Route
def r(request):
    BODY
app = FastAPI(routes=[Route("/", r)])
#: def APIRoute
def r():
    BODY
app = FastAPI(routes=[APIRoute("/", r)])
#: def route appended
def r(request):
    BODY
app.router.routes.append(Route("/", r))
#: def HTTPEndpoint
class E(HTTPEndpoint):
    def get(self, request):
        BODY
app.add_route("/", E)
#: def dependency
def d():
    BODY
@app.get("/")
async def r(x=Depends(d)): ...
#: gen dependency
def d():
    yield 1
    BODY
@app.get("/")
async def r(x=Depends(d)): ...
#: class dependency
class D:
    def __init__(self):
        BODY
@app.get("/")
async def r(x=Depends(D)): ...
#: sync call dependency
class D:
    def __call__(self):
        BODY
@app.get("/")
async def r(x=Depends(D())): ...
#: def handler
@app.exception_handler(ValueError)
def h(request, exc):
    BODY
@app.get("/")
def fail():
    raise ValueError
#: def handler instance
class H:
    def __call__(self, request, exc):
        BODY
app.add_exception_handler(ValueError, H())
@app.get("/")
def fail():
    raise ValueError
#: def background task
def t():
    BODY
@app.get("/")
async def r(tasks: BackgroundTasks):
    tasks.add_task(t)
#: def background task of an object
class S:
    def __call__(self):
        BODY
@app.get("/")
async def r(tasks: BackgroundTasks):
    tasks.add_task(S())
#: def background task of a partial
def t(a):
    BODY
@app.get("/")
async def r(tasks: BackgroundTasks):
    tasks.add_task(partial(t, 1))
#: def stream
def g():
    BODY
    yield b""
@app.get("/")
async def r():
    return StreamingResponse(g())
#: def iter stream
class G:
    def __iter__(self):
        BODY
        yield b""
@app.get("/")
async def r():
    return StreamingResponse(G())
#: def gen endpoint
@app.get("/", response_class=StreamingResponse)
def r():
    BODY
    yield b""
#: generator endpoint
@app.get("/")
def r():
    BODY
    yield 1
#: response validator of def
class Out(BaseModel):
    n: str
    @field_validator("n")
    def v(cls, x):
        BODY
        return x
@app.get("/")
def r() -> Out:
    return {"n": "a"}
#: render in def
class Slow(Response):
    def render(self, content):
        BODY
@app.get("/")
def r():
    return Slow()
"""

CALLED = """\
#: direct
@app.get("/")
async def r():
    BODY
#: function
def p():
    BODY
@app.get("/")
async def r():
    p()
#: two functions
def q():
    BODY
def p():
    q()
@app.get("/")
async def r():
    p()
#: method
class S:
    def p(self):
        BODY
@app.get("/")
async def r():
    S().p()
#: self attr
class A:
    def p(self):
        BODY
class S:
    def __init__(self):
        self.a = A()
    def go(self):
        self.a.p()
@app.get("/")
async def r():
    S().go()
#: self attr by param
class A:
    def p(self):
        BODY
class S:
    def __init__(self, a: A):
        self.a = a
    def go(self):
        self.a.p()
@app.get("/")
async def r():
    S(A()).go()
#: self attr default
class A:
    def p(self):
        BODY
class S:
    def __init__(self, a=None):
        self.a = a or A()
    def go(self):
        self.a.p()
@app.get("/")
async def r():
    S().go()
#: class attr
class A:
    def p(self):
        BODY
class S:
    a = A()
    def go(self):
        self.a.p()
@app.get("/")
async def r():
    S().go()
#: dataclass attr
from dataclasses import dataclass
class A:
    def p(self):
        BODY
@dataclass
class S:
    a: A
    def go(self):
        self.a.p()
@app.get("/")
async def r():
    S(A()).go()
#: dataclass default factory
from dataclasses import dataclass, field
class A:
    def p(self):
        BODY
@dataclass
class S:
    a: A = field(default_factory=A)
    def go(self):
        self.a.p()
@app.get("/")
async def r():
    S().go()
#: inherited
class B:
    def p(self):
        BODY
class S(B): ...
@app.get("/")
async def r():
    S().p()
#: inherited twice
class B:
    def p(self):
        BODY
class M(B): ...
class S(M): ...
@app.get("/")
async def r():
    S().p()
#: super
class B:
    def p(self):
        BODY
class S(B):
    def p(self):
        super().p()
@app.get("/")
async def r():
    S().p()
#: mixin
class M:
    def p(self):
        BODY
class B: ...
class S(M, B): ...
@app.get("/")
async def r():
    S().p()
#: generic base
T = TypeVar('T')
class B(Generic[T]):
    def p(self):
        BODY
class S(B[int]): ...
@app.get("/")
async def r():
    S().p()
#: property
class S:
    @property
    def p(self):
        BODY
@app.get("/")
async def r():
    S().p
#: cached_property
from functools import cached_property
class S:
    @cached_property
    def p(self):
        BODY
@app.get("/")
async def r():
    x = S().p
#: property via self
class S:
    @property
    def p(self):
        BODY
    def go(self):
        return self.p
@app.get("/")
async def r():
    S().go()
#: inherited property
class B:
    @property
    def p(self):
        BODY
class S(B): ...
@app.get("/")
async def r():
    x = S().p
#: property setter
class S:
    @property
    def p(self): ...
    @p.setter
    def p(self, v):
        BODY
@app.get("/")
async def r():
    S().p = 1
#: classmethod
class S:
    @classmethod
    def p(cls):
        BODY
@app.get("/")
async def r():
    S.p()
#: classmethod inherited via cls
class B:
    @classmethod
    def go(cls):
        cls.p()
    @classmethod
    def p(cls): ...
class S(B):
    @classmethod
    def p(cls):
        BODY
@app.get("/")
async def r():
    S.go()
#: staticmethod
class S:
    @staticmethod
    def p():
        BODY
@app.get("/")
async def r():
    S.p()
#: cm enter
class S:
    def __enter__(self):
        BODY
    def __exit__(self, *a): ...
@app.get("/")
async def r():
    with S(): ...
#: cm exit
class S:
    def __enter__(self): ...
    def __exit__(self, *a):
        BODY
@app.get("/")
async def r():
    with S(): ...
#: async cm
class S:
    async def __aenter__(self):
        BODY
    async def __aexit__(self, *a): ...
@app.get("/")
async def r():
    async with S(): ...
#: contextmanager
@contextmanager
def s():
    BODY
    yield
@app.get("/")
async def r():
    with s(): ...
#: asynccontextmanager
@asynccontextmanager
async def s():
    BODY
    yield
@app.get("/")
async def r():
    async with s(): ...
#: contextmanager method
class S:
    @contextmanager
    def s(self):
        BODY
        yield
@app.get("/")
async def r():
    with S().s(): ...
#: cm var
class S:
    def __enter__(self):
        BODY
    def __exit__(self, *a): ...
@app.get("/")
async def r():
    s = S()
    with s: ...
#: with self
class S:
    def __enter__(self):
        BODY
    def __exit__(self, *a): ...
    def go(self):
        with self: ...
@app.get("/")
async def r():
    S().go()
#: ExitStack
from contextlib import ExitStack
class S:
    def __enter__(self):
        BODY
    def __exit__(self, *a): ...
@app.get("/")
async def r():
    with ExitStack() as st:
        st.enter_context(S())
#: AsyncExitStack async
from contextlib import AsyncExitStack
@asynccontextmanager
async def s():
    BODY
    yield
@app.get("/")
async def r():
    async with AsyncExitStack() as st:
        await st.enter_async_context(s())
#: decorator wraps
def d(f):
    @functools.wraps(f)
    def w(*a, **k):
        return f(*a, **k)
    return w
@d
def p():
    BODY
@app.get("/")
async def r():
    p()
#: decorator that blocks
def d(f):
    @functools.wraps(f)
    def w(*a, **k):
        BODY
        return f(*a, **k)
    return w
@d
def p(): ...
@app.get("/")
async def r():
    p()
#: decorator with args
def d(n):
    def o(f):
        @functools.wraps(f)
        def w(*a, **k):
            return f(*a, **k)
        return w
    return o
@d(1)
def p():
    BODY
@app.get("/")
async def r():
    p()
#: decorator returns f
def d(f):
    REG = [f]
    return f
@d
def p():
    BODY
@app.get("/")
async def r():
    p()
#: class decorator instance
class D:
    def __init__(self, f):
        self.f = f
    def __call__(self, *a):
        return self.f(*a)
@D
def p():
    BODY
@app.get("/")
async def r():
    p()
#: async decorator
def d(f):
    @functools.wraps(f)
    async def w(*a, **k):
        return await f(*a, **k)
    return w
@d
async def p():
    BODY
@app.get("/")
async def r():
    await p()
#: async decorator that blocks
def d(f):
    @functools.wraps(f)
    async def w(*a, **k):
        BODY
        return await f(*a, **k)
    return w
@d
async def p(): ...
@app.get("/")
async def r():
    await p()
#: decorated method
def d(f):
    @functools.wraps(f)
    def w(self, *a, **k):
        return f(self, *a, **k)
    return w
class S:
    @d
    def p(self):
        BODY
@app.get("/")
async def r():
    S().p()
#: two decorators
def d(f):
    @functools.wraps(f)
    def w(*a, **k):
        return f(*a, **k)
    return w
@d
@d
def p():
    BODY
@app.get("/")
async def r():
    p()
#: optional-arg decorator
def d(f=None, *, n=1):
    def o(f):
        @functools.wraps(f)
        def w(*a, **k):
            return f(*a, **k)
        return w
    return o(f) if f else o
@d
def p():
    BODY
@app.get("/")
async def r():
    p()
#: optional-arg decorator called
def d(f=None, *, n=1):
    def o(f):
        @functools.wraps(f)
        def w(*a, **k):
            return f(*a, **k)
        return w
    return o(f) if f else o
@d(n=2)
def p():
    BODY
@app.get("/")
async def r():
    p()
#: lru_cache
@functools.lru_cache
def p(x):
    BODY
@app.get("/")
async def r():
    p(1)
#: nested
@app.get("/")
async def r():
    def p():
        BODY
    p()
#: nested async
@app.get("/")
async def r():
    async def p():
        BODY
    await p()
#: nested in helper
def o():
    def p():
        BODY
    p()
@app.get("/")
async def r():
    o()
#: closure returned then called
def o():
    def p():
        BODY
    return p
@app.get("/")
async def r():
    o()()
#: closure var
def o():
    def p():
        BODY
    return p
@app.get("/")
async def r():
    f = o()
    f()
#: lambda
@app.get("/")
async def r():
    f = lambda: BODY
    f()
#: module lambda
f = lambda: BODY
@app.get("/")
async def r():
    f()
#: partial var
def p(x):
    BODY
@app.get("/")
async def r():
    f = partial(p, 1)
    f()
#: partial direct
def p(x):
    BODY
@app.get("/")
async def r():
    partial(p, 1)()
#: module partial
def p(x):
    BODY
f = functools.partial(p, 1)
@app.get("/")
async def r():
    f()
#: partial of partial
def p(x, y):
    BODY
f = partial(partial(p, 1), 2)
@app.get("/")
async def r():
    f()
#: partial attr
def p(x):
    BODY
class S:
    def __init__(self):
        self.f = partial(p, 1)
    def go(self):
        self.f()
@app.get("/")
async def r():
    S().go()
#: list comp
def p(x):
    BODY
@app.get("/")
async def r():
    [p(x) for x in range(3)]
#: dict comp
def p(x):
    BODY
@app.get("/")
async def r():
    {x: p(x) for x in range(3)}
#: set comp cond
def p(x):
    BODY
@app.get("/")
async def r():
    {x for x in range(3) if p(x)}
#: gen in sum
def p(x):
    BODY
    return 1
@app.get("/")
async def r():
    sum(p(x) for x in range(3))
#: gen in join
def p(x):
    BODY
    return ''
@app.get("/")
async def r():
    ','.join(p(x) for x in range(3))
#: gen for
def p(x):
    BODY
@app.get("/")
async def r():
    for y in (p(x) for x in range(3)): ...
#: comp source
def p():
    BODY
    return []
@app.get("/")
async def r():
    [x for x in p()]
#: map list
def p(x):
    BODY
@app.get("/")
async def r():
    list(map(p, [1]))
#: sorted key
def p(x):
    BODY
@app.get("/")
async def r():
    sorted([1], key=p)
#: generator for
def g():
    BODY
    yield 1
@app.get("/")
async def r():
    for x in g(): ...
#: generator next
def g():
    BODY
    yield 1
@app.get("/")
async def r():
    next(g())
#: generator list
def g():
    BODY
    yield 1
@app.get("/")
async def r():
    list(g())
#: generator var
def g():
    BODY
    yield 1
@app.get("/")
async def r():
    x = g()
    for y in x: ...
#: generator unpack
def g():
    BODY
    yield 1
@app.get("/")
async def r():
    [*g()]
#: generator yield from
def h():
    BODY
    yield 1
def g():
    yield from h()
@app.get("/")
async def r():
    for x in g(): ...
#: async generator
async def g():
    BODY
    yield 1
@app.get("/")
async def r():
    async for x in g(): ...
#: async generator comp
async def g():
    BODY
    yield 1
@app.get("/")
async def r():
    [x async for x in g()]
#: async generator anext
async def g():
    BODY
    yield 1
@app.get("/")
async def r():
    await anext(g())
#: async generator var
async def g():
    BODY
    yield 1
@app.get("/")
async def r():
    x = g()
    async for y in x: ...
#: __iter__
class S:
    def __iter__(self):
        BODY
        yield 1
@app.get("/")
async def r():
    for x in S(): ...
#: __iter__ __next__
class S:
    def __iter__(self): return self
    def __next__(self):
        BODY
        raise StopIteration
@app.get("/")
async def r():
    for x in S(): ...
#: __aiter__
class S:
    def __aiter__(self): return self
    async def __anext__(self):
        BODY
        raise StopAsyncIteration
@app.get("/")
async def r():
    async for x in S(): ...
#: __getitem__
class S:
    def __getitem__(self, k):
        BODY
s = S()
@app.get("/")
async def r():
    return s['a']
#: __setitem__
class S:
    def __setitem__(self, k, v):
        BODY
s = S()
@app.get("/")
async def r():
    s['a'] = 1
#: __call__
class S:
    def __call__(self):
        BODY
@app.get("/")
async def r():
    S()()
#: __init__
class S:
    def __init__(self):
        BODY
@app.get("/")
async def r():
    S()
#: __init__ inherited
class B:
    def __init__(self):
        BODY
class S(B): ...
@app.get("/")
async def r():
    S()
#: __init__ super
class B:
    def __init__(self):
        BODY
class S(B):
    def __init__(self):
        super().__init__()
@app.get("/")
async def r():
    S()
#: __post_init__
from dataclasses import dataclass
@dataclass
class S:
    a: int
    def __post_init__(self):
        BODY
@app.get("/")
async def r():
    S(1)
#: model validator construct
class S(BaseModel):
    a: int
    @field_validator('a')
    def v(cls, x):
        BODY
@app.get("/")
async def r():
    S(a=1)
#: singleton
class S:
    def p(self):
        BODY
s = S()
@app.get("/")
async def r():
    s.p()
#: singleton function
class S:
    def p(self):
        BODY
_s = None
def get():
    global _s
    if _s is None:
        _s = S()
    return _s
@app.get("/")
async def r():
    get().p()
#: lru singleton
class S:
    def p(self):
        BODY
@functools.lru_cache
def get():
    return S()
@app.get("/")
async def r():
    get().p()
#: dict dispatch
def p():
    BODY
D = {'a': p}
@app.get("/")
async def r():
    D['a']()
#: dict dispatch get
def p():
    BODY
D = {'a': p}
@app.get("/")
async def r():
    D.get('a')()
#: list dispatch loop
def p():
    BODY
L = [p]
@app.get("/")
async def r():
    for f in L:
        f()
#: callback param
def p():
    BODY
def run(f):
    return f()
@app.get("/")
async def r():
    run(p)
#: callback param lambda
def run(f):
    return f()
@app.get("/")
async def r():
    run(lambda: BODY)
#: callback nested
def run(f):
    return f()
@app.get("/")
async def r():
    def p():
        BODY
    run(p)
#: async helper
async def p():
    BODY
@app.get("/")
async def r():
    await p()
#: async method
class S:
    async def p(self):
        BODY
@app.get("/")
async def r():
    await S().p()
#: coroutine var
async def p():
    BODY
@app.get("/")
async def r():
    c = p()
    await c
#: gather
async def p():
    BODY
@app.get("/")
async def r():
    await asyncio.gather(p(), p())
#: gather star
async def p():
    BODY
@app.get("/")
async def r():
    await asyncio.gather(*[p() for _ in range(3)])
#: wait_for
async def p():
    BODY
@app.get("/")
async def r():
    await asyncio.wait_for(p(), 1)
#: create_task
async def p():
    BODY
@app.get("/")
async def r():
    await asyncio.create_task(p())
#: TaskGroup
async def p():
    BODY
@app.get("/")
async def r():
    async with asyncio.TaskGroup() as tg:
        tg.create_task(p())
#: anyio tg
import anyio
async def p():
    BODY
@app.get("/")
async def r():
    async with anyio.create_task_group() as tg:
        tg.start_soon(p)
#: shield
async def p():
    BODY
@app.get("/")
async def r():
    await asyncio.shield(p())
#: run_coroutine return
async def p():
    BODY
def o():
    return p()
@app.get("/")
async def r():
    await o()
#: add_done_callback
def p(t):
    BODY
async def w(): ...
@app.get("/")
async def r():
    t = asyncio.create_task(w())
    t.add_done_callback(p)
#: if test
def p():
    BODY
@app.get("/")
async def r():
    if p(): ...
#: while test
def p():
    BODY
@app.get("/")
async def r():
    while p(): ...
#: walrus
def p():
    BODY
@app.get("/")
async def r():
    if (x := p()): ...
#: assert
def p():
    BODY
@app.get("/")
async def r():
    assert p()
#: raise
def p():
    BODY
    return ValueError()
@app.get("/")
async def r():
    raise p()
#: raise own
class E(Exception):
    def __init__(self):
        BODY
@app.get("/")
async def r():
    raise E()
#: fstring
def p():
    BODY
@app.get("/")
async def r():
    f'{p()}'
#: default arg
def p():
    BODY
@app.get("/")
async def r():
    def q(a=p()): ...
    q()
#: match
def p():
    BODY
@app.get("/")
async def r():
    match p():
        case _: ...
#: star args
def p():
    BODY
    return []
@app.get("/")
async def r():
    print(*p())
#: kwargs
def p():
    BODY
    return {}
@app.get("/")
async def r():
    dict(**p())
#: return in try finally
def p():
    BODY
@app.get("/")
async def r():
    try: ...
    finally:
        p()
#: slice
def p():
    BODY
    return 1
@app.get("/")
async def r():
    [1][p():]
#: await arg
def p():
    BODY
async def q(x): ...
@app.get("/")
async def r():
    await q(p())
#: to_thread arg
def p():
    BODY
@app.get("/")
async def r():
    await asyncio.to_thread(print, p())
#: type annotated param
class S:
    def p(self):
        BODY
def go(s: S):
    s.p()
@app.get("/")
async def r():
    go(S())
#: protocol single impl
from typing import Protocol
class P(Protocol):
    def p(self): ...
class S:
    def p(self):
        BODY
def get() -> P:
    return S()
@app.get("/")
async def r():
    get().p()
#: singledispatch
@functools.singledispatch
def p(x):
    BODY
@app.get("/")
async def r():
    p(1)
#: from tuple
class S:
    def p(self):
        BODY
def pair():
    return S(), 1
@app.get("/")
async def r():
    s, _ = pair()
    s.p()
#: walrus recv
class S:
    def p(self):
        BODY
@app.get("/")
async def r():
    (s := S()).p()
#: getattr const
class S:
    def p(self):
        BODY
@app.get("/")
async def r():
    getattr(S(), 'p')()
#: alias
def p():
    BODY
q = p
@app.get("/")
async def r():
    q()
#: fluent
class S:
    def a(self): return self
    def p(self):
        BODY
@app.get("/")
async def r():
    S().a().p()
#: functools.reduce
def p(a, b):
    BODY
@app.get("/")
async def r():
    functools.reduce(p, [1, 2])
#: recursion
def p(n):
    BODY
    if n:
        p(n - 1)
@app.get("/")
async def r():
    p(3)
#: dict of instances
class S:
    def p(self):
        BODY
D: dict[str, S] = {"a": S()}
@app.get("/")
async def r():
    D['a'].p()
#: list of instances
class S:
    def p(self):
        BODY
L: list[S] = [S()]
@app.get("/")
async def r():
    for s in L:
        s.p()
#: list comp instances
class S:
    def p(self):
        BODY
@app.get("/")
async def r():
    for s in [S() for _ in range(2)]:
        s.p()
#: nonlocal helper class
def o():
    class S:
        def p(self):
            BODY
    return S()
@app.get("/")
async def r():
    o().p()
"""

HANDED_OVER = """\
#: to_thread
def p():
    BODY
@app.get("/")
async def r():
    await asyncio.to_thread(p)
#: run_in_threadpool
from fastapi.concurrency import run_in_threadpool
def p():
    BODY
@app.get("/")
async def r():
    await run_in_threadpool(p)
#: executor
def p():
    BODY
@app.get("/")
async def r():
    await asyncio.get_running_loop().run_in_executor(None, p)
#: executor lambda
def p():
    BODY
@app.get("/")
async def r():
    await asyncio.get_running_loop().run_in_executor(None, lambda: p())
#: executor partial
def p(x):
    BODY
@app.get("/")
async def r():
    await asyncio.get_running_loop().run_in_executor(None, partial(p, 1))
#: pool submit
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor()
def p():
    BODY
@app.get("/")
async def r():
    pool.submit(p)
#: thread
import threading
def p():
    BODY
@app.get("/")
async def r():
    threading.Thread(target=p).start()
#: thread subclass
import threading
class T(threading.Thread):
    def run(self):
        BODY
@app.get("/")
async def r():
    T().start()
#: anyio
import anyio
def p():
    BODY
@app.get("/")
async def r():
    await anyio.to_thread.run_sync(p)
#: own offloader
async def off(f, *a):
    return await asyncio.to_thread(f, *a)
def p():
    BODY
@app.get("/")
async def r():
    await off(p)
#: own offloader decorator
def off(f):
    @functools.wraps(f)
    async def w(*a):
        return await asyncio.to_thread(f, *a)
    return w
@off
def p():
    BODY
@app.get("/")
async def r():
    await p()
#: uncalled
def p():
    BODY
@app.get("/")
async def r():
    f = p
#: partial uncalled
def p(x):
    BODY
@app.get("/")
async def r():
    f = partial(p, 1)
#: gen not iterated
def p():
    BODY
    yield 1
@app.get("/")
async def r():
    g = p()
#: nested not called
@app.get("/")
async def r():
    def p():
        BODY
    return p
#: lambda not called
@app.get("/")
async def r():
    return lambda: BODY
#: nested to thread
@app.get("/")
async def r():
    def p():
        BODY
    await asyncio.to_thread(p)
#: bound method to thread
class S:
    def p(self):
        BODY
@app.get("/")
async def r():
    await asyncio.to_thread(S().p)
#: bg task def
def p():
    BODY
@app.get("/")
async def r():
    t = BackgroundTasks()
    t.add_task(p)
#: other class same method
class S:
    def p(self): ...
class Z:
    def p(self):
        BODY
@app.get("/")
async def r():
    S().p()
#: override not blocking
class B:
    def p(self):
        BODY
class S(B):
    def p(self): ...
@app.get("/")
async def r():
    S().p()
#: asyncio.sleep
@app.get("/")
async def r():
    await asyncio.sleep(1)
#: coroutine not run here
async def p():
    BODY
@app.get("/")
async def r():
    f = p
#: property not read
class S:
    @property
    def p(self):
        BODY
@app.get("/")
async def r():
    S()
#: executor submit lambda
from concurrent.futures import ThreadPoolExecutor
def p():
    BODY
@app.get("/")
async def r():
    ThreadPoolExecutor().submit(lambda: p())
#: loop.run_in_executor in helper
def p():
    BODY
async def h():
    loop = asyncio.get_event_loop()
    return await loop.run_in_executor(None, p)
@app.get("/")
async def r():
    await h()
"""
