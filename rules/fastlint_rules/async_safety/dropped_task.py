"""A task is started and nobody keeps it, so it can be collected before it is done.

`asyncio.create_task` gives the only strong reference to the task. The event loop itself holds tasks weakly.

## Why

While the task waits for something that only it refers to, the garbage collector is free to take both: the
job is gone in the middle, with no more than "Task was destroyed but it is pending!" in the log. It depends on
what the job waits for and on when the collector runs, so it happens under load and not on the developer's
machine.

What such a job raises reaches nobody either. The request was answered with 200, no error handler of the
application is called, and "Task exception was never retrieved" is logged whenever the task happens to be
collected. Keeping the task does not change that: have the job catch and log what can go wrong, or ask for
`task.exception()` in the callback.

## Bad

```python
import asyncio

from fastapi import FastAPI

app = FastAPI()
done: list[str] = []


async def send_receipt(address: str) -> None:
    await asyncio.sleep(0.01)
    done.append(address)


@app.post("/orders")
async def create_order(address: str) -> dict[str, str]:
    asyncio.create_task(send_receipt(address))
    return {"status": "created"}
```

## Good

```python
import asyncio

from fastapi import FastAPI

app = FastAPI()
done: list[str] = []
background_tasks: set[asyncio.Task[object]] = set()


async def send_receipt(address: str) -> None:
    await asyncio.sleep(0.01)
    done.append(address)


@app.post("/orders")
async def create_order(address: str) -> dict[str, str]:
    task = asyncio.create_task(send_receipt(address))
    background_tasks.add(task)
    task.add_done_callback(background_tasks.discard)
    return {"status": "created"}
```

What a request starts and its client need not wait for is what `BackgroundTasks` are for: the framework keeps
and awaits them, and what they raise is logged as an error of the request.

## When it is fine

A task that is kept in an attribute, a collection or a variable that lives as long as it, that is awaited,
gathered or returned to a caller who keeps it, or that has a done callback; a `TaskGroup`, which keeps its
tasks itself. A coroutine function without an `await`: it is done in one step, for which the loop holds it.

In a `def` route or dependency `asyncio.create_task` raises `RuntimeError`: those run in a thread, and no
event loop runs there. That is reported as what it is, where nothing else calls the function.

The fix uses a set of the module that keeps tasks already, or adds one. It is safe: the task does what it did,
and lives until it is done.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, DroppedTask, Edit, Project, Rule, Safety, Severity, Step, cst

rule = Rule(
    __name__,
    code="FL113",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task",
)


@rule.on(DroppedTask)
def check(task: DroppedTask, project: Project) -> Iterator[Diagnostic]:
    if task.can_only_raise:
        yield rule.report(
            task,
            f"`{task.call.func.text()}` can only raise `RuntimeError` here: no event loop runs in the thread "
            f"that runs the `def`",
            help=_thread_help(task),
            trace=_trace(task),
            severity=Severity.ERROR,
        )
        return
    what = f"the task of `{task.work}()`" if task.work else "the task"
    dropped = f"nothing reads `{task.name}`, so nobody keeps {what}" if task.name else f"nobody keeps {what}"
    yield rule.report(
        task,
        f"{dropped}: the event loop holds it weakly, and it can be collected before it is done",
        help=_help(task),
        trace=_trace(task),
        fix=None if task.name else keep_the_task.at(task, kept=" ".join(task.keepers)),
    )


@rule.fix("Keep it until it is done", Safety.SAFE)
def keep_the_task(call: cst.Call, edit: Edit) -> cst.Call:
    statement, line, *around = edit.ancestors(call)
    if not isinstance(statement, cst.Expr) or not isinstance(line, cst.SimpleStatementLine):
        raise edit.refuse("it is no statement of its own")
    if len(line.body) > 1:
        raise edit.refuse("other statements are on its line")
    kept = (name for name in edit.params["kept"].split() if edit.means_module(name))
    keeper = next(kept, "") or _new_keeper(around[-2], edit)
    task = edit.free_name("task", "background_task")
    target = cst.AssignTarget(cst.Name(task))
    edit.replace(statement, cst.Assign([target], call, semicolon=statement.semicolon))
    edit.insert_after(call, f"{keeper}.add({task})\n{task}.add_done_callback({keeper}.discard)")
    return call


def _new_keeper(statement: cst.CSTNode, edit: Edit) -> str:
    """The name of a new set of the module. One is enough: further tasks of the file wait for it."""
    keeper = edit.free_name_of_module("background_tasks", "running_tasks", "unfinished_tasks")
    cls = edit.code(edit.name("asyncio.Task", prefer="module", at=statement))
    edit.define_for_module(f"{keeper}: set[{cls}[object]] = set()")
    return keeper


def _trace(task: DroppedTask) -> list[Step]:
    return [] if task.maker is None else [Step(f"{task.maker.label}() starts it", task.maker.place)]


def _thread_help(task: DroppedTask) -> str:
    function = task.function
    name = "it" if function is None else f"`{function.name}`"
    return f"make {name} an `async def` and keep the task, or give the work to `BackgroundTasks`"


def _help(task: DroppedTask) -> str:
    name = task.name if task.name.strip("_") else "task"
    return (
        f"keep it until it is done, in a `set` of the module: `tasks.add({name})` and "
        f"`{name}.add_done_callback(tasks.discard)`"
    )
