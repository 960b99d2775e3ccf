"""Everything that a rule may import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastlint.diagnostic import Diagnostic, FixRequest, Place, Safety, Severity, Span, Step
from fastlint.fixing.edit import Edit
from fastlint.index import syntax
from fastlint.model import defaults
from fastlint.model.behind import returned_by
from fastlint.model.bound import BoundConnection
from fastlint.model.cached import Cached
from fastlint.model.callables import all_callable, gives_callable, is_callable, may_be
from fastlint.model.checkouts import Checkout
from fastlint.model.closing import Closed, closed, is_called_or_handed_on
from fastlint.model.conflicts import Marker, MarkerConflict
from fastlint.model.contexts import LostContext
from fastlint.model.controlled import ClientControlled
from fastlint.model.conversion import Conversion
from fastlint.model.coroutines import Unawaited
from fastlint.model.decorators import is_as_written
from fastlint.model.dependencies import Dependency
from fastlint.model.directcalls import DirectCall
from fastlint.model.dropped import DroppedTask
from fastlint.model.endpoints import Endpoint, MountPoint
from fastlint.model.environment import InjectedSettings, SettingsOfRequest
from fastlint.model.environment import made_anew as settings_made_anew
from fastlint.model.environment import reads_file as reads_env_file
from fastlint.model.escaping import Rejection
from fastlint.model.evaluable import is_evaluable, keeps_annotations_as_text
from fastlint.model.events import EventHandler, IgnoredLifespan
from fastlint.model.expression import Expression, spelled
from fastlint.model.fields import Field
from fastlint.model.handlers import Handler, HandlerParameter
from fastlint.model.handling import Ending
from fastlint.model.hooks import Middleware
from fastlint.model.injections import Injection, hidden_injections, injection_of_type
from fastlint.model.intercepting import Interception
from fastlint.model.late import LateWork, late_work
from fastlint.model.latebinding import LateReading, late_readings
from fastlint.model.leaks import LeakedOverride
from fastlint.model.lifetimes import Outlived, ends_late, ends_late_together, needed_longer
from fastlint.model.locks import HeldLock
from fastlint.model.lookup import is_passed_by_fastapi
from fastlint.model.loop import LoopCall
from fastlint.model.marked import Caller, MarkedSignature
from fastlint.model.markers import MARKERS, allows_none, union_parts
from fastlint.model.misfits import Misfit, misfit
from fastlint.model.mocks import is_mock, is_session_maker
from fastlint.model.mounts import Mount
from fastlint.model.moving import obstacle
from fastlint.model.needcycles import DependencyCycle
from fastlint.model.opening import Opened, opened
from fastlint.model.outside import ImportedName, calls_of, import_behind, imports_of, uses_of
from fastlint.model.overrides import Override
from fastlint.model.ownloops import OwnLoop
from fastlint.model.permissions import EmptyScopes, UncheckedScopes
from fastlint.model.perrequest import ClientPerRequest
from fastlint.model.plainhandlers import PlainHandler
from fastlint.model.products import product_of, required
from fastlint.model.project import Project
from fastlint.model.provided import is_annotated_as_item
from fastlint.model.reads import reads
from fastlint.model.registries import ThreadSession
from fastlint.model.rejecting import may_reject
from fastlint.model.releasing import Release, is_release_alone, releases
from fastlint.model.reruns import Rerun
from fastlint.model.responses import response_status, status_code
from fastlint.model.retargeting import Retarget, retarget
from fastlint.model.returns import Returned, returned
from fastlint.model.routelistings import DiscardedSchema, RouteListing
from fastlint.model.routers import Include, Router
from fastlint.model.routing import Route
from fastlint.model.sametype import is_same_type
from fastlint.model.schemas import Schema
from fastlint.model.scopes import FunctionScope
from fastlint.model.sent import Carried, Way
from fastlint.model.shapes import Part, Shape
from fastlint.model.sharedstate import SharedState
from fastlint.model.streamed import streams
from fastlint.model.suites import is_test as is_of_tests
from fastlint.model.table import ShadowedRoute
from fastlint.model.threadcalls import ThreadCall
from fastlint.model.unbound import UnboundName
from fastlint.model.uncaught import Uncaught
from fastlint.model.unchecked import UncheckedScheme
from fastlint.model.uncovered import Uncovered
from fastlint.model.undetected import Undetected
from fastlint.model.unentered import enters, is_taken_as_entered, manager_decorator, returns_manager
from fastlint.model.unrun import Unrun
from fastlint.model.v1calls import V1Call
from fastlint.model.v1configs import V1Config
from fastlint.model.v1fields import V1Field
from fastlint.model.v1validators import V1Validator
from fastlint.model.values import (
    ClassValue,
    Coroutine,
    External,
    FunctionValue,
    Instance,
    Literal,
    Manager,
    Partial,
    Stream,
    TypeForm,
    Value,
)
from fastlint.model.wsrequests import WebsocketRequest
from fastlint.model.yielding import Pause, Swallow, is_plain, pauses, swallows
from fastlint.rule import Codemod, Rule

if TYPE_CHECKING:
    import libcst as cst
else:
    from fastlint.lazy import lazy

    cst = lazy("libcst")
    Edit = object  # rules only name it, in annotations

__all__ = [
    "MARKERS",
    "BoundConnection",
    "Cached",
    "Caller",
    "Carried",
    "Checkout",
    "ClassValue",
    "ClientControlled",
    "ClientPerRequest",
    "Closed",
    "Codemod",
    "Conversion",
    "Coroutine",
    "Dependency",
    "DependencyCycle",
    "Diagnostic",
    "DirectCall",
    "DiscardedSchema",
    "DroppedTask",
    "Edit",
    "EmptyScopes",
    "Ending",
    "Endpoint",
    "EventHandler",
    "Expression",
    "External",
    "Field",
    "FixRequest",
    "FunctionScope",
    "FunctionValue",
    "Handler",
    "HandlerParameter",
    "HeldLock",
    "IgnoredLifespan",
    "ImportedName",
    "Include",
    "InjectedSettings",
    "Injection",
    "Instance",
    "Interception",
    "LateReading",
    "LateWork",
    "LeakedOverride",
    "Literal",
    "LoopCall",
    "LostContext",
    "Manager",
    "MarkedSignature",
    "Marker",
    "MarkerConflict",
    "Middleware",
    "Misfit",
    "Mount",
    "MountPoint",
    "Opened",
    "Outlived",
    "Override",
    "OwnLoop",
    "Part",
    "Partial",
    "Pause",
    "Place",
    "PlainHandler",
    "Project",
    "Rejection",
    "Release",
    "Rerun",
    "Retarget",
    "Returned",
    "Route",
    "RouteListing",
    "Router",
    "Rule",
    "Safety",
    "Schema",
    "SettingsOfRequest",
    "Severity",
    "ShadowedRoute",
    "Shape",
    "SharedState",
    "Span",
    "Step",
    "Stream",
    "Swallow",
    "ThreadCall",
    "ThreadSession",
    "TypeForm",
    "Unawaited",
    "UnboundName",
    "Uncaught",
    "UncheckedScheme",
    "UncheckedScopes",
    "Uncovered",
    "Undetected",
    "Unrun",
    "V1Call",
    "V1Config",
    "V1Field",
    "V1Validator",
    "Value",
    "Way",
    "WebsocketRequest",
    "all_callable",
    "allows_none",
    "calls_of",
    "closed",
    "cst",
    "defaults",
    "ends_late",
    "ends_late_together",
    "enters",
    "gives_callable",
    "hidden_injections",
    "import_behind",
    "imports_of",
    "injection_of_type",
    "is_annotated_as_item",
    "is_as_written",
    "is_callable",
    "is_called_or_handed_on",
    "is_evaluable",
    "is_mock",
    "is_of_tests",
    "is_passed_by_fastapi",
    "is_plain",
    "is_release_alone",
    "is_same_type",
    "is_session_maker",
    "is_taken_as_entered",
    "keeps_annotations_as_text",
    "late_readings",
    "late_work",
    "manager_decorator",
    "may_be",
    "may_reject",
    "misfit",
    "needed_longer",
    "obstacle",
    "opened",
    "pauses",
    "product_of",
    "reads",
    "reads_env_file",
    "releases",
    "required",
    "response_status",
    "retarget",
    "returned",
    "returned_by",
    "returns_manager",
    "settings_made_anew",
    "spelled",
    "status_code",
    "streams",
    "swallows",
    "syntax",
    "union_parts",
    "uses_of",
]
