"""Covers of books on the kiosk's page: asked once, and bounded in bytes however many books a day brings."""

from __future__ import annotations

import pytest
from kiosk_world import Core

from kiosk import covers as module
from kiosk.api_client import ApiClient
from kiosk.clock import KioskClock
from kiosk.covers import Covers
from kiosk.serving import Line
from library.cataloguing.tables import Record
from library.foundation.database import transaction


def test_the_newest_are_kept_and_the_oldest_make_room(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 40_000)
    with transaction():
        for number in range(25):
            core.world.add_title(f"Cuốn số {number}: truyện của em bé thứ {number * 7}", 1)
    records = [record.id for record in Record.select(Record.id).order_by(Record.id)]
    api = ApiClient(core.proxy.url, core.token)
    covers = Covers(api, Line(KioskClock(), lambda event: None))
    first = {number: covers.find(number) for number in records}
    assert all(data is not None and b"<svg" in data for data in first.values())
    assert sum(map(len, first.values())) > 80_000  # type: ignore[arg-type]  # none is None
    core.proxy.dead = True
    again = {number: covers.find(number) for number in reversed(records)}
    kept = [number for number in records if again[number] is not None]
    assert kept == records[-len(kept) :] and 4 <= len(kept) < 25
    assert all(again[number] == first[number] for number in kept)
    assert sum(map(len, covers._kept.values())) <= 40_000
    api.close()
