"""The cache as the engine uses it: facts by content, the last run by its settings, the rules there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fastlint import disk
from fastlint.cache import environment
from fastlint.cache.snapshot import Catalogue, Snapshot, decode_catalogue, decode_snapshot, encode
from fastlint.cache.store import FOLDER, Store, links
from fastlint.rule import RuleKey

if TYPE_CHECKING:
    from fastlint.cache.memory import Memory
    from fastlint.config import Settings
    from fastlint.index.facts import Facts

CATALOGUE = disk.digest(b"catalogue").hex()


class Cache:
    """One project's. Without a store it is always empty."""

    def __init__(self, store: Store | None, why_off: str = "") -> None:
        self.store = store
        self._why_off = why_off
        self._used: set[str] = set()
        self._passes = False
        self._kinds: tuple[str, ...] = ("",)

    @classmethod
    def of(cls, root: Path, folder: Path | None = None) -> Cache:
        """The cache of a project, in its root or in a folder of the user's choice."""
        found = links(root / FOLDER) if folder is None else []
        if found:
            return cls(None, f"{found[0].relative_to(root).as_posix()} is a link, which is not followed")
        return cls(Store.open(folder or root / FOLDER))

    def apart(self) -> Cache:
        """The same cache for runs that leave nothing to ordinary ones, and find what those have left."""
        other = copy(self)
        other._kinds = ("apart ", "")
        return other

    # Rules

    def rules(self) -> tuple[RuleKey, ...]:
        """The installed rules; only where something was installed since are they looked for and imported."""
        return _keys() if self.store is None else self._catalogue.rules

    @cached_property
    def _catalogue(self) -> Catalogue:
        data = None if self.store is None else self.store.get("runs", CATALOGUE)
        known = None if data is None else decode_catalogue(data)
        if known is not None and known.environment == environment.of_findings(known.packages):
            return known
        found = _installed()
        if self.store is not None:
            self.store.put("runs", CATALOGUE, encode(found))
        return found

    # Facts

    def facts(self, content: bytes) -> Facts | None:
        """The facts of a file whose content has this digest."""
        from fastlint.index.facts import decode

        name = self._facts_name(content)
        data = None if self.store is None else self.store.get("facts", name)
        if data is None:
            return None
        self._used.add(name)
        try:
            return decode(data)
        except ValueError:
            return None

    def has_facts(self, content: bytes) -> bool:
        """Whether there seem to be such facts."""
        return self.store is not None and self.store.has("facts", self._facts_name(content))

    def keep_facts(self, content: bytes, facts: bytes) -> None:
        if self.store is not None:
            name = self._facts_name(content)
            self._used.add(name)
            self.store.put("facts", name, facts)

    def _facts_name(self, content: bytes) -> str:
        return blake2b(content, key=self._indexer, digest_size=20).hexdigest()

    @cached_property
    def _indexer(self) -> bytes:
        return environment.of_facts().encode()

    # Runs

    def snapshot(self, settings: Settings) -> Snapshot | None:
        """The last run over the project with these settings."""
        found = (decode_snapshot(data) for data in self._kept("", settings))
        return next((each for each in found if each is not None and each.root == str(settings.root)), None)

    def keep_snapshot(self, settings: Settings, snapshot: Snapshot) -> None:
        if self.store is not None:
            self._keep("", settings, encode(snapshot))
            self.store.prune("facts", self._used)

    def memory(self, settings: Settings, digest: bytes) -> Memory | None:
        """What the run with this digest has kept of the single functions."""
        from fastlint.cache.memory import decode

        found = (data for data in self._kept("functions ", settings) if disk.digest(data) == digest)
        return next(map(decode, found), None)

    def keep_memory(self, settings: Settings, memory: Memory) -> bytes:
        """Its digest, by which it is found again."""
        from fastlint.cache.memory import encode

        data = encode(memory)
        self._keep("functions ", settings, data)
        return disk.digest(data)

    def _kept(self, what: str, settings: Settings) -> Iterator[bytes]:
        """What runs with these settings have left, our own kind of run first."""
        for kind in self._kinds:
            data = None if self.store is None else self.store.get("runs", _name(f"{kind}{what}", settings))
            if data is not None:
                yield data

    def _keep(self, what: str, settings: Settings, data: bytes) -> None:
        if self.store is not None:
            self.store.put("runs", _name(f"{self._kinds[0]}{what}", settings), data)

    # Trees of git

    def passing(self) -> Cache:
        """This cache for a folder that is gone after the run: facts are kept, the run is not."""
        cache = copy(self)
        cache._passes = True
        return cache

    def tree(self, name: bytes) -> bytes | None:
        """What was found in a tree of git, by a name for its content and the settings."""
        return None if self.store is None else self.store.get("trees", self._tree_name(name))

    def keep_tree(self, name: bytes, found: bytes) -> None:
        if self.store is not None:
            self.store.put("trees", self._tree_name(name), found)
            self.store.prune("trees", {self._tree_name(name)})

    def _tree_name(self, name: bytes) -> str:
        return blake2b(name, key=self.environment.encode(), digest_size=20).hexdigest()

    @property
    def environment(self) -> str:
        """What findings depend on beside the project."""
        return self._catalogue.environment

    @property
    def is_on(self) -> bool:
        return self.store is not None

    @property
    def keeps_runs(self) -> bool:
        return self.is_on and not self._passes

    def told(self) -> Iterator[str]:
        """What went wrong, in words."""
        if self.store is None:
            yield f"off: {self._why_off}" if self._why_off else "off"
        else:
            yield from self.store.told()


def _installed() -> Catalogue:
    from fastlint import registry

    packages = tuple(_folders(registry.packages()))
    return Catalogue(environment.of_findings(packages), packages, _keys())


def _keys() -> tuple[RuleKey, ...]:
    from fastlint import registry

    return tuple(RuleKey(rule.code, rule.name, rule.default) for rule in registry.all_rules())


def _folders(packages: Iterable[str]) -> Iterator[str]:
    from fastlint import registry

    for package in packages:
        yield from getattr(registry.imported(package), "__path__", ())


def _name(what: str, settings: Settings) -> str:
    given = msgspec.json.encode(settings, enc_hook=str, order="deterministic")
    return disk.digest(what.encode() + given).hex()
