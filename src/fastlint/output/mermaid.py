"""A graph as a Mermaid flowchart, which GitHub, GitLab and many wikis draw.

https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

import re

from fastlint.drawing import Graph
from fastlint.output.cells import clean

SPECIAL = re.compile(r'[#&<>"`%;\\]')
"""What ends a quoted label, starts a comment, or is markup in it."""

MOST_ARROWS, LONGEST = 500, 50_000
"""What Mermaid draws unless it is told otherwise (https://mermaid.js.org/config/schema-docs/config.html)."""

SHAPES = {
    "app": ('[["', '"]]'),
    "mount": ('[("', '")]'),
    "guard": ('{{"', '"}}'),
    "scheme": ('(["', '"])'),
    "dependency": ('("', '")'),
}
STYLES = {
    "app": "fill:#dbeafe,stroke:#1d4ed8,color:#111827",
    "guard": "fill:#dcfce7,stroke:#15803d,color:#111827",
    "scheme": "fill:#fef9c3,stroke:#a16207,color:#111827",
}


def render(graph: Graph) -> str:
    """The flowchart, for a `mermaid` block in Markdown or a `.mmd` file."""
    names = graph.names()
    lines = ["flowchart LR"]
    for node, name in names.items():
        start, end = SHAPES.get(node.kind, ('["', '"]'))
        lines.append(f"    {name}{start}{'<br>'.join(map(escaped, node.lines))}{end}")
    for arrow in graph.arrows:
        label = f'|"{escaped(arrow.label)}"|' if arrow.label else ""
        lines.append(f"    {names[arrow.source]} -->{label} {names[arrow.target]}")
    for kind, style in STYLES.items():
        members = [name for node, name in names.items() if node.kind == kind]
        if members:
            lines += [f"    classDef {kind} {style}", f"    class {','.join(members)} {kind}"]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text inside quotes, special characters by their number (see "Entity codes to escape characters")."""
    return SPECIAL.sub(lambda match: f"#{ord(match[0])};", clean(text))
