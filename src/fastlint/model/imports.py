"""Which file of the project an import means: https://docs.python.org/3/reference/import.html

Where absolute imports begin depends on how a program is started. They are tried from every source root; what
none of them has may stand beside the importing file, where Python looks when it is started there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from fastlint.index import syntax
from fastlint.model.scopes import ModuleScope

Condition = Callable[[ModuleScope], bool]
"""What must be true of the importing file."""


class Imports:
    """The files and source roots of a project; `is_library` says whether a file's code may have a package."""

    def __init__(
        self, files: Iterable[str], source_roots: Sequence[str], is_library: Callable[[str, str], bool]
    ) -> None:
        self.files = frozenset(files)
        self._roots = tuple(sorted(source_roots, key=lambda root: (-root.count("/"), -len(root), root)))
        self._is_library = is_library
        self._located: dict[tuple[str, str, str], tuple[str | None, Condition | None]] = {}

    def locate(self, importer: ModuleScope, name: str, level: int, member: str) -> str | None:
        """The file, or folder (its path ends in a slash), that an import means; None for another package's.

        `member` is what is imported from it: a folder without `__init__.py` only counts when that is there.
        """
        key = (importer.folder, "." * level + name, member)
        if key not in self._located:
            self._located[key] = self._locate(importer, name, level, member)
        path, condition = self._located[key]
        return path if condition is None or condition(importer) else None

    def _locate(
        self, importer: ModuleScope, name: str, level: int, member: str
    ) -> tuple[str | None, Condition | None]:
        if level:
            folder = importer.folder
            for _ in range(level - 1):
                folder = folder.rpartition("/")[0]
            return self._find(folder, name, member), None
        if name.partition(".")[0] in sys.stdlib_module_names:
            return None, None
        found = self._from_roots(importer, name, member)
        return (found, None) if found is not None else self._from_own_folders(importer, name, member)

    def _from_roots(self, importer: ModuleScope, name: str, member: str) -> str | None:
        """From the source roots above the importing file, nearest first, then from the others."""
        inside = [root for root in self._roots if _is_below(importer.folder, root)]
        for root in (*inside, *(root for root in self._roots if root not in inside)):
            found = self._find(root, name, member)
            if found is not None:
                return found
        return None

    def _from_own_folders(
        self, importer: ModuleScope, name: str, member: str
    ) -> tuple[str | None, Condition | None]:
        """From folders without `__init__.py` around the importing file, then from its own in any case.

        A library is not the file beside it that happens to have its name, unless it is clear that the
        importing file is started there.
        """
        for folder in (*self._namespaces(importer.folder), importer.folder):
            found = self._find(folder, name, member)
            if found is None:
                continue
            if self._is_library(name.partition(".")[0], importer.path):
                return (found, self._starts_there) if folder == importer.folder else (None, None)
            is_package = f"{folder}/__init__.py" in self.files
            return found, (self._is_in_no_package if is_package else None)
        return None, None

    def _namespaces(self, folder: str) -> Iterator[str]:
        while folder:
            if f"{folder}/__init__.py" not in self.files:
                yield folder
            folder = folder.rpartition("/")[0]

    def _starts_there(self, importer: ModuleScope) -> bool:
        """Whether a file imports others beside it as if they were in no package."""
        return self._is_in_no_package(importer) and any(
            node.module not in sys.stdlib_module_names
            and not self._is_library(node.module.partition(".")[0], importer.path)
            and self._from_roots(importer, node.module, node.name) is None
            and self._find(importer.folder, node.module, node.name) is not None
            for node in _imports(importer)
        )

    def _is_in_no_package(self, importer: ModuleScope) -> bool:
        """Whether nothing that a file imports says that its folder is part of a package."""
        inside = f"{importer.folder}/"
        return not any(
            node.level or (self._from_roots(importer, node.module, node.name) or "").startswith(inside)
            for node in _imports(importer)
        )

    def _find(self, folder: str, name: str, member: str) -> str | None:
        base = "/".join(part for part in (folder, name.replace(".", "/")) if part)
        for path in (f"{base}/__init__.py" if base else "__init__.py", f"{base}.py"):
            if path in self.files:
                return path
        if base not in self._folders:
            return None
        inner = f"{base}/{member}" if base else member
        if f"{inner}.py" in self.files or inner in self._folders:
            return f"{base}/"
        return None

    def submodule(self, folder: str, name: str) -> str | None:
        """The file or folder of a module in the package of a folder."""
        base = f"{folder}/{name}" if folder else name
        for path in (f"{base}/__init__.py", f"{base}.py"):
            if path in self.files:
                return path
        return f"{base}/" if base in self._folders else None

    @cached_property
    def _folders(self) -> frozenset[str]:
        """Folders with Python files somewhere below them."""
        found = {""}
        for path in self.files:
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    def dotted(self, module: ModuleScope) -> str:
        """The dotted name of a module, from the source root that it lies in."""
        path = module.path.removesuffix(".py").removesuffix("/__init__").rstrip("/")
        root = next((root for root in self._roots if _is_below(module.folder, root)), "")
        return path.removeprefix(f"{root}/" if root else "").replace("/", ".")


def _imports(module: ModuleScope) -> Iterator[syntax.Import]:
    return (node for node in module.statements() if isinstance(node, syntax.Import))


def _is_below(folder: str, root: str) -> bool:
    return not root or folder == root or folder.startswith(f"{root}/")
