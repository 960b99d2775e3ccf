"""The word of a codemod that there is no fix after all."""


class Refused(Exception):  # noqa: N818 - it reads as what happened
    """A codemod sees that it would do harm here; says why."""
