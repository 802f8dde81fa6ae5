"""kill -9 at any point of many late returns at once: each is there with all its rows, or not at all, and each one that
was confirmed is there. A return writes the most: loan, suspension, debt, hold, audit and key."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from lending_world import STAFF, World, prefer

from library.cataloguing.tables import Copy
from library.foundation.tables import AuditEntry, IdempotencyKey
from library.lending.holds import place_hold
from library.lending.service import check_out
from library.lending.tables import Charge, Hold, Loan
from library.readers.tables import ReaderBlock

WORKER = Path(__file__).with_name("lending_worker.py")
ROUNDS, BOOKS = 4, 24


@pytest.mark.slow
def test_all_or_nothing_of_each_return(school: World, database: str) -> None:
    prefer(suspension_factor=1, late_fine=500)
    for round_number in range(ROUNDS):
        codes = []
        for number in range(BOOKS):
            name = f"Em {round_number} {number}"
            school.add_reader(name)
            (code,) = school.add_title(f"Sách {round_number} {number}")
            check_out(code, reader_id=school.readers[name], actor=STAFF, channel="desk")
            place_hold(school.readers["Phạm Chi"], school.records[f"Sách {round_number} {number}"], actor=STAFF)
            codes.append(code)
        process = subprocess.Popen(
            [sys.executable, str(WORKER), database, "2027-01-11", *codes], stdout=subprocess.PIPE, encoding="utf-8"
        )
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(1 + round_number * 5)]
        process.kill()
        told += process.stdout.read().splitlines()  # a line cut short is no code
        process.wait()
        confirmed = {code for code in told if code in codes}
        returned = {
            row.copy.barcode: row for row in Loan.select().join(Copy).where(Copy.barcode.in_(codes))
            if row.returned_at is not None
        }  # fmt: skip
        assert confirmed and confirmed <= set(returned)
        for row in Loan.select().join(Copy).where(Copy.barcode.in_(codes)):
            done = row.returned_at is not None
            assert (row.overdue_days == (date(2027, 1, 11) - row.due_on).days) is done
            assert ReaderBlock.select().where(ReaderBlock.reader == row.reader_id).count() == done
            assert Charge.select().where(Charge.loan == row.id).count() == done
            assert Hold.select().where(Hold.record == row.copy.record_id, Hold.status == "ready").count() == done
            audits = AuditEntry.select().where(
                AuditEntry.subject_kind == "loan", AuditEntry.subject_id == str(row.id),
                AuditEntry.action == "loan.check_in",
            )  # fmt: skip
            assert audits.count() == done
    assert IdempotencyKey.select().count() == Loan.select().where(Loan.returned_at.is_null(False)).count()
