"""A stock-take of the demo school: the reference shelf, half counted yesterday afternoon, with what it brought up.

Made by the use cases; no random numbers. Next: library/stock/service.py.
"""

from __future__ import annotations

from datetime import date

from library.cataloguing.tables import Collection, Copy
from library.foundation.audit import Actor
from library.foundation.clock import at_local, clock_at
from library.lending.tables import Loan
from library.stock.service import scan_books, start_stocktake

LIBRARIAN = Actor("staff", "Trần Thị Mai Lan")
RANGE = "TRC"


def fill_stocktake(until: date) -> None:
    """Begun on the afternoon of `until`: two thirds scanned, one book of another collection, one that
    the books have with a reader."""
    with clock_at(at_local(until, 15, 20)):
        count = start_stocktake("Kiểm kê từ điển, sách tra cứu", RANGE, actor=LIBRARIAN)
        shelf = Copy.select(Copy.barcode).join(Collection).where(Collection.code == RANGE, Copy.status == "in_service")
        codes = [barcode for (barcode,) in shelf.order_by(Copy.accession_number).tuples()]
        stray = Copy.select(Copy.barcode).join(Collection).where(Collection.code == "STK", Copy.status == "in_service")
        lent = (
            Copy.select(Copy.barcode)
            .join(Loan)
            .where(Loan.returned_at.is_null(), Loan.loaned_on < until, Loan.purpose == "home")
            .order_by(Loan.due_on, Loan.id)
        )
        others = [barcode for query in (stray.order_by(Copy.id), lent) for (barcode,) in query.limit(1).tuples()]
        scan_books(count, codes[: len(codes) * 2 // 3] + others, actor=LIBRARIAN)
