"""What fastlint understood of a project's routes, as data: a row for each path by which an app serves one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from fastlint.model.closure import Need, needs, target_name
from fastlint.model.endpoints import Endpoint, MountPoint
from fastlint.model.suites import is_test
from fastlint.model.ways import UNKNOWN, known_as, name_of, names_of

if TYPE_CHECKING:
    from fastlint.diagnostic import Diagnostic, Place
    from fastlint.engine import Understanding
    from fastlint.index import syntax
    from fastlint.model.guard import Guard
    from fastlint.model.routers import Router
    from fastlint.model.scopes import FunctionScope

LOOP, THREAD = "event loop", "threadpool"


class Location(Struct, frozen=True):
    """A place in the source: the file as seen from the project's root, the line from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class GuardRow(Struct, frozen=True):
    """What turns clients away or may; `level` is where it stands, `schemes` are the security schemes in it,
    `evidence` says why it counts."""

    name: str
    certain: bool
    level: str
    schemes: tuple[str, ...]
    evidence: tuple[str, ...]
    location: Location


class DependencyRow(Struct, frozen=True):
    """What FastAPI resolves; `needs` are the names of all that it depends on itself, at any depth."""

    name: str
    level: str
    needs: tuple[str, ...]
    location: Location


class FindingRow(Struct, frozen=True):
    code: str
    name: str
    severity: str
    message: str
    location: Location


class Row(Struct, frozen=True):
    """A route, a websocket or a mount. `methods` is empty where they are not known, and for the other two.

    `path` has an ellipsis for each part that is not known. `guarded` is null where something may guard it.
    `app` is null for a router that no app of the project is known to include.
    """

    kind: str
    methods: tuple[str, ...]
    path: str
    app: str | None
    handler: str
    location: Location
    runs: str | None
    guarded: bool | None
    guards: tuple[GuardRow, ...]
    dependencies: tuple[DependencyRow, ...]
    response_model: str | None
    findings: tuple[FindingRow, ...]

    @property
    def is_whole(self) -> bool:
        return UNKNOWN not in self.path

    @property
    def verbs(self) -> tuple[str, ...]:
        """What stands for its methods in a table."""
        return self.methods or ({"websocket": "WS", "mount": "MOUNT"}.get(self.kind, "?"),)

    @property
    def others(self) -> tuple[DependencyRow, ...]:
        """Its dependencies that are no guards."""
        guards = {(each.name, each.location) for each in self.guards}
        return tuple(each for each in self.dependencies if (each.name, each.location) not in guards)


def rows(understood: Understanding, *, with_tests: bool = False) -> tuple[Row, ...]:
    """The routes of the files that were asked about, sorted; those of test suites only if asked for."""
    return tuple(row for row, _ in listed(understood, with_tests=with_tests))


def listed(
    understood: Understanding, *, with_tests: bool = False
) -> tuple[tuple[Row, Endpoint | MountPoint], ...]:
    """The same rows, each with what it is in the model."""
    project, targets = understood.project, understood.targets
    findings = understood.report.diagnostics
    names = names_of(each.root for each in project.subjects(Endpoint))
    found: list[tuple[Row, Endpoint | MountPoint]] = [
        (_row(each, _app(each, names), findings), each)
        for each in project.subjects(Endpoint)
        if {each.place.path, each.route.function.place.path} & targets
        and (with_tests or not _is_of_tests(each.place, each.root))
    ]
    found += [
        (_mount_row(each, _app(each, names)), each)
        for each in project.subjects(MountPoint)
        if each.place.path in targets and (with_tests or not _is_of_tests(each.place, each.root))
    ]
    return tuple(sorted(found, key=lambda pair: _order(pair[0])))


def _order(row: Row) -> tuple[object, ...]:
    return (
        row.app is None,
        row.app or "",
        row.path,
        row.kind,
        row.verbs,
        row.location.file,
        row.location.line,
    )


def _is_of_tests(place: Place, root: Router) -> bool:
    return is_test(place.path) or (root.site is not None and is_test(root.place.path))


def _app(point: Endpoint | MountPoint, names: Mapping[tuple[str, str], str]) -> str | None:
    if not point.is_of_app:
        return None
    return names.get(known_as(point.root), name_of(point.root))


def _row(endpoint: Endpoint, app: str | None, findings: Iterable[Diagnostic]) -> Row:
    route = endpoint.route
    project, response = route.project, route.response
    return Row(
        kind="websocket" if route.is_websocket else "route",
        methods=endpoint.methods,
        path=endpoint.path,
        app=app,
        handler=route.function.label,
        location=_location(route.function.place),
        runs=LOOP if endpoint.is_on_loop else THREAD,
        guarded=project.guards.verdict(endpoint),
        guards=tuple(map(_guard_row, project.guards.of(endpoint))),
        dependencies=tuple(map(_dependency_row, needs(endpoint))),
        response_model=None if response is None else response.text(),
        findings=tuple(_findings_at(endpoint, findings)),
    )


def _mount_row(mount: MountPoint, app: str | None) -> Row:
    given, target = mount.mounted, mount.target
    values = () if given is None else given.values()
    names = [name for value in values if (name := target_name(value))]
    said = (given and given.string()) or (given and given.text()) or "?"
    text = name_of(target) if target is not None else next(iter(names), said)
    return Row(
        kind="mount",
        methods=(),
        path=mount.path,
        app=app,
        handler=text,
        location=_location(mount.place),
        runs=None,
        guarded=None,
        guards=(),
        dependencies=(),
        response_model=None,
        findings=(),
    )


def _location(place: Place) -> Location:
    return Location(place.path, place.span.line)


def _guard_row(guard: Guard) -> GuardRow:
    schemes = tuple(each.partition(" ")[0] for each in guard.schemes)
    place = _location(guard.place)
    return GuardRow(guard.name, guard.is_certain, guard.level, schemes, guard.evidence, place)


def _dependency_row(need: Need) -> DependencyRow:
    _, *below = need.closure
    names = dict.fromkeys(each.name for each in below)
    return DependencyRow(need.name, need.level, tuple(names), _location(need.place))


def _findings_at(endpoint: Endpoint, findings: Iterable[Diagnostic]) -> Iterator[FindingRow]:
    """What is found between the first decorator of a handler and its last line."""
    path, lines = endpoint.route.function.module.path, _lines(endpoint.route.function)
    for each in findings:
        if each.place.path == path and each.place.span.line in lines:
            location = _location(each.place)
            yield FindingRow(each.code, each.name, each.severity.value, each.message, location)


def _lines(function: FunctionScope) -> range:
    """The lines of a function, decorators and signature among them."""
    node = function.node
    parts: list[syntax.Node] = [node, *node.decorators, *node.parameters, *filter(None, [node.returns])]
    parts += [each for scope in function.within() for each in scope.statements()]
    return range(min(each.span.line for each in parts), max(each.span.end_line for each in parts) + 1)


def by_app(found: Sequence[Row]) -> Iterator[tuple[str | None, list[Row]]]:
    """The rows of each app, in order."""
    apps = dict.fromkeys(row.app for row in found)
    for app in apps:
        yield app, [row for row in found if row.app == app]
