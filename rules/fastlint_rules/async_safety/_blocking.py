"""What the blocking rules share: one finding for each call on the loop that their entries speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fastlint.api import Diagnostic, FixRequest, LoopCall, Rule, syntax

Way = Callable[[LoopCall], "FixRequest | None"]

BESIDE_ROUTES = ("validator", "serializer", "response class")


def report(rule: Rule, call: LoopCall, *ways: Way, advice: str = "") -> Iterator[Diagnostic]:
    """The finding, if this call is one that the rule speaks of; `advice` is given in place of the usual.

    The first of the `ways` to mend it that there is becomes its fix, the others are choices.
    """
    if call.blocking.rule != rule.name:
        return
    requests = [request for way in ways if (request := way(call)) is not None]
    yield rule.report(
        call,
        _message(call),
        help=advice or _help(call),
        trace=call.trace,
        fix=requests[0] if requests else None,
        choices=requests[1:],
    )


def _message(call: LoopCall) -> str:
    does = call.blocking.does or "blocks"
    if call.is_direct:
        return f"`{_shown(call)}` stops the event loop: it {does}, and every other request waits with it"
    more = len(call.again)
    again = {0: "", 1: ", here and once more below"}.get(more, f", here and {more} times more")
    entered = f"{call.call.func.text()}()" if call.call.is_call else call.call.text()
    return (
        f"`{entered}` stops the event loop{again}: it reaches `{call.name}`, "
        f"which {does}, and every other request waits with it"
    )


def _shown(call: LoopCall) -> str:
    """Its real name, or how the code spells it where that is longer."""
    if call.how in ("enters", "iterates"):
        return call.call.text()
    return call.name if call.name.count(".") < 3 else call.call.func.text()


def _help(call: LoopCall) -> str:
    advice: list[str] = []
    handing = call.meant_for
    if handing is not None:
        handed, name = handing.func.text(), call.call.func.text()
        return f"give `{handed}` the function `{name}` itself, and its arguments beside it"
    if call.how == "schedules":
        return "have a thread do it: `run_in_executor(None, ...)`"
    instead = f"use {call.blocking.instead}" if call.is_direct and call.blocking.instead else ""
    if instead and call.function.node.is_async:
        advice.append(instead)
    if call.root.role in BESIDE_ROUTES:
        advice.append("do this in a `def` route, which runs in a thread")
    elif call.root.role == "generator route" and call.root.function.scope is call.function:
        advice.append("give the generator to a `StreamingResponse`: a thread goes through it")
    elif call.blocking.thread and not _is_replaced(call):
        advice.append(_in_a_thread(call))
    if call.torn and advice:
        return (
            f"{', or '.join(advice)}: others run meanwhile, so hold an `asyncio.Lock` "
            f"from where `{call.torn}` is read to where it is changed"
        )
    if _could_be_def(call):
        advice.append(f"make `{call.function.name}` a `def` route")
    return ", or ".join(advice) or instead


def _is_replaced(call: LoopCall) -> bool:
    """Whether what to use instead is better than a thread in every way."""
    is_pool = call.how == "enters" and call.blocking.rule == "blocking-wait"
    return call.is_direct and (is_pool or call.blocking.rule == "blocking-sleep")


def _in_a_thread(call: LoopCall) -> str:
    """How all that blocks gets to a thread: what a generator does, it does where it is gone through."""
    if not call.function.node.is_async or call.how in ("hands", "uses"):
        return f"do this in a function that is handed to `{_runner(call)}`"
    if call.how == "enters":
        return f"`async with contextmanager_in_threadpool({call.call.text()})`"
    if call.how == "reads":
        read = f"lambda: {call.call.text()}"
        is_wrapping = _runner(call) == "sync_to_async"
        return f"`await sync_to_async({read})()`" if is_wrapping else f"`await {_runner(call)}({read})`"
    if call.how == "iterates" and call.is_direct:
        return f"go through it in a function that is handed to `{_runner(call)}`"
    if call.how == "iterates":
        return f"`async for` over `iterate_in_threadpool({call.call.text()})`"
    if call.whole:
        return f"do {call.whole} in a function that is handed to `{_runner(call)}`"
    if any(isinstance(each, syntax.Await) for each in syntax.walk(call.call.func.node)):
        return f"do all of it in one function that is handed to `{_runner(call)}`"
    function, given = call.call.func.text(), "..." if call.call.args or call.call.keywords else ""
    if _runner(call) == "sync_to_async":
        return f"`await sync_to_async({function})({given})`"
    return f"`await {_runner(call)}({', '.join(filter(None, (function, given)))})`"


def _runner(call: LoopCall) -> str:
    """How the fix spells what hands a call to a thread."""
    return call.runner if call.runner == "asyncio.to_thread" else call.runner.rpartition(".")[2]


def _could_be_def(call: LoopCall) -> bool:
    return call.is_of_http_route and call.function.node.is_async and not call.awaits
