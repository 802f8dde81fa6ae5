"""Where each copy is: the open loan, the unit it stands in and the hold it is kept for, joined once for every question.

A select over Copy names the columns it wants; `join_whereabouts` brings the rows they come from. At most one row
of each table is open for a copy (the constraints `loan_one_open`, `placement_one_open`, `hold_one_ready`), so a copy
stays one row.
"""

from __future__ import annotations

from typing import Any

import peewee as pw

from library.cataloguing.tables import Copy
from library.lending.tables import Hold, HoldingUnit, Loan, Placement
from library.readers.tables import SchoolClass


def join_whereabouts(query: Any) -> Any:
    """The select, left-joined to Loan (open), Placement, HoldingUnit and its SchoolClass, and Hold (ready to fetch)."""
    return (
        query.join_from(Copy, Loan, pw.JOIN.LEFT_OUTER, on=(Loan.copy == Copy.id) & Loan.returned_at.is_null())
        .join_from(Copy, Placement, pw.JOIN.LEFT_OUTER, on=(Placement.copy == Copy.id) & Placement.removed_at.is_null())
        .join(HoldingUnit, pw.JOIN.LEFT_OUTER, on=(Placement.unit == HoldingUnit.id))
        .join(SchoolClass, pw.JOIN.LEFT_OUTER, on=(HoldingUnit.school_class == SchoolClass.id))
        .join_from(Copy, Hold, pw.JOIN.LEFT_OUTER, on=(Hold.ready_copy == Copy.id) & (Hold.status == "ready"))
    )
