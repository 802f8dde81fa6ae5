"""The core's process is stopped in the middle of everything (SIGSTOP), goes on and is stopped again: every book is
answered within seconds, and in the end core and kiosk agree."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kiosk_program import KioskProgram

from tests.bench import corpus
from tests.running_school import Client, kesach, serving

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="POSIX")]
PROMPT = 30.0
"""Seconds within which a scan is answered, on a very busy machine: the kiosk gives the core four, a frozen core never
answers."""


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as found:
        return found.execute(sql).fetchall()


@dataclass
class School:
    data: Path
    port: int
    pid: int
    token: str
    cards: list[str]

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    @property
    def open_loans(self) -> dict[str, int]:
        """Barcode -> how many open loans."""
        return dict(
            rows(
                self.data / "kesach.db",
                "SELECT copy.barcode, COUNT(*) FROM loan JOIN copy ON copy.id = loan.copy_id"
                " WHERE loan.returned_at IS NULL GROUP BY 1",
            )
        )


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    data = tmp_path / "data"
    kesach(data, "init")
    corpus.write_marc(tmp_path / "in.mrc", 30)
    kesach(data, "import", "marc", str(tmp_path / "in.mrc"), "--json")
    listing = tmp_path / "gv.csv"
    teachers = [f"89{number:08d},Lê Thị Ước {number},Giáo viên" for number in range(3)]
    listing.write_text("\n".join(["Mã định danh Bộ GD&ĐT,Họ và tên,Vị trí việc làm", *teachers]), "utf-8-sig")
    kesach(data, "import", "readers", str(listing), "--json")
    token = kesach(data, "device", "add", "quay-1").strip().splitlines()[-1]
    cards = [card for (card,) in rows(data / "kesach.db", "SELECT number FROM card ORDER BY id")]
    with serving(data) as (port, process):
        made = School(data, port, process.pid, token, cards)
        yield made
        made.thaw()


def test_a_core_that_is_stopped_and_goes_on(school: School, tmp_path: Path) -> None:
    books = [f"B{number:07d}" for number in range(1, 8)]
    lent, back = books[:3], books[3:]
    core = Client(school.port, school.token)
    for number, book in enumerate(back):
        card = school.cards[1 + number % 2]
        status, answer = core.post("/api/v1/kiosk/checkouts", {"reader_card": card, "copy_barcode": book})
        assert status == 201, answer
    folder = tmp_path / "kiosk"
    folder.mkdir()
    address = SimpleNamespace(proxy=SimpleNamespace(url=f"http://127.0.0.1:{school.port}"), token=school.token)
    kiosk = KioskProgram(address, folder)  # type: ignore[arg-type]  # all it asks of a core
    snapshot = folder / "state" / "snapshot.db"
    try:
        kiosk.until(lambda view: view["school"] and view["online"])
        kiosk.until(lambda _: len(rows(snapshot, "SELECT 1 FROM copy WHERE loan_card IS NOT NULL")) == len(back))
        kiosk.borrow(school.cards[0], lent[0], lambda view: len(view["books"]) == 1)
        school.freeze()
        for number, book in enumerate(lent[1:], start=2):
            kiosk.scan(book)
            kiosk.until(lambda view, wanted=number: len(view["books"]) == wanted, PROMPT)
        kiosk.press("done")
        left = list(back)
        # A book at once; one when that session has ended by itself, so that the line may be tried anew; one that meets
        # the core as it goes on; and one that meets it as it stops again.
        kiosk.scan(left.pop())
        kiosk.until(lambda view: view["screen"] == "returning" and len(view["books"]) == 1, PROMPT)
        kiosk.until(lambda view: view["screen"] == "idle")
        kiosk.scan(left.pop())
        kiosk.until(lambda view: view["screen"] == "returning" and len(view["books"]) == 1, PROMPT)
        kiosk.scan(left.pop())
        school.thaw()
        kiosk.until(lambda view: len(view["books"]) == 2, PROMPT)
        kiosk.until(lambda view: view["online"])
        kiosk.scan(left.pop())
        school.freeze()
        kiosk.until(lambda view: len(view["books"]) in (1, 3), PROMPT)
        assert not left
        school.thaw()
        kiosk.until(lambda view: view["online"] and kiosk.report["journal_length"] == 0)
    finally:
        school.thaw()
        kiosk.close()
    journal = folder / "state" / "journal.db"
    written = rows(journal, "SELECT kind, barcode FROM act ORDER BY seq")
    assert sorted(written) == sorted([("checkout", book) for book in lent] + [("return", book) for book in back])
    assert school.open_loans == dict.fromkeys(lent, 1)
    assert rows(school.data / "kesach.db", "SELECT COUNT(*) FROM loan") == [(len(books),)]
    assert rows(school.data / "kesach.db", "SELECT payload FROM kiosk_conflict") == []
    assert json.loads(kesach(school.data, "doctor", "--json"))["status"] == "ok"
