"""kill -9 in the middle of an import and of checkouts: nothing acknowledged is missing, doctor is clean."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.bench import corpus
from tests.running_school import Client, count_rows, environment, kesach, serving

pytestmark = pytest.mark.slow


KIOSKS = 4


def _doctor(data: Path) -> dict[str, str]:
    report = json.loads(kesach(data, "doctor", "--json"))
    assert report["status"] == "ok", report
    return {check["check"]: check["level"] for check in report["checks"]}


def _kill_import_halfway(data: Path, file: Path) -> int:
    """Start the import, kill -9 it once a first chunk is committed; returns how many records were in."""
    process = subprocess.Popen(
        [sys.executable, "-m", "library.cli", "import", "marc", str(file)],
        env=environment(data), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + 60
    while count_rows(data, "SELECT count(*) FROM record") == 0:
        assert process.poll() is None and time.monotonic() < until, "the import ended before it could be killed"
    process.kill()
    process.wait()
    return count_rows(data, "SELECT count(*) FROM record")


@pytest.fixture
def school(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    kesach(data, "init")
    return data


def test_a_killed_import_goes_on_where_it_stopped(school: Path, tmp_path: Path) -> None:
    file = tmp_path / "in.mrc"
    corpus.write_marc(file, 6_000)
    halfway = _kill_import_halfway(school, file)
    assert 0 < halfway < 6_000
    result = json.loads(kesach(school, "import", "marc", str(file), "--json"))
    assert result["read"] == 6_000
    assert result["rejected"] == 0
    assert count_rows(school, "SELECT count(*) FROM record") == 6_000
    assert count_rows(school, "SELECT count(*) FROM copy") == 6_000
    assert count_rows(school, "SELECT count(*) FROM import_batch") == 1
    _doctor(school)


def test_a_killed_import_can_be_undone_instead(school: Path, tmp_path: Path) -> None:
    file = tmp_path / "in.mrc"
    corpus.write_marc(file, 6_000)
    _kill_import_halfway(school, file)
    connection = sqlite3.connect(school / "kesach.db")
    batch = connection.execute("SELECT number FROM import_batch").fetchone()[0]
    connection.close()
    result = json.loads(kesach(school, "import", "undo", batch, "--json"))
    assert result["kept"] == []
    assert count_rows(school, "SELECT count(*) FROM record WHERE deleted_at IS NULL") == 0
    _doctor(school)


def test_a_killed_core_forgets_no_loan_it_confirmed(school: Path, tmp_path: Path) -> None:
    file = tmp_path / "in.mrc"
    corpus.write_marc(file, 300)
    kesach(school, "import", "marc", str(file), "--json")
    listing = tmp_path / "gv.csv"
    rows = [f"89{number:08d},Lê Thị Ước {number},Giáo viên" for number in range(60)]
    listing.write_text("\n".join(["Mã định danh Bộ GD&ĐT,Họ và tên,Vị trí việc làm", *rows]), "utf-8-sig")
    kesach(school, "import", "readers", str(listing), "--json")
    token = kesach(school, "device", "add", "quay-1").strip().splitlines()[-1]
    connection = sqlite3.connect(school / "kesach.db")
    cards = [number for (number,) in connection.execute("SELECT number FROM card ORDER BY id")]
    connection.close()
    assert len(cards) == 60

    sent: list[tuple[str, dict[str, str]]] = []
    confirmed: dict[str, dict[str, object]] = {}
    with serving(school) as (port, process):

        def borrow(kiosk: int) -> None:
            client = Client(port, token)
            for number in range(1 + kiosk, 301, KIOSKS):  # at once: their acts share commits
                key = str(uuid.uuid4())
                body = {"reader_card": cards[number % 60], "copy_barcode": f"B{number:07d}"}
                sent.append((key, body))
                try:
                    status, answer = client.post("/api/v1/kiosk/checkouts", body, key)
                except (OSError, HTTPException):
                    return
                assert status == 201, answer
                confirmed[key] = json.loads(answer)

        borrowers = [threading.Thread(target=borrow, args=(kiosk,)) for kiosk in range(KIOSKS)]
        for borrower in borrowers:
            borrower.start()
        until = time.monotonic() + 60
        while len(confirmed) < 40:
            borrowers[0].join(timeout=0.01)
            assert borrowers[0].is_alive() and time.monotonic() < until
        process.kill()
        for borrower in borrowers:
            borrower.join(timeout=60)
    assert 40 <= len(confirmed) < 300

    # All or nothing of each act: the loan, its audit row and its key stand together, and every confirmed one does.
    connection = sqlite3.connect(school / "kesach.db")
    loans = {row[0] for row in connection.execute("SELECT act_key FROM loan")}
    keys = {row[0] for row in connection.execute("SELECT key FROM idempotency_key")}
    audits = connection.execute("SELECT count(*) FROM audit_entry WHERE action = 'loan.check_out'").fetchone()[0]
    connection.close()
    assert loans == keys and audits == len(loans) and set(confirmed) <= loans <= {key for key, _body in sent}

    with serving(school) as (port, _process):
        client = Client(port, token)
        for key, body in sent:  # the kiosk asks again with the same keys
            status, answer = client.post("/api/v1/kiosk/checkouts", body, key)
            assert status == 201, answer
            if key in confirmed:
                assert json.loads(answer) == confirmed[key]
    assert count_rows(school, "SELECT count(*) FROM loan") == len(sent)
    _doctor(school)
