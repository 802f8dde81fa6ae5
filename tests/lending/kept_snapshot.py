"""What a kiosk holds that took a whole snapshot once and only changes since."""

from __future__ import annotations

from typing import Any

from library.kiosk_api.snapshots import make_snapshot

Rows = dict[str, dict[str, Any]]


class KeptSnapshot:
    def __init__(self) -> None:
        self.readers: Rows = {}
        self.copies: Rows = {}
        self.followed = 0
        """Changes that were sent as changes, not as a whole."""
        self._version: int | None = None
        self.follow()

    def follow(self) -> None:
        answer = make_snapshot(self._version)
        if answer["full"]:
            self.readers, self.copies = {}, {}
        else:
            self.followed += 1
        for rows, kind, key in ((self.readers, "readers", "card"), (self.copies, "copies", "barcode")):
            for gone in answer["removed"][kind]:
                rows.pop(gone, None)
            rows.update({row[key]: row for row in answer[kind]})
        self._version = answer["version"]

    def check(self) -> None:
        """Whatever happened since: old + changes = what a whole one says."""
        self.follow()
        whole = make_snapshot()
        assert self.copies == {row["barcode"]: row for row in whole["copies"]}
        assert self.readers == {row["card"]: row for row in whole["readers"]}
