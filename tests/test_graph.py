"""`fastlint graph`: what it draws, in languages that the real clients read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fastlint.cli import main
from fastlint.drawing import Graph, Node
from fastlint.output import dot, mermaid
from tests.test_listing import run, shop

__all__ = ["run", "shop"]


def test_the_include_tree_is_drawn_for_mermaid(run: Any) -> None:
    assert run("graph").splitlines() == [
        "flowchart LR",
        '    n0[["shop.main:app<br>shop/main.py"]]',
        '    n1["shop.main:router<br>shop/main.py"]',
        '    n2["POST /api/orders<br>create, shop/main.py:15"]',
        '    n3["GET /api/orders/{id}<br>read, shop/main.py:11"]',
        '    n4["WS /live<br>live, shop/main.py:18"]',
        '    n5[("StaticFiles<br>shop/main.py:21")]',
        '    n0 -->|"/api/orders"| n1',
        "    n1 --> n2",
        "    n1 --> n3",
        "    n0 --> n4",
        '    n0 -->|"mount /static"| n5',
        "    classDef app fill:#dbeafe,stroke:#1d4ed8,color:#111827",
        "    class n0 app",
    ]


def test_the_dependencies_of_a_handler_are_drawn_for_graphviz(run: Any) -> None:
    out = run("graph", "--dependencies", "--handler", "create", "--format", "dot")
    assert out.startswith("digraph fastlint {\n")
    assert out.endswith("}\n")
    assert 'n0 [label="POST /api/orders\\ncreate, shop/main.py:15", shape=note];' in out
    assert 'n1 [label="user\\nshop/guards.py:4", shape=hexagon' in out
    assert "n1 -> n2;" in out
    assert "read" not in out


def test_many_routes_are_drawn_as_their_routers(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    routes = "".join(f"@router.get('/{n}')\ndef r{n}(db=Depends(database)): ...\n" for n in range(70))
    (shop / "shop/more.py").write_text(
        "from fastapi import APIRouter, Depends\nfrom shop.guards import database\nrouter = APIRouter()\n"
        + routes
    )
    assert main(["graph", "shop/more.py", "--dependencies", "--no-cache"]) == 0
    out, err = capsys.readouterr()
    assert '["shop.more:router<br>shop/more.py<br>70 routes"]' in out
    assert '-->|"all"|' in out
    assert err.startswith("70 routes are too many to draw one by one")


AWKWARD = Graph()
AWKWARD.link(
    Node("app", ('say "hi" & <b>go</b>; 100% #1 `x` \\n', "end")), Node("route", ("GET /a|b {c}",)), 'a"b|c'
)


def test_no_text_ends_a_label_of_mermaid() -> None:
    lines = mermaid.render(AWKWARD).splitlines()
    assert lines[1] == (
        '    n0[["say #34;hi#34; #38; #60;b#62;go#60;/b#62;#59; 100#37; #35;1 #96;x#96; #92;n<br>end"]]'
    )
    assert lines[3] == '    n0 -->|"a#34;b|c"| n1'


def test_no_text_ends_a_label_of_graphviz() -> None:
    assert '[label="say \\"hi\\" &amp; <b>go</b>; 100% #1 `x` \\\\n\\nend",' in dot.render(AWKWARD)
