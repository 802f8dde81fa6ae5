"""Pictures of books for the page: asked of the core once, kept for a while."""

from __future__ import annotations

import threading
import zlib

from kiosk.api_client import ApiClient, CoreRefused, Unreachable
from kiosk.serving import Line

MAX_BYTES = 300_000
"""Of all pictures kept, packed: some 60 drawn covers, the books of the last dozen children. Drawn anew by the core, one
takes a few milliseconds."""


class Covers:
    """`find` is called by the page's server, in any of its threads."""

    def __init__(self, api: ApiClient, line: Line) -> None:
        self._api, self._line = api, line
        self._lock = threading.Lock()
        self._kept: dict[int, bytes] = {}
        self._bytes = 0

    def find(self, record_id: int) -> bytes | None:
        """The core's picture of a book; None lets the page draw one itself."""
        packed = self._kept.get(record_id)
        if packed is not None:
            return zlib.decompress(packed)
        if not self._line.is_up:
            return None
        try:
            kind, data = self._api.get_picture(f"/covers/{record_id}.svg")
        except (Unreachable, CoreRefused):
            return None
        if not kind.startswith("image/svg+xml"):
            return None
        self._keep(record_id, zlib.compress(data, 1))
        return data

    def _keep(self, record_id: int, packed: bytes) -> None:
        """In place of the oldest ones."""
        with self._lock:
            self._bytes += len(packed) - len(self._kept.pop(record_id, b""))
            self._kept[record_id] = packed
            while self._bytes > MAX_BYTES:
                self._bytes -= len(self._kept.pop(next(iter(self._kept))))
