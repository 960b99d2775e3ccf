"""`--color`: whether output has colour, where that is not for the terminal and the environment to say."""

from __future__ import annotations

import os

import click

KEY = "fastlint.color"
"""Where the context of a command has what was asked for."""


def use_color(context: click.Context, option: click.Parameter, when: str) -> str:
    """Say it as the environment does (https://no-color.org, https://force-color.org): all that prints asks
    the environment."""
    if when == "always":
        os.environ.pop("NO_COLOR", None)
        os.environ["FORCE_COLOR"] = "1"
    if when == "never":
        os.environ.pop("FORCE_COLOR", None)
        os.environ["NO_COLOR"] = "1"
    context.meta[KEY] = when
    return when


def is_color_asked_for() -> bool:
    """Whether the command line itself says `--color always`: what else goes to programs may have colour then,
    which it may not for `FORCE_COLOR` in the environment of a whole CI job."""
    return bool(click.get_current_context().meta.get(KEY) == "always")


color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    expose_value=False,
    callback=use_color,
    metavar="WHEN",
    help="Print in colour: auto (the default: on terminals, unless NO_COLOR is set), always or never.",
)
