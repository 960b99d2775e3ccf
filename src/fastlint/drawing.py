"""The include tree and the dependencies of a project as graphs, whatever they are drawn with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastlint.listing import Row
from fastlint.model.closure import Need, needs
from fastlint.model.endpoints import Endpoint, MountPoint
from fastlint.model.values import ClassValue, FunctionValue
from fastlint.model.ways import name_of, written

if TYPE_CHECKING:
    from fastlint.model.project import Project
    from fastlint.model.routers import Include, Router

MOST_ROUTES = 60
"""How many routes are drawn one by one: more, and each router stands for its own."""


@dataclass(frozen=True)
class Node:
    """`kind` is app, router, mount, route, dependency, guard or scheme; `lines` are what is written on it."""

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Arrow:
    source: Node
    target: Node
    label: str = ""


@dataclass
class Graph:
    """Nodes and arrows, each once, in the order in which they were first met."""

    nodes: dict[Node, None] = field(default_factory=dict[Node, None])
    arrows: dict[Arrow, None] = field(default_factory=dict[Arrow, None])

    def link(self, source: Node, target: Node, label: str = "") -> None:
        self.nodes.update({source: None, target: None})
        self.arrows[Arrow(source, target, label)] = None

    def names(self) -> dict[Node, str]:
        """A name for each node that every language takes."""
        return {node: f"n{number}" for number, node in enumerate(self.nodes)}


Drawn = Sequence[tuple[Row, "Endpoint | MountPoint"]]


def routers(drawn: Drawn) -> Graph:
    """Apps and routers, by what they are included or mounted; their routes where these are few."""
    graph = Graph()
    owners = [_owner(point) for _, point in drawn]
    counts = Counter(node for node, (row, _) in zip(owners, drawn, strict=True) if row.kind != "mount")
    is_detailed = len(drawn) <= MOST_ROUTES
    for owner, (row, point) in zip(owners, drawn, strict=True):
        path = [_router(point.root)]
        for include in point.way:
            path.append(_router(include.child))
            label = _included(include)
            graph.link(
                _counted(path[-2], counts, is_detailed), _counted(path[-1], counts, is_detailed), label
            )
        here = _counted(owner, counts, is_detailed)
        graph.nodes.setdefault(here)
        if row.kind == "mount" and isinstance(point, MountPoint) and point.target is None:
            graph.link(here, Node("mount", (row.handler, str(row.location))), f"mount {row.path}")
        elif is_detailed and row.kind != "mount":
            graph.link(here, _route(row))
    return graph


def dependencies(drawn: Drawn, project: Project) -> Graph:
    """What routes depend on, and what that depends on; where routes are many, each router for all of its."""
    graph = Graph()
    routes = [(row, point) for row, point in drawn if isinstance(point, Endpoint)]
    is_detailed = len(routes) <= MOST_ROUTES
    owners = Counter(_owner(point) for _, point in routes)
    used: Counter[tuple[Node, Node]] = Counter()
    for row, point in routes:
        for need in needs(point):
            target = _dependency(need, project)
            if is_detailed:
                graph.link(_route(row), target, "" if need.level in ("parameter", "route") else need.level)
            else:
                used[_owner(point), target] += 1
            _link_below(graph, need, target, project)
        if is_detailed:
            graph.nodes.setdefault(_route(row))
    for (owner, target), count in used.items():
        label = f"{count} of {owners[owner]}" if count < owners[owner] else "all"
        graph.link(_counted(owner, owners, is_detailed), target, label)
    return graph


def _link_below(graph: Graph, need: Need, node: Node, project: Project) -> None:
    for below in need.below:
        target = _dependency(below, project)
        is_new = Arrow(node, target) not in graph.arrows
        if is_new:
            graph.link(node, target)
            _link_below(graph, below, target, project)


def _dependency(need: Need, project: Project) -> Node:
    """A dependency, told from others of its name by where its code is."""
    if need.schemes:
        return Node("scheme", (need.name,))
    guard = project.guards.of_need(need)
    places = [each.scope.place for each in need.targets if isinstance(each, (FunctionValue, ClassValue))]
    where = (f"{places[0].path}:{places[0].span.line}",) if places else ()
    return Node("guard" if guard is not None and guard.is_certain else "dependency", (need.name, *where))


def _owner(point: Endpoint | MountPoint) -> Node:
    return _router(point.route.router if isinstance(point, Endpoint) else point.parent)


def _router(router: Router) -> Node:
    """An app or router, told from others of its name by its file."""
    scope = router.scope if router.site is None else router.site.scope
    is_app = scope is not None and scope.project.application.is_app(router)
    where = () if scope is None else (scope.module.path,)
    return Node("app" if is_app else "router", (name_of(router), *where))


def _counted(node: Node, counts: Counter[Node], is_detailed: bool) -> Node:
    if is_detailed or not counts[node]:
        return node
    return Node(node.kind, (*node.lines, "1 route" if counts[node] == 1 else f"{counts[node]} routes"))


def _route(row: Row) -> Node:
    return Node("route", (f"{','.join(row.verbs)} {row.path}", f"{row.handler}, {row.location}"))


def _included(include: Include) -> str:
    given = include.site.argument("path", 0) if include.is_mount else include.site.argument("prefix")
    prefix = "" if given is None else written(given)
    own = include.child.option("prefix")
    path = f"{prefix}{'' if own is None else written(own)}"
    return f"mount {path}".strip() if include.is_mount else path


def shown(rows: Iterable[Row]) -> int:
    """How many routes are among some rows."""
    return sum(row.kind != "mount" for row in rows)
