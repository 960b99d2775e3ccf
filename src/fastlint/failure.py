"""What went wrong in somebody's code, in one line that says where."""

from __future__ import annotations

import traceback


def told(error: Exception, package: str) -> str:
    """`TypeError: ... (in shop_rules.routes:12)`: the last place in a package on the way to an error."""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    place = innermost(error, package)
    return f"{said} (in {place})" if place else said


def innermost(error: Exception, package: str) -> str:
    """That place as `module:line`; "" where the way leads through no code of the package.

    What is named by the beginning of its name counts too: `fastlint_rules` for `fastlint`.
    """
    frames = [
        f"{module}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if (module := str(frame.f_globals.get("__name__", ""))).startswith(package)
    ]
    return frames[-1] if frames else ""
