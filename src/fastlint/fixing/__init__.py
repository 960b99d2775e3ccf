"""Codemods on the concrete syntax tree.

A finding's fix names a function from node to node. `plan` asks it and gathers what goes together, `rounds`
writes and lints again. Positions and names come from `ast`; libcst parses the one statement that a fix is
about, and its answer becomes splices of the original text, so that nothing else of a file can change.
"""

from __future__ import annotations

from fastlint.fixing.drafts import Drafts
from fastlint.fixing.edit import Edit
from fastlint.fixing.offering import offered
from fastlint.fixing.plan import FileChange, edits, preview
from fastlint.fixing.refusing import Refused
from fastlint.fixing.rounds import FixOutcome, fix
from fastlint.fixing.text import TextEdit

__all__ = [
    "Drafts",
    "Edit",
    "FileChange",
    "FixOutcome",
    "Refused",
    "TextEdit",
    "edits",
    "fix",
    "offered",
    "preview",
]
