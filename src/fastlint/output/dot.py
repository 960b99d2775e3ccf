"""A graph in the language of Graphviz (https://graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from fastlint.drawing import Graph
from fastlint.output.cells import clean

STYLES = {
    "app": 'shape=box3d, style=filled, fillcolor="#dbeafe"',
    "router": "shape=box",
    "mount": "shape=cylinder",
    "route": "shape=note",
    "dependency": 'shape=box, style="rounded"',
    "guard": 'shape=hexagon, style=filled, fillcolor="#dcfce7"',
    "scheme": 'shape=box, style="rounded,filled", fillcolor="#fef9c3"',
}


def render(graph: Graph) -> str:
    """The graph, for `dot -Tsvg`."""
    names = graph.names()
    lines = [
        "digraph fastlint {",
        '    graph [rankdir=LR, charset="UTF-8"];',
        '    node [fontname="Helvetica,Arial,sans-serif"];',
        '    edge [fontname="Helvetica,Arial,sans-serif"];',
    ]
    for node, name in names.items():
        label = "\\n".join(map(escaped, node.lines))
        lines.append(f'    {name} [label="{label}", {STYLES[node.kind]}];')
    for arrow in graph.arrows:
        label = f' [label="{escaped(arrow.label)}"]' if arrow.label else ""
        lines.append(f"    {names[arrow.source]} -> {names[arrow.target]}{label};")
    return "\n".join([*lines, "}"]) + "\n"


def escaped(text: str) -> str:
    """Text inside quotes, where backslashes escape and HTML's entities count."""
    return clean(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
