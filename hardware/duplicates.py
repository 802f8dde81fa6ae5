"""The same code again within a moment is the same act, not a second one.

Here: `DuplicateFilter`, pure. A presentation scanner repeats a book that lies under it for as
long as it lies there, so the window slides: each repetition renews it. A book scanned again later
in the session is the kiosk's business ("đã có trong danh sách"), not this file's.
"""

from __future__ import annotations

from hardware.scan import Scan


class DuplicateFilter:
    """Remembers what was just scanned. `window` is in seconds."""

    def __init__(self, window: float = 1.5) -> None:
        self._window = window
        self._seen: dict[str, float] = {}

    def is_new(self, scan: Scan) -> bool:
        """False where the same text was seen within the window before. Problems always pass."""
        if scan.problem is not None:
            return True
        now = scan.at_monotonic
        self._seen = {text: at for text, at in self._seen.items() if now - at < self._window}
        repeated = scan.text in self._seen
        self._seen[scan.text] = now
        return not repeated
