"""Functions that run once for an application, before its requests: what they make is for all of these."""

from __future__ import annotations

from fastlint.model.scopes import FunctionScope

APPS = ("fastapi.FastAPI", "starlette.applications.Starlette")


def sets_up(scope: FunctionScope) -> bool:
    """Whether a function makes an app, or is a lifespan or a start-up handler of one."""
    hooks = scope.project.hooks
    return (
        _makes_an_app(scope)
        or any(each.scope is scope for each in hooks.startups())
        or any(each.role == "lifespan" and each.function.scope is scope for each in hooks.hooks)
    )


def _makes_an_app(scope: FunctionScope) -> bool:
    return any(
        each.site is not None and each.site.scope is scope and scope.project.application.is_app(each)
        for each in scope.project.application.made
    )
