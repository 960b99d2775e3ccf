"""What a module shares without saying so: names that other files of the project take from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.scopes import ModuleScope

if TYPE_CHECKING:
    from fastlint.model.project import Project


class Sharing:
    """Asked before a name is taken away from a module."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[tuple[str, str], bool] = {}

    def is_shared(self, path: str, name: str) -> bool:
        """Whether another file may use a name of a file: it imports the name or everything, or spells
        `module.name`, be it in a string (`patch("app.main.time.sleep")`)."""
        key = (path, name)
        if key not in self._known:
            self._known[key] = self._is_shared(path, name)
        return self._known[key]

    def _is_shared(self, path: str, name: str) -> bool:
        owner = self.project.module(path)
        stem = path.removesuffix(".py").rpartition("/")[2]
        return owner is not None and any(
            self._takes(module, owner, stem, name)
            for module in self.project.mentioning(stem)
            if module is not owner
        )

    def _takes(self, module: ModuleScope, owner: ModuleScope, stem: str, name: str) -> bool:
        known_as = {stem}
        for scope in module.within():
            for node in scope.statements():
                if not isinstance(node, syntax.Import):
                    continue
                if node.name in (name, "*") and self.project.imported(module, node) is owner:
                    return True
                if node.alias and stem in (node.name, node.module.rpartition(".")[2]):
                    known_as.add(node.alias)
        spelled = rf"\b(?:{'|'.join(map(re.escape, known_as))})\s*(?:\.\s*|,\s*[\"']){re.escape(name)}\b"
        return re.search(spelled, self.project.text(module.path) or "") is not None
