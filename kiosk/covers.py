"""Pictures of books for the page: asked of the core once, kept for a while."""

from __future__ import annotations

from kiosk.api_client import ApiClient, CoreRefused, Unreachable
from kiosk.serving import Line

MAX_COVERS = 300


class Covers:
    """`find` is called by the page's server, in any of its threads."""

    def __init__(self, api: ApiClient, line: Line) -> None:
        self._api, self._line = api, line
        self._kept: dict[int, bytes] = {}

    def find(self, record_id: int) -> bytes | None:
        """The core's picture of a book; None lets the page draw one itself."""
        found = self._kept.get(record_id)
        if found is None and self._line.is_up:
            try:
                kind, data = self._api.get_picture(f"/covers/{record_id}.svg")
            except (Unreachable, CoreRefused):
                return None
            if not kind.startswith("image/svg+xml"):
                return None
            if len(self._kept) >= MAX_COVERS:
                self._kept.pop(next(iter(self._kept)), None)
            found = self._kept[record_id] = data
        return found
