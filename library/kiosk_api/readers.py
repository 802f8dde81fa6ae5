"""GET readers/CARD: what a scanned card tells the kiosk. Reads only; the decision is lending's."""

from __future__ import annotations

from datetime import date

from library.cataloguing.model import shown_title
from library.cataloguing.tables import Copy, Record
from library.contract.codes import word
from library.contract.kiosk_api import ReaderCard, ReaderLoan, ReasonSaid
from library.foundation.clock import today
from library.foundation.errors import Reason, Refused
from library.kiosk_api.names import display_name
from library.lending.desk_facts import ReaderAtDesk, find_reader, unknown_card
from library.lending.limits import counts_in_total, remaining_in_total
from library.lending.loan_writing import LendingDay, lending_day
from library.lending.model import CopyFacts, Granted, LoanFacts, OpenLoan, RenewalFacts
from library.lending.queries import count_holds_ready, list_waiting_counts
from library.lending.rows import dicts_of, tuples_of
from library.lending.rules import decide_reader, decide_renewal
from library.lending.tables import Loan
from library.readers.tables import Enrolment, Reader

_PRIVATE = ("name", "card", "why")
"""Fields of a reason that a kiosk has no business with."""


def get_reader_card(card: str) -> ReaderCard:
    """Refused for a card that is not active: `reader_unknown`, or `card_replaced` for one that was ours (L10)."""
    day = lending_day()
    reader = find_reader(card=card, year_id=day.year_id, today=day.on)
    if reader is None:
        raise Refused([unknown_card(card)])
    reasons = decide_reader(reader.facts, day.policy, day.on)
    return ReaderCard(
        card=reader.card,
        display_name=display_name(reader.full_name, _classmates(reader)),
        class_name=reader.class_name,
        kind=reader.kind,
        can_borrow=not reasons,
        reasons=tuple(said(reason) for reason in reasons),
        loans=_loans(reader, day),
        holds_ready=count_holds_ready(reader.id),
        remaining=0 if reasons else remaining_in_total(reader.facts, day.policy),
    )


def said(reason: Reason) -> ReasonSaid:
    """A reason in words for a child, without what names the reader."""
    params = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in reason.params.items()
        if name not in _PRIVATE
    }
    return ReasonSaid(
        code=reason.code,
        message=word(reason.code, reason.params, child=True),
        overridable=reason.overridable,
        params=params,
    )


def _classmates(reader: ReaderAtDesk) -> list[str]:
    if reader.class_name is None:
        return []
    own = Enrolment.select(Enrolment.school_class).where(Enrolment.reader == reader.id, Enrolment.ended_on.is_null())
    query = (
        Reader.select(Reader.full_name)
        .join(Enrolment)
        .where(Enrolment.school_class.in_(own), Enrolment.ended_on.is_null())
    )
    return [name for (name,) in tuples_of(query)]


def _loans(reader: ReaderAtDesk, day: LendingDay) -> tuple[ReaderLoan, ...]:
    query = (
        Loan.select(
            Loan.id, Loan.due_on, Loan.renewals, Loan.material, Loan.collection, Loan.purpose, Copy.id.alias("copy_id"),
            Copy.barcode, Copy.record, Record.title, Record.part, Loan.recalled_on,
        )
        .join(Copy)
        .join(Record)
        .where(Loan.reader == reader.id, Loan.returned_at.is_null())
        .order_by(Loan.due_on, Loan.id)
    )  # fmt: skip
    rows = dicts_of(query)
    waiting = list_waiting_counts({row["record"] for row in rows}) if rows else {}
    loans = []
    for row in rows:
        copy = CopyFacts(
            id=row["copy_id"], barcode=row["barcode"], record_id=row["record"], material=row["material"],
            collection=row["collection"],
            loan=LoanFacts(
                id=row["id"], reader_id=reader.id, due_on=row["due_on"], renewals=row["renewals"],
                recalled=row["recalled_on"] is not None,
            ),
        )  # fmt: skip
        # Spare copies are not counted here: "renewable" may say no where the renewal itself says yes.
        facts = RenewalFacts(
            card=reader.card, barcode=row["barcode"], reader=reader.facts, copy=copy,
            waiting_holds=waiting.get(row["record"], 0),
        )  # fmt: skip
        open_loan = OpenLoan(
            due_on=row["due_on"], material=row["material"], collection=row["collection"], purpose=row["purpose"]
        )
        loans.append(
            ReaderLoan(
                loan_id=row["id"],
                copy_barcode=row["barcode"],
                title=shown_title(row["title"], row["part"]),
                due_on=row["due_on"].isoformat(),
                overdue=row["due_on"] < today(),
                material=row["material"],
                counts=counts_in_total(reader.facts, open_loan, day.policy),
                renewable=isinstance(decide_renewal(facts, day.policy, day.calendar, day.on), Granted),
            )
        )
    return tuple(loans)
