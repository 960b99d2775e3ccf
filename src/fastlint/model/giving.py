"""What functions of the standard library give, by what they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.values import External, Instance, Value, Values

if TYPE_CHECKING:
    from fastlint.model.inference import Inference

MOST_ITEMS = 8

Giving = Callable[["Inference", Expression], Values]


def _argument(site: Expression, position: int = 0) -> Values:
    args = site.args
    return args[position].values() if position < len(args) else ()


def _distinct(values: Iterable[Value]) -> Values:
    return tuple(islice(dict.fromkeys(values), MOST_ITEMS))


def _collection(kind: str, *args: Values) -> Values:
    """A collection of which something is known, else nothing."""
    return (Instance(External(f"builtins.{kind}"), args=args),) if any(args) else ()


def _getattr(inference: Inference, site: Expression) -> Values:
    name = site.args[1].string() if len(site.args) > 1 else None
    if name is None or not name.isidentifier():
        return ()
    return (*inference.classes.attributes(_argument(site), name), *_argument(site, 2))


def _items(inference: Inference, site: Expression, position: int = 0) -> Values:
    return _distinct(inference.calling.iterated(_argument(site, position)))


def _list(inference: Inference, site: Expression) -> Values:
    return _collection("list", _items(inference, site))


def _filtered(inference: Inference, site: Expression) -> Values:
    return _collection("list", _items(inference, site, 1))


def _enumerated(inference: Inference, site: Expression) -> Values:
    return _collection("list", _collection("tuple", (), _items(inference, site)))


def _zipped(inference: Inference, site: Expression) -> Values:
    parts = (_items(inference, site, position) for position in range(len(site.args)))
    return _collection("list", _collection("tuple", *parts))


def _called(inference: Inference, site: Expression) -> Values:
    """What the function that is the first argument gives: `to_thread(function, ...)`."""
    return _distinct(result for value in _argument(site) for result in inference.calling.call(value, None))


def _mapped(inference: Inference, site: Expression) -> Values:
    return _collection("list", _called(inference, site))


def _default_dict(inference: Inference, site: Expression) -> Values:
    return _collection("dict", (), _called(inference, site))


def _entered(inference: Inference, site: Expression) -> Values:
    return tuple(inference.calling.entered(_argument(site)))


def _awaited(inference: Inference, site: Expression) -> Values:
    return tuple(inference.calling.awaited(_argument(site)))


def _task(inference: Inference, site: Expression) -> Values:
    results = _awaited(inference, site)
    return (Instance(External("asyncio.Task"), site, (results,)),) if results else ()


def _gathered(inference: Inference, site: Expression) -> Values:
    args = site.args
    if len(args) == 1 and isinstance(args[0].node, syntax.Starred):
        items = tuple(inference.calling.iterated(args[0].at(args[0].node.value).values()))
        results = _collection("list", _distinct(inference.calling.awaited(items)))
    else:
        results = _collection(
            "tuple", *(_distinct(inference.calling.awaited(each.values())) for each in args)
        )
    return (Instance(External("asyncio.Future"), site, (results,)),) if results else ()


GIVING: dict[str, Giving] = {
    "builtins.getattr": _getattr,
    "builtins.list": _list,
    "builtins.tuple": _list,
    "builtins.set": _list,
    "builtins.frozenset": _list,
    "builtins.sorted": _list,
    "builtins.reversed": _list,
    "builtins.iter": _list,
    "builtins.next": _items,
    "builtins.filter": _filtered,
    "builtins.map": _mapped,
    "builtins.enumerate": _enumerated,
    "builtins.zip": _zipped,
    "random.choice": _items,
    "collections.defaultdict": _default_dict,
    "contextlib.ExitStack.enter_context": _entered,
    "contextlib.AsyncExitStack.enter_context": _entered,
    "contextlib.AsyncExitStack.enter_async_context": _entered,
    "asyncio.create_task": _task,
    "asyncio.ensure_future": _task,
    "asyncio.shield": _task,
    "asyncio.gather": _gathered,
    "asyncio.wait_for": _awaited,
    "asyncio.to_thread": _called,
    "starlette.concurrency.run_in_threadpool": _called,
    "anyio.to_thread.run_sync": _called,
}
"""By dotted name; () stands for the usual answer, an object of an unknown class."""
