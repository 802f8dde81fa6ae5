"""The journal: durable, one row a key, and never thrown away."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.journal import Act, ActJournal, JournalUnavailable

NOW = datetime(2026, 11, 23, 2, 41, tzinfo=UTC)


def act(key: str, **values) -> Act:
    values.setdefault("kind", "checkout")
    return Act(key=key, barcode=f"TN-{key}", card="TV00000017", occurred_at="2026-11-23T02:41:00Z", **values)


@pytest.fixture
def journal(tmp_path: Path):
    opened = ActJournal(tmp_path / "journal.db")
    yield opened
    opened.close()


def test_acts_stay_in_order_and_a_key_is_one_act(journal: ActJournal) -> None:
    for key in ("b", "a", "c", "a"):
        journal.write(act(key))
    assert [one.key for one in journal.list_pending(10)] == ["b", "a", "c"]
    journal.settle([("a", "applied", None), ("b", "conflict", "copy_on_loan"), ("c", "nonsense", None)], NOW)
    assert [one.key for one in journal.list_pending(10)] == ["c"]
    journal.settle([("b", "applied", None)], NOW)
    assert [(one.key, one.status) for one in journal.list_acts()][0] == ("b", "conflict")


def test_what_is_written_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    program = (
        "import os, sys, pathlib; from kiosk.journal import *\n"
        "journal = ActJournal(pathlib.Path(sys.argv[1]))\n"
        "for n in range(20):\n"
        "    journal.write(Act(key=str(n), kind='return', barcode='S', occurred_at='2026-11-23T02:41:00Z'))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    repository = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program, str(path)], cwd=repository, timeout=60)
    assert done.returncode != 0
    journal = ActJournal(path)
    assert journal.count_pending() == 20
    journal.close()


def test_settings_that_lose_nothing_when_the_power_is_cut(journal: ActJournal) -> None:
    # WAL with NORMAL lost everything since the start in a cut; FULL lost nothing (measured).
    assert journal._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal._connection.execute("PRAGMA synchronous").fetchone() == (2,)


@pytest.mark.parametrize("damage", ["garbage", "middle"])
def test_damaged_file_is_set_aside_not_deleted(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "journal.db"
    journal = ActJournal(path)
    for number in range(300):
        journal.write(act(f"key-{number:04d}", title="Một nhan đề dài để trang dữ liệu nhiều hơn một"))
    journal.close()
    whole = path.read_bytes()
    if damage == "garbage":
        path.write_bytes(b"khong phai sqlite" * 400)
    else:
        path.write_bytes(whole[: 8 * 4096] + b"\xff" * 4096 + whole[9 * 4096 :])
    again = ActJournal(path, now=NOW)
    assert again.set_aside is not None and again.set_aside.name == "journal.db.hong-20261123T024100Z"
    assert again.set_aside.exists()
    again.write(act("new"))
    assert "new" in [one.key for one in again.list_acts()]
    assert again.rescued == len(again.list_acts()) - 1
    again.close()


def test_second_damage_in_the_same_second_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for content in (b"x" * 5000, b"y" * 5000):
        path.write_bytes(content)
        ActJournal(path, now=NOW).close()
    kept = sorted(tmp_path.glob("journal.db.hong-*"))
    assert [one.read_bytes()[:1] for one in kept] == [b"x", b"y"]


def test_no_way_to_write_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(JournalUnavailable):
        ActJournal(blocked / "journal.db")


def test_full_disk_is_said_and_nothing_half_written(journal: ActJournal) -> None:
    journal.write(act("first"))
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own "disk full"
    with pytest.raises(JournalUnavailable):
        for number in range(500):
            journal.write(act(f"more-{number}", title="x" * 200))
    journal._connection.execute("PRAGMA max_page_count = 1000000")
    journal.write(act("after"))
    assert journal.list_acts()[-1].key == "after"


def test_reading_history_is_forgotten_when_settled(journal: ActJournal) -> None:
    journal.write(act("old", title="Dế Mèn"))
    journal.write(act("pending", title="Dế Mèn"))
    journal.settle([("old", "applied", None)], NOW - timedelta(days=8))
    journal.forget_readers(NOW - timedelta(days=7))
    found = {one.key: (one.card, one.title) for one in journal.list_acts()}
    assert found == {"old": (None, ""), "pending": ("TV00000017", "Dế Mèn")}


def test_receipts_have_numbers_that_do_not_repeat(journal: ActJournal) -> None:
    first = journal.number_receipt(json.dumps({}), NOW)
    journal.forget_receipts(NOW + timedelta(days=1))
    assert journal.number_receipt(json.dumps({}), NOW) == first + 1


def test_file_is_private(tmp_path: Path) -> None:
    journal = ActJournal(tmp_path / "journal.db")
    journal.close()
    assert (tmp_path / "journal.db").stat().st_mode & 0o077 == 0


def test_locked_file_is_not_mistaken_for_a_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    ActJournal(path).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    opened = ActJournal(path)  # WAL: reading goes on beside a writer
    assert opened.set_aside is None
    holder.execute("ROLLBACK")
    holder.close()
    opened.close()
