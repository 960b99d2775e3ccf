"""What a response object says of itself."""

from __future__ import annotations

import re
from http import HTTPStatus

from fastlint.model.expression import Expression
from fastlint.model.values import Instance

STATUS = re.compile(r"(?:fastapi|starlette)\.status\.HTTP_(\d{3})_\w+")


def response_status(response: Instance) -> int | None:
    """The status code that a response is made with; None when that is not known."""
    if response.site is None or not response.external:
        return None
    given = response.site.argument("status_code", 1)
    return 200 if given is None else status_code(given)


def status_code(expression: Expression) -> int | None:
    """`404`, `status.HTTP_404_NOT_FOUND` or `HTTPStatus.NOT_FOUND`."""
    constant = expression.constant()
    if constant is not None:
        return constant if isinstance(constant, int) else None
    name = expression.external()
    match = STATUS.fullmatch(name)
    if match:
        return int(match[1])
    kind, _, member = name.removesuffix(".value").rpartition(".")
    found = HTTPStatus.__members__.get(member) if kind == "http.HTTPStatus" else None
    return None if found is None else found.value
