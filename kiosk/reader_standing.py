"""How the reader at the kiosk stands: what keeps them from borrowing, and what a return changes of it.

Pure, part of `session.py` and `view.py`. The decision is the core's (or, offline, of the same rules on the
snapshot); here it is only kept true while books come back within the session.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from library.contract.kiosk_api import ReaderCard, ReaderLoan, ReasonSaid


def what_keeps(reader: ReaderCard) -> ReasonSaid | None:
    """Why this reader may not borrow now, None for whoever only has all the books they may have."""
    return next((reason for reason in reader.reasons if reason.code != "loan_limit"), None)


def overdue_loans(reader: ReaderCard, returned: Collection[str]) -> list[ReaderLoan]:
    """Overdue loans that are still in the child's hands."""
    return [loan for loan in reader.loans if loan.overdue and loan.copy_barcode not in returned]


def after_return(reader: ReaderCard, barcode: str, returned: Collection[str]) -> ReaderCard:
    """The reader once their own copy `barcode` is back; `returned`: all that came back in this session.

    A return clears the limit (if the loan counted) and, with the last overdue book, what was overdue (L14); a blocked
    or expired reader stays so. The core decides again at the next book."""
    loan = next((one for one in reader.loans if one.copy_barcode == barcode), None)
    if loan is None:
        return reader
    cleared = {"loan_limit"} if loan.counts else set()
    if not overdue_loans(reader, returned):
        cleared.add("has_overdues")
    reasons = tuple(reason for reason in reader.reasons if reason.code not in cleared)
    if reasons:
        return replace(reader, reasons=reasons)
    return replace(reader, reasons=(), can_borrow=True, remaining=reader.remaining + loan.counts)
