"""What lending says when a reader is about to be removed: open loans, holds, corners in their charge.

service.py registers it (library/readers/ties.py says why this way round).
"""

from __future__ import annotations

from library.foundation.errors import Reason
from library.lending.rules import make_reason
from library.lending.tables import Charge, Hold, HoldingUnit, Loan


def list_open_ties(reader_id: int) -> list[Reason]:
    """Every reason why this reader cannot go yet."""
    reasons = []
    loans = Loan.select().where(Loan.reader == reader_id, Loan.returned_at.is_null()).count()
    if loans:
        reasons.append(make_reason("reader_has_loans", count=loans))
    charges = Charge.select().where(Charge.reader == reader_id, Charge.settled_at.is_null()).count()
    if charges:
        reasons.append(make_reason("reader_has_charges", count=charges))
    holds = Hold.select().where(Hold.reader == reader_id, Hold.ended_at.is_null()).count()
    if holds:
        reasons.append(make_reason("reader_has_holds", count=holds))
    unit = HoldingUnit.get_or_none(
        ((HoldingUnit.responsible == reader_id) | (HoldingUnit.helper == reader_id)) & HoldingUnit.closed_on.is_null()
    )
    if unit is not None:
        reasons.append(make_reason("reader_keeps_unit", unit=unit.name))
    return reasons

