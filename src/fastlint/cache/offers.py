"""Which fixes were refused once they were tried, by what they ask for and the content that they ask it of.

Trying a fix takes longer than finding what it mends: what was tried once is not tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from fastlint import disk

if TYPE_CHECKING:
    from fastlint.cache.cache import Cache
    from fastlint.diagnostic import Diagnostic, FixRequest
    from fastlint.report import Report

NAME = disk.digest(b"offers").hex()
MOST = 10_000
"""How many answers are kept; beyond it only those of the last run are."""


class Offers:
    """The answers of earlier runs, by key."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    @cached_property
    def known(self) -> Mapping[str, bool]:
        data = None if self._cache.store is None else self._cache.store.get("runs", NAME)
        with suppress(msgspec.DecodeError, msgspec.ValidationError):
            return {} if data is None else _decoder.decode(data)
        return {}

    def keep(self, found: Mapping[str, bool]) -> None:
        """Keep the answers of this run, and as many earlier ones as there is room for."""
        if self._cache.store is None or found.items() <= self.known.items():
            return
        kept = {**self.known, **found}
        self._cache.store.put("runs", NAME, msgspec.msgpack.encode(kept if len(kept) <= MOST else found))

    def key(self, report: Report, diagnostic: Diagnostic, request: FixRequest) -> str:
        """What an answer depends on: the rules, the request, and what the files say that it is about."""
        sources = [report.source(path) for path in request.paths]
        content = b"".join(b"" if source is None else disk.digest(source.data) for source in sources)
        asked = msgspec.msgpack.encode((self._cache.environment, diagnostic.code, request))
        return disk.digest(asked + content).hex()


_decoder = msgspec.msgpack.Decoder(dict[str, bool])
