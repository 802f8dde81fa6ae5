"""Migrations 0007 and 0012 on a database with a kiosk in it: it stays as it was, and may be asked and updated after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import peewee as pw
import pytest

from library.foundation import database as db
from library.foundation import schema
from tests.old_database import old_database_at, put, rows

AT = "2026-09-02T00:00:00.000000Z"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """A database as it was before kiosks could be asked anything, with one kiosk."""
    with old_database_at(request, tmp_path, "0005_add_charge"):
        put("device", id=7, name="Quầy sảnh", profile="kiosk", token_hash="h" * 64, created_at=AT, created_by="Cô Lan")
        yield


def order(number: int, **values: object) -> None:
    put("device_order", **{"device_id": 7, "key": f"k{number}", "kind": "message", "text": "Hết giấy", "created_at": AT,
                           "created_by": "Cô Lan", "expires_at": AT, **values})  # fmt: skip


def test_a_kiosk_lives_through_both(old_database: None) -> None:
    kiosk = [(7, "Quầy sảnh", "kiosk", "Cô Lan")]
    schema.runner().up("0007_add_kiosk_orders")
    assert rows("SELECT id, name, profile, created_by FROM device") == kiosk
    order(1)
    put("device_run", device_id=7, run="r1", address="192.168.1.21", first_seen_at=AT, last_seen_at=AT)
    put("receipt_template", settings='{"heading": "Mơ Ước"}', logo="", created_at=AT, created_by="Cô Lan")
    with pytest.raises(pw.IntegrityError):
        order(1)  # a key is given once
    with pytest.raises(pw.IntegrityError):
        put("device_run", device_id=7, run="r1", address="x", first_seen_at=AT, last_seen_at=AT)
    with pytest.raises(pw.IntegrityError):
        order(2, device_id=99)

    schema.runner().up("0012_add_kiosk_releases")
    assert rows("SELECT id, name, profile, created_by FROM device") == kiosk
    assert rows("SELECT device_id, text FROM device_order") == [(7, "Hết giấy")]
    assert rows("SELECT logo FROM receipt_template") == [("",)]
    put("device_key", device_id=7, key="s" * 44, created_at=AT)
    put("kiosk_release", id=1, version="0.2.0", files="[]", added_at=AT, added_by="Cô Lan")
    for serial, device in ((1_800_000_000_000, 7), (1_800_000_000_001, None)):
        put("release_offer", release_id=1, device_id=device, serial=serial, created_at=AT, created_by="Cô Lan")
    with pytest.raises(pw.IntegrityError):
        put("device_key", device_id=7, key="t" * 44, created_at=AT)
    with pytest.raises(pw.IntegrityError):
        with db.database.atomic():
            db.database.execute_sql("DELETE FROM kiosk_release")

    db.database.execute_sql("DELETE FROM device")
    for table in ("device_order", "device_run", "device_key"):
        assert rows(f"SELECT id FROM {table}") == [], "what was one kiosk's goes with it"
    assert rows("SELECT device_id, serial FROM release_offer") == [(None, 1_800_000_000_001)]
    if db.is_sqlite():
        assert rows("PRAGMA integrity_check") == [("ok",)] and rows("PRAGMA foreign_key_check") == []
