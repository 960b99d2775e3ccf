"""What speaks for it that code deals with credentials: how it is named, and what it reads of a request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fastlint.index import syntax
from fastlint.model.closure import words
from fastlint.model.expression import Expression
from fastlint.model.handlers import HandlerParameter
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import External

NAMED = "named so"
READS = "reads credentials"
READS_HEADER = "reads `Authorization`"

TELLING = re.compile(
    r"""(?:^|_)(?:
        auth|authed|authenticat\w*|authoriz\w*|unauth\w*|forbidden|denied|login|logged|oauth2?|jwt|bearer
        |credentials?|principal|api_?key|guard|protected|permitted|requires?|required|verify|verified|superuser
        |(?:check|has|can|ensure|assert|validate|need|needs)_\w*(?:access|key|permissions?|roles?|scopes?|token)
        |(?:current|active|is|only)_\w*(?:admin|customer|member|staff|user)
    )(?:_|$) | (?:^|_)user$""",
    re.VERBOSE,
)
"""Names of what turns clients away: `require_admin`, `get_current_user`, `NotAuthenticated`."""

CREDENTIALS = ("authorization", "x-api-key", "x-auth-token", "api-key", "x-token")
OF_REQUEST = frozenset(("auth", "cookies", "session", "user"))
REQUESTS = frozenset(("conn", "connection", "req", "request", "websocket", "ws"))


def is_telling(name: str) -> bool:
    """Whether something is named as what turns clients away is: `require_admin`, `CurrentUser`."""
    return TELLING.search("_".join(words(name))) is not None


def hints(scope: FunctionScope) -> Iterator[str]:
    """What speaks for it that a function's own code deals with credentials."""
    for statement in scope.statements():
        if isinstance(statement, syntax.Raise) and statement.value is not None:
            called = statement.value.func if isinstance(statement.value, syntax.Call) else statement.value
            name = Expression(called, scope.frame).text().rpartition(".")[2]
            if is_telling(name):
                yield f"raises {name}"
        for outer in syntax.expressions(statement):
            for node in syntax.walk(outer):
                if isinstance(node, syntax.Ref) and _is_of_request(node.path):
                    yield READS
                elif isinstance(node, syntax.Constant) and str(node.value).lower() in CREDENTIALS:
                    yield READS_HEADER


def read_by(parameters: Iterable[HandlerParameter]) -> Iterator[str]:
    """Whether parameters are filled from a header or cookie that carries credentials."""
    for each in parameters:
        marker = each.marker
        kind = "" if marker is None or not marker.is_call else marker.func.external().rpartition(".")[2]
        if marker is None or kind not in ("Header", "Cookie"):
            continue
        alias = marker.argument("alias")
        name = (alias.string() if alias is not None else None) or each.name
        if kind == "Cookie" or is_telling(name) or name.lower().replace("_", "-") in CREDENTIALS:
            yield READS


def unresolved(annotation: Expression) -> Iterator[str]:
    """The names in an annotation that are telling, and of which the code is not here."""
    for part in annotation.walk():
        if isinstance(part.node, syntax.Ref) and is_telling(part.node.path.rpartition(".")[2]):
            values = part.values()
            if not values or all(isinstance(value, External) for value in values):
                yield part.node.path


def _is_of_request(path: str) -> bool:
    first, _, rest = path.partition(".")
    return first in REQUESTS and rest.partition(".")[0] in OF_REQUEST
