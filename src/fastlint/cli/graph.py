"""`fastlint graph`: the include tree or the dependencies of a project, for Mermaid or Graphviz."""

from __future__ import annotations

from pathlib import Path

import click

from fastlint.cli.console import print_bytes, tell
from fastlint.cli.project import exit_code, names_tests, project_options, understood
from fastlint.cli.request import parsed


@click.command("graph", short_help="Draw the include tree or the dependencies (Mermaid, Graphviz).")
@project_options
@click.option(
    "--routers",
    "what",
    flag_value="routers",
    default=True,
    help="How apps and routers include and mount each other (the default).",
)
@click.option("--dependencies", "what", flag_value="dependencies", help="What routes depend on.")
@click.option(
    "--path", "under", multiple=True, metavar="GLOB|PREFIX", help="Only routes with such a path (see routes)."
)
@click.option("--method", multiple=True, metavar="METHOD", help="Only routes with such a method.")
@click.option(
    "--handler", multiple=True, metavar="NAME", help="Only routes of this function, by name or glob."
)
@click.option(
    "--app", multiple=True, metavar="NAME", help="Only routes of this app: `shop.main:app` or `app`."
)
@click.option(
    "--format",
    "--output-format",
    "language",
    type=click.Choice(["mermaid", "dot"]),
    default="mermaid",
    help="The language to draw it in (default: mermaid).",
)
def show_graph(
    paths: tuple[Path, ...],
    config: Path | None,
    isolated: bool,
    no_cache: bool,
    what: str,
    under: tuple[str, ...],
    method: tuple[str, ...],
    handler: tuple[str, ...],
    app: tuple[str, ...],
    language: str,
) -> int:
    """Draw what fastlint understood of the routes in PATH: the tree of apps and routers, or the dependencies
    of routes at every depth. Guards are told apart as `fastlint routes` does.

    Up to 60 routes are drawn one by one; of more, each router stands for all of its own. Options choose some.

    \b
    Examples:
      fastlint graph                                       paste it into a mermaid block on GitHub
      fastlint graph --format dot | dot -Tsvg > routers.svg
      fastlint graph --dependencies --path /orders
      fastlint graph --dependencies --handler create_order --format dot | dot -Tpng > order.png
    """
    from fastlint import drawing
    from fastlint.choosing import Choice
    from fastlint.listing import listed
    from fastlint.output import dot, mermaid

    project = understood(paths, config, isolated, no_cache)
    choice = Choice(under, parsed(method), apps=app, handlers=handler)
    everything = listed(project, with_tests=names_tests(paths, project.report))
    drawn = [(row, point) for row, point in everything if choice.takes(row)]
    graph = drawing.dependencies(drawn, project.project) if what == "dependencies" else drawing.routers(drawn)
    text = mermaid.render(graph) if language == "mermaid" else dot.render(graph)
    print_bytes(text.encode("utf-8", "replace"))
    is_large = len(graph.arrows) > mermaid.MOST_ARROWS or len(text) > mermaid.LONGEST
    if not drawn:
        tell("No routes are like that." if everything else "There are no routes.")
    elif (count := drawing.shown(row for row, _ in drawn)) > drawing.MOST_ROUTES:
        tell(f"{count} routes are too many to draw one by one: choose some with --path, --handler or --app.")
    if language == "mermaid" and is_large:
        tell("Mermaid refuses so large a graph unless maxEdges and maxTextSize are raised.")
    return exit_code(project.report)
