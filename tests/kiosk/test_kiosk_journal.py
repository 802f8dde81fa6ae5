"""The journal: durable, one row a key, and never thrown away."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.journal import Act, ActJournal, JournalUnavailable, describe_damage

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


PENDING, SENT = 12, 300


def broken(path: Path, damage: str, *, with_copy: bool) -> Path:
    """A journal whose kiosk is stopped, with acts the core has and acts it has not, damaged in one of several ways."""
    journal = ActJournal(path)
    for number in range(SENT):
        journal.write(act(f"sent-{number:04d}", title="Một nhan đề dài để trang dữ liệu nhiều hơn một", status="applied"))
    for number in range(PENDING):
        journal.write(act(f"new-{number:04d}", kind="return", title="Dế Mèn phiêu lưu ký", overrides=("has_overdues",)))
    for _ in range(16):
        journal.number_receipt("{}", NOW)
    journal.remember("staff_failures", "4")
    journal.close()
    if not with_copy:
        for name in ("chua-gui", "so-phieu"):
            path.with_name(f"{path.name}.{name}").unlink()
    whole = path.read_bytes()
    holes = {"header": [(0, 32)], "first page": [(0, 4096)], "middle": [(8 * 4096, 4096)], "all": [(0, len(whole))]}
    for start, length in holes[damage]:
        whole = whole[:start] + b"\xa5" * length + whole[start + length :]
    path.write_bytes(whole)
    return path


@pytest.mark.parametrize("with_copy", [True, False])
@pytest.mark.parametrize("damage", ["header", "first page", "middle", "all"])
def test_no_act_the_core_lacks_is_lost_with_the_file(tmp_path: Path, damage: str, with_copy: bool) -> None:
    path = broken(tmp_path / "journal.db", damage, with_copy=with_copy)
    again = ActJournal(path, now=NOW)
    pending = [(one.key, one.kind, one.overrides) for one in again.list_pending(100)]
    wanted = [(f"new-{number:04d}", "return", ("has_overdues",)) for number in range(PENDING)]
    [damaged] = again.list_damages()
    if with_copy or damage != "all":
        assert pending == wanted, "in the order in which they happened"
    assert damaged.waiting == len(pending) and damaged.saved == len(again.list_acts()) == again.rescued
    assert damaged.lost == (not with_copy and damage in ("middle", "all")), "what nobody can rule out is said"
    if damage in ("header", "first page"):
        assert len(again.list_acts()) == SENT + PENDING and again.recall("staff_failures") == "4"
    number = again.number_receipt("{}", NOW)
    assert number == 17 if with_copy or damage != "all" else number > 10_000, "a number never comes twice"
    again.close()


def test_a_damage_is_told_until_staff_have_seen_it_and_its_file_stays(tmp_path: Path) -> None:
    path = broken(tmp_path / "journal.db", "all", with_copy=False)
    journal = ActJournal(path, now=NOW)
    told = describe_damage(journal.list_damages())
    assert told == {
        "file": "journal.db.hong-20261123T024100Z", "at": "2026-11-23T02:41:00Z", "saved": 0, "waiting": 0, "lost": True,
    }  # fmt: skip
    journal.close()
    journal = ActJournal(path)
    assert describe_damage(journal.list_damages()) == told, "a restart changes nothing"
    journal.see_damage("journal.db.hong-khac")
    assert describe_damage(journal.list_damages()) == told
    journal.see_damage(told["file"])
    assert describe_damage(journal.list_damages()) is None and (tmp_path / told["file"]).exists()
    journal.close()


def test_acts_that_only_the_safety_copy_has_come_back(tmp_path: Path) -> None:
    """A write-ahead log that ends early leaves a journal that looks sound."""
    path = tmp_path / "journal.db"
    journal = ActJournal(path)
    journal.write(act("one"))
    journal.write(act("two"))
    journal.close()
    with sqlite3.connect(path) as opened:
        opened.execute("DELETE FROM act WHERE key = 'two'")
    opened.close()
    again = ActJournal(path)
    assert [one.key for one in again.list_pending(10)] == ["one", "two"] and again.set_aside is None
    again.close()


def test_the_safety_copy_keeps_only_what_the_core_lacks(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    copy = tmp_path / "journal.db.chua-gui"
    journal = ActJournal(path)
    journal.write(act("online", status="applied"))
    assert b"online" not in copy.read_bytes()
    journal.write(act("away"))
    assert b"away" in copy.read_bytes() and b"TV00000017" in copy.read_bytes()
    assert copy.stat().st_mode & 0o077 == 0
    journal.settle([("away", "applied", None)], NOW)
    assert b"TV00000017" not in copy.read_bytes(), "no reading history beside the journal"
    journal.write(act("later"))
    journal.close()
    # A line that is not as it was written is no act, and the copy no longer counts as whole.
    copy.write_bytes(copy.read_bytes().replace(b"TV00000017", b"TV00000018"))
    path.write_bytes(b"\xa5" * 9000)
    again = ActJournal(path, now=NOW)
    assert again.list_acts() == [] and again.list_damages()[0].lost
    again.close()


def test_whoever_only_looks_mends_nothing(tmp_path: Path) -> None:
    path = broken(tmp_path / "journal.db", "header", with_copy=True)
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    with pytest.raises(JournalUnavailable):
        ActJournal(path, owner=False)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


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
    # What the core said yes to at once has no time of settling of its own.
    journal.write(act("online", status="applied"))
    journal.forget_readers(NOW + timedelta(days=1))
    assert [one.card for one in journal.list_acts() if one.key == "online"] == [None]


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
