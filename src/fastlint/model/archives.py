"""Whether adding to an archive takes long: one in memory that does not compress only copies."""

from __future__ import annotations

from fastlint.model.expression import Expression
from fastlint.model.values import Instance

MEMORY = "io.BytesIO"
STORED = "zipfile.ZIP_STORED"
"""The default of `ZipFile` (https://docs.python.org/3/library/zipfile.html#zipfile.ZipFile)."""


def is_worked_on(made: Expression | None, archive: Instance | None) -> bool:
    """Whether a call compresses what it adds to an archive, or may write it to a disk."""
    opened = None if archive is None else archive.site
    if opened is None or not opened.is_call or opened.opaque_keywords:
        return True
    file = opened.argument("file", 0)
    is_in_memory = file is not None and file.is_whole and len(file.instances(MEMORY)) == len(file.values())
    if not is_in_memory:
        return True
    return _compresses(opened.argument("compression", 2)) or (
        made is not None and (made.opaque_keywords or _compresses(made.argument("compress_type", 2)))
    )


def _compresses(given: Expression | None) -> bool:
    return given is not None and not given.is_none and given.external() != STORED
