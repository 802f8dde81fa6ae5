"""Short makers of facts for the pure rules; every argument of a rule stays visible in the test."""

from __future__ import annotations

from datetime import date
from typing import Any

from library.foundation.schoolyear import Calendar, Year
from library.lending.model import (
    CheckoutFacts,
    CopyFacts,
    Granted,
    LoanFacts,
    OpenLoan,
    Policy,
    ReaderFacts,
    RefusedBy,
    ReturnDecision,
)

TODAY = date(2026, 11, 23)  # a Monday
YEAR = Year("2026-2027", date(2026, 8, 1), date(2027, 1, 18), date(2027, 7, 31))
OPEN = Calendar()
POLICY = Policy(year=YEAR)


def an(**changes: Any) -> ReaderFacts:
    return ReaderFacts(**{"id": 1, "name": "Trần Minh An", "kind": "pupil", "grade": 6, **changes})


def book(**changes: Any) -> CopyFacts:
    values = {"id": 10, "barcode": "STN.000010", "record_id": 100, "material": "children", "collection": "STN"}
    return CopyFacts(**{**values, **changes})


def lent(record_id: int = 900, due_on: date = date(2026, 12, 1), **changes: Any) -> OpenLoan:
    values = {"due_on": due_on, "material": "children", "collection": "STN", "record_id": record_id}
    return OpenLoan(**{**values, **changes})


def loan(reader_id: int = 1, due_on: date = date(2026, 12, 1), **changes: Any) -> LoanFacts:
    return LoanFacts(**{"id": 5, "reader_id": reader_id, "due_on": due_on, **changes})


def asks(reader: ReaderFacts | None, copy: CopyFacts | None, **changes: Any) -> CheckoutFacts:
    return CheckoutFacts(**{"card": "TV00000017", "barcode": "STN.000010", "reader": reader, "copy": copy, **changes})


def codes_of(decision: Granted | RefusedBy | ReturnDecision) -> tuple[str, ...]:
    assert isinstance(decision, RefusedBy), f"granted: {decision}"
    return decision.codes


def due_of(decision: Granted | RefusedBy) -> date:
    assert isinstance(decision, Granted), f"refused: {decision}"
    return decision.due_on
