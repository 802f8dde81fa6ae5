"""Printed tickets as PNG files: for the `png` printer, the emulator, demos and screenshots.

Here: `TicketFolder`. A file appears whole or not at all, under a name that sorts by time.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

_PREFIX, _SUFFIX = "receipt-", ".png"


class TicketFolder:
    """`keep`: the oldest tickets beyond this number are deleted, so that a disk never fills up.
    `edge`: white dots above and below, as real paper has them; the width stays the head's."""

    def __init__(self, folder: str | os.PathLike[str], *, keep: int = 500, edge: int = 24) -> None:
        self._folder = Path(folder)
        self._keep = keep
        self._edge = edge
        self._number = 0

    def save(self, ticket: Image.Image) -> Path:
        """Write one ticket; raises OSError (disk full, no permission)."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._number += 1
        moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        path = self._folder / f"{_PREFIX}{moment}-{self._number:04d}{_SUFFIX}"
        image = Image.new("1", (ticket.width, ticket.height + 2 * self._edge), 1)
        image.paste(ticket, (0, self._edge))
        unfinished = path.with_suffix(".part")
        try:
            image.save(unfinished, format="PNG", optimize=True)
            os.replace(unfinished, path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        for old in self.tickets()[: -self._keep]:
            old.unlink(missing_ok=True)
        return path

    def tickets(self) -> list[Path]:
        """All tickets, oldest first."""
        return sorted(self._folder.glob(f"{_PREFIX}*{_SUFFIX}"))
