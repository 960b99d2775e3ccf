"""What rules can ask for by type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fastlint.model.bound import BoundConnection, bound_connections
from fastlint.model.cached import Cached, cached
from fastlint.model.checkouts import Checkout, checkouts
from fastlint.model.conflicts import MarkerConflict, marker_conflicts
from fastlint.model.contexts import LostContext, lost_contexts
from fastlint.model.controlled import ClientControlled, client_controlled
from fastlint.model.coroutines import Unawaited, unawaited, unawaited_in
from fastlint.model.dependencies import Dependency
from fastlint.model.directcalls import DirectCall, direct_calls
from fastlint.model.dropped import DroppedTask, dropped_tasks
from fastlint.model.endpoints import Endpoint, MountPoint, endpoints, mount_points
from fastlint.model.environment import (
    InjectedSettings,
    SettingsOfRequest,
    injected_settings,
    settings_of_requests,
)
from fastlint.model.events import EventHandler, IgnoredLifespan
from fastlint.model.handlers import Handler
from fastlint.model.hooks import Middleware
from fastlint.model.injections import Injection
from fastlint.model.intercepting import Interception, interceptions, interceptions_in
from fastlint.model.leaks import LeakedOverride, leaked_overrides
from fastlint.model.lifetimes import Outlived, outlived
from fastlint.model.locks import HeldLock, held_locks, held_locks_in
from fastlint.model.loop import LoopCall
from fastlint.model.marked import MarkedSignature, marked_signatures
from fastlint.model.needcycles import DependencyCycle, dependency_cycles
from fastlint.model.overrides import Override
from fastlint.model.ownloops import OwnLoop, own_loops, own_loops_in
from fastlint.model.permissions import EmptyScopes, UncheckedScopes, empty_scopes, unchecked_scopes
from fastlint.model.perrequest import ClientPerRequest, clients_in, clients_per_request
from fastlint.model.plainhandlers import PlainHandler, plain_handlers
from fastlint.model.project import Project
from fastlint.model.quiet import Question
from fastlint.model.registries import ThreadSession, thread_sessions, thread_sessions_in
from fastlint.model.reruns import Rerun, reruns
from fastlint.model.routelistings import DiscardedSchema, RouteListing, discarded_schemas, route_listings
from fastlint.model.routers import Include, Router
from fastlint.model.routing import Route
from fastlint.model.sharedstate import SharedState, shared_state
from fastlint.model.table import ShadowedRoute, shadowed_routes
from fastlint.model.unbound import UnboundName, unbound_names
from fastlint.model.uncaught import Uncaught, uncaught
from fastlint.model.unchecked import UncheckedScheme, unchecked_schemes
from fastlint.model.uncovered import Uncovered, uncovered
from fastlint.model.undetected import Undetected, undetected
from fastlint.model.unrun import Unrun, unrun
from fastlint.model.v1calls import V1Call, v1_calls
from fastlint.model.v1configs import V1Config, v1_configs
from fastlint.model.v1fields import V1Field, v1_fields
from fastlint.model.v1validators import V1Validator, v1_validators
from fastlint.model.wsrequests import WebsocketRequest, websocket_requests

SUBJECTS: dict[type, Callable[[Project], Iterable[Any]]] = {
    Route: lambda project: project.application.routes,
    Endpoint: endpoints,
    MountPoint: mount_points,
    Router: lambda project: project.application.routers,
    Include: lambda project: project.application.includes,
    ShadowedRoute: shadowed_routes,
    RouteListing: route_listings,
    DiscardedSchema: discarded_schemas,
    EventHandler: lambda project: project.events.handlers,
    IgnoredLifespan: lambda project: project.events.ignored_lifespans,
    Middleware: lambda project: project.hooks.middleware,
    Injection: lambda project: project.dependencies.injections,
    Dependency: lambda project: project.dependencies.dependencies,
    Handler: lambda project: project.dependencies.handlers,
    InjectedSettings: injected_settings,
    SettingsOfRequest: settings_of_requests,
    ClientControlled: client_controlled,
    ClientPerRequest: clients_per_request,
    SharedState: shared_state,
    MarkerConflict: marker_conflicts,
    DirectCall: direct_calls,
    MarkedSignature: marked_signatures,
    Override: lambda project: project.dependencies.overrides,
    LeakedOverride: leaked_overrides,
    UnboundName: unbound_names,
    UncheckedScheme: unchecked_schemes,
    UncheckedScopes: unchecked_scopes,
    EmptyScopes: empty_scopes,
    Rerun: reruns,
    WebsocketRequest: websocket_requests,
    Outlived: outlived,
    DependencyCycle: dependency_cycles,
    Uncovered: uncovered,
    Uncaught: uncaught,
    LoopCall: lambda project: project.loop.calls,
    Unawaited: unawaited,
    OwnLoop: own_loops,
    HeldLock: held_locks,
    Checkout: checkouts,
    BoundConnection: bound_connections,
    ThreadSession: thread_sessions,
    Unrun: unrun,
    LostContext: lost_contexts,
    Undetected: undetected,
    DroppedTask: dropped_tasks,
    Cached: cached,
    PlainHandler: plain_handlers,
    Project: lambda project: (project,),
    V1Call: v1_calls,
    V1Config: v1_configs,
    V1Field: v1_fields,
    V1Validator: v1_validators,
    Interception: interceptions,
}

QUESTIONS: dict[str, Question] = {
    "unawaited": lambda function, answers: tuple(unawaited_in(function, answers)),
    "own loops": lambda function, answers: tuple(own_loops_in(function)),
    "interceptions": lambda function, answers: tuple(interceptions_in(function)),
    "clients": lambda function, answers: tuple(clients_in(function)),
    "held locks": lambda function, answers: tuple(held_locks_in(function)),
    "thread sessions": lambda function, answers: tuple(thread_sessions_in(function)),
}
"""What is asked of single functions."""
