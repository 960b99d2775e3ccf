"""`fastlint routes`: what fastlint understood of a project's routes."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fastlint.cli.color import color_option
from fastlint.cli.console import print_bytes, print_lines, tell
from fastlint.cli.project import exit_code, names_tests, project_options, understood
from fastlint.cli.request import parsed


@click.command("routes", short_help="List the routes with their guards, as fastlint understands them.")
@project_options
@click.option(
    "--path",
    "under",
    multiple=True,
    metavar="GLOB|PREFIX",
    help="Only paths that are or stand below this one (`/users`), or match it (`*/users/*`).",
)
@click.option("--method", multiple=True, metavar="METHOD", help="Only these: GET, POST, ..., WS, MOUNT.")
@click.option(
    "--guard",
    multiple=True,
    metavar="NAME",
    help="Only what this guards: a dependency or security scheme, by name or glob.",
)
@click.option("--unguarded", is_flag=True, help="Only routes that nothing guards, nor may guard (see above).")
@click.option(
    "--app", multiple=True, metavar="NAME", help="Only routes of this app: `shop.main:app` or `app`."
)
@click.option(
    "--output-format",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    help="How to print them (default: table).",
)
@color_option
def show_routes(
    paths: tuple[Path, ...],
    config: Path | None,
    isolated: bool,
    no_cache: bool,
    under: tuple[str, ...],
    method: tuple[str, ...],
    guard: tuple[str, ...],
    unguarded: bool,
    app: tuple[str, ...],
    output_format: str,
) -> int:
    """List the routes in PATH, a line for each whole path by which an app serves one: method, path, guards,
    where it runs (event loop or threadpool), handler, response model, findings at the handler, and its other
    dependencies. What is not known of a path reads as an ellipsis. Websockets (WS) and mounts are listed too;
    what FastAPI adds itself, such as /docs, is not, nor are routes of test suites, unless PATH names them.

    A guard is a dependency of the app, an include, the router, the route or its handler that can turn a
    client away. In it, or below it, stands a security scheme of FastAPI that answers for itself
    (`auto_error`), or its code, or code that it calls, can answer 401 or close a websocket with 1008; so it
    is with 403 and redirects where it has a scheme, reads credentials or is named so (`require_admin`). A
    decorator of the handler can be one too. A check against CSRF is none. Whether a guard checks the right
    thing fastlint does not know.

    A question mark means that something may guard the route: a scheme with `auto_error=False`, another 403, a
    dependency that reads credentials, that is named so (`current_user`) or that cannot be followed, a 401 or
    403 of the handler itself or of middleware. A dash means that there is none of all this.

    \b
    Examples:
      fastlint routes                              all of them
      fastlint routes --unguarded                  what anybody can call
      fastlint routes --path /admin --guard require_admin
      fastlint routes --output-format json | jq '.[] | select(.runs == "threadpool") | .path'
    """
    from fastlint.choosing import Choice
    from fastlint.listing import rows
    from fastlint.output import routes
    from fastlint.output.terminal import Screen

    project = understood(paths, config, isolated, no_cache)
    choice = Choice(under, parsed(method), guard, app, is_unguarded=unguarded)
    everything = rows(project, with_tests=names_tests(paths, project.report))
    found = choice.of(everything)
    if output_format == "json":
        print_bytes(routes.json(found))
    elif output_format == "markdown":
        print_bytes(routes.markdown(found).encode("utf-8", "replace"))
    else:
        print_lines(routes.layout(found, Screen.of(sys.stdout)))
    if not found:
        tell("No routes are like that." if everything else "There are no routes.")
    return exit_code(project.report)
