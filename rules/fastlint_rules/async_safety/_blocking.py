"""What the blocking rules share: one finding for each call on the loop that their entries speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fastlint.api import Diagnostic, FixRequest, LoopCall, Rule, syntax

Way = Callable[[LoopCall], "FixRequest | None"]

AROUND_HANDLERS = {
    "validator": (
        "do this in the body of a `def` route or dependency, which a thread runs: what these take is "
        "validated on the event loop"
    ),
    "serializer": (
        "do this in the body of a `def` route, which a thread runs, and return the outcome: responses are "
        "serialised on the event loop"
    ),
    "response class": (
        "do this in the body of a `def` route, which a thread runs, and return the outcome: responses are "
        "rendered on the event loop"
    ),
    "response validator": "make the route a `def`: a thread validates what such a route returns",
}
"""What helps where no handler of whatever kind would."""

SHIELDED = (
    " inside `with anyio.CancelScope(shield=True):`, as a cancelled request goes no further than the first "
    "`await` here"
)
IN_ONE_THREAD = "do all that belongs to the same thread in one function that is handed to `run_in_threadpool`"


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
    does = _does(call)
    if call.blocking.raises:
        effect = f"raises {call.blocking.raises}"
        end = " on the event loop, where every other request would wait"
    else:
        effect, end = "stops the event loop", ", and every other request waits with it"
    if call.is_direct:
        return f"`{_named(call)}` {effect}{f': it {does}' if does else ''}{end}"
    more = len(call.again)
    again = {0: "", 1: ", here and once more below"}.get(more, f", here and in {more} more places below")
    called = "This call" if call.use.text in UNNAMED else f"`{call.use.text}`"
    reached = f"it reaches `{_named(call)}`{f', which {does}' if does else ''}"
    return f"{called} {effect}{again}: {reached}{end}"


UNNAMED = ("...()", "lambda: ...()")
"""How what is called where it is made reads."""


def _does(call: LoopCall) -> str:
    if call.blocking.lasts is None:
        return call.blocking.does or "blocks"
    if call.seconds is None:
        return ""
    return f"{call.blocking.does} for {call.seconds:g} second{'' if call.seconds == 1 else 's'}"


def _named(call: LoopCall) -> str:
    """The real name of what blocks, or how the code spells it where that is longer or no name."""
    last = call.last.call
    how = call.steps[-1][1].how if call.steps else call.how
    is_no_name = call.name.startswith("builtins.") or call.name.endswith("__")
    if how in ("enters", "iterates"):
        return last.text()
    if is_no_name or (call.is_direct and call.name.count(".") >= 3):
        return last.text() if last.func.is_call else last.func.text()
    return call.name


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
    if call.root.role in AROUND_HANDLERS:
        advice.append(AROUND_HANDLERS[call.root.role])
    elif call.root.role == "generator route" and call.root.function.scope is call.function:
        advice.append("give the generator to a `StreamingResponse`: a thread goes through it")
    elif call.blocking.thread and not _is_replaced(call):
        advice.append(f"{_in_a_thread(call)}{SHIELDED if call.may_be_cancelled else ''}")
    if call.torn and call.is_torn_for_all and advice:
        return (
            f"{', or '.join(advice)}: others run meanwhile, so hold an `asyncio.Lock` "
            f"from where `{call.torn}` is read to where it is changed"
        )
    if _could_be_def(call):
        advice.append(f"make `{call.function.name}` a `def` route")
    return ", or ".join(advice) or instead or IN_ONE_THREAD


def _is_replaced(call: LoopCall) -> bool:
    """Whether what to use instead is better than a thread in every way."""
    is_pool = call.how == "enters" and call.blocking.rule == "blocking-wait"
    return call.is_direct and (is_pool or call.blocking.rule == "blocking-sleep")


def _in_a_thread(call: LoopCall) -> str:
    """How all that blocks gets to a thread: what a generator does, it does where it is gone through."""
    if not call.function.node.is_async or call.how in ("hands", "uses"):
        return f"do this in a function that is handed to {_handing(call)}"
    if call.how == "enters":
        return f"`async with contextmanager_in_threadpool({call.call.text()})`"
    if call.how == "reads":
        return _awaited(call, f"lambda: {call.call.text()}", "")
    if call.how == "iterates" and call.is_direct:
        return f"go through it in a function that is handed to {_handing(call)}"
    if call.how == "iterates":
        return f"`async for` over `iterate_in_threadpool({call.call.text()})`"
    if call.whole:
        return f"do {call.whole} in a function that is handed to {_handing(call)}"
    if any(isinstance(each, syntax.Await) for each in syntax.walk(call.call.func.node)):
        return f"do all of it in one function that is handed to {_handing(call)}"
    return _awaited(call, call.call.func.text(), "..." if call.call.has_arguments else "")


def _handing(call: LoopCall) -> str:
    """What hands something to a thread, for a text."""
    return f"`{_runner(call)}`"


def _runner(call: LoopCall) -> str:
    """What hands something to a thread, as the fix writes it."""
    return call.runner if call.runner == "asyncio.to_thread" else call.runner.rpartition(".")[2]


def _awaited(call: LoopCall, function: str, arguments: str) -> str:
    runner = _runner(call)
    if runner == "sync_to_async":
        return f"`await {runner}({function})({arguments})`"
    return f"`await {runner}({', '.join(filter(None, (function, arguments)))})`"


def _could_be_def(call: LoopCall) -> bool:
    return call.is_of_http_route and call.function.node.is_async and not call.awaits
