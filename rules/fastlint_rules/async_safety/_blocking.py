"""What the blocking rules share: one finding for each call on the loop that their entries speak of."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, FixRequest, LoopCall, Rule


def report(rule: Rule, call: LoopCall, fix: FixRequest | None = None) -> Iterator[Diagnostic]:
    """The finding, if this call is one that the rule speaks of."""
    if call.blocking.rule != rule.name:
        return
    yield rule.report(call, _message(call), help=_help(call), trace=call.trace, fix=fix)


def _message(call: LoopCall) -> str:
    does = call.blocking.does or "blocks"
    if call.is_direct:
        return f"`{_shown(call)}` stops the event loop: it {does}, and every other request waits with it"
    again = {0: "", 1: ", here and once more below"}.get(
        call.repeats, f", here and {call.repeats} times more"
    )
    return (
        f"`{call.call.func.text()}()` stops the event loop{again}: it reaches `{call.name}`, "
        f"which {does}, and every other request waits with it"
    )


def _shown(call: LoopCall) -> str:
    """Its real name, or how the code spells it where that is longer."""
    return call.name if call.name.count(".") < 3 else call.call.func.text()


def _help(call: LoopCall) -> str:
    advice: list[str] = []
    if call.is_direct and call.blocking.instead:
        advice.append(f"use {call.blocking.instead}")
    if not call.function.node.is_async:
        advice.append("do this in the route, which runs in a thread")
    elif call.blocking.thread and (call.blocking.rule != "blocking-sleep" or not call.is_direct):
        advice.append(f"`await run_in_threadpool({call.call.func.text()}, ...)`")
    if _could_be_def(call):
        advice.append(f"make `{call.function.name}` a `def` route")
    return ", or ".join(advice)


def _could_be_def(call: LoopCall) -> bool:
    root = call.root
    is_route = root.role.startswith("route") and root.function.scope is call.function and root.is_plain
    return is_route and call.function.node.is_async and not call.awaits
