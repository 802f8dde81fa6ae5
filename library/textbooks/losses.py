"""Textbooks that are gone: declared lost, and made good by the same title, by its price, or let off.

The loan ends as lost and the debt is an ordinary one (library/lending/charges.py); here it is asked about
by school year and class. Rule L112.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import peewee as pw

from library.cataloguing.model import Material, shown_title
from library.cataloguing.tables import Copy, Record
from library.contract.codes import register_errors
from library.foundation.audit import Actor
from library.foundation.clock import local_date
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, NotFound
from library.lending.charges import settle_with_copy, settle_with_price, waive
from library.lending.copy_troubles import declare_lost
from library.lending.rows import dicts_of
from library.lending.tables import Charge, Loan
from library.readers.tables import Reader
from library.textbooks.model import SETTLEMENTS

register_errors(
    {
        "textbook_settle_bad": "Chọn cách đền: cùng nhan đề, theo giá, hoặc nhà trường miễn.",
        "textbook_amount_missing": "Ghi số tiền đền.",
        "textbook_not_lost": "Cuốn này không có khoản đền nào đang mở.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A textbook lost by a pupil. `settled_as` None: not made good yet."""

    loan_id: int
    reader_id: int | None
    reader_name: str
    class_name: str
    title: str
    barcode: str
    accession_number: str
    price: int | None
    lost_on: date
    settled_as: str | None
    settled_amount: int | None
    settled_on: date | None

    @property
    def words(self) -> str:
        return SETTLEMENTS.get(self.settled_as or "", "Chưa đền" if self.settled_as is None else "Đã đền")


def declare_textbook_lost(loan_id: int, *, actor: Actor, comment: str | None = None) -> None:
    """The pupil has lost this one. NotFound loan_unknown unless the loan is open."""
    with transaction():
        loan = Loan.get_or_none((Loan.id == loan_id) & Loan.returned_at.is_null())
        if loan is None:
            raise NotFound("loan_unknown")
        declare_lost(Copy.get_by_id(loan.copy_id).barcode, actor=actor, comment=comment)


def settle_loss(
    loan_id: int, settled_as: str, *, actor: Actor, amount: int | None = None, comment: str | None = None
) -> None:
    """L112: made good by the same title (`copy`: a new copy is entered in the register), by `price` in VND,
    or `waived`. InvalidInput textbook_settle_bad, textbook_amount_missing; NotFound textbook_not_lost."""
    if settled_as not in SETTLEMENTS:
        raise InvalidInput("textbook_settle_bad", field="settled_as")
    if settled_as == "price" and amount is None:
        raise InvalidInput("textbook_amount_missing", field="amount")
    with transaction():
        charge = Charge.get_or_none(
            (Charge.loan == loan_id) & (Charge.kind == "lost") & Charge.settled_at.is_null()
        )
        if charge is None:
            raise NotFound("textbook_not_lost")
        if settled_as == "copy":
            settle_with_copy(charge.id, actor=actor, comment=comment)
        elif settled_as == "price":
            settle_with_price(charge.id, amount or 0, actor=actor, comment=comment)
        else:
            waive(charge.id, actor=actor, comment=comment or SETTLEMENTS["waived"])


def list_losses(school_year: str) -> list[Loss]:
    """Textbooks lost in a school year, those not made good first, by class and name."""
    query = (
        Loan.select(
            Loan.id, Loan.reader, Reader.full_name, Loan.class_name, Record.title, Record.part, Copy.barcode,
            Copy.accession_number, Copy.price, Record.price.alias("title_price"), Loan.returned_on, Loan.ended_as,
            Charge.settled_as, Charge.settled_amount, Charge.settled_at,
        )
        .join(Copy)
        .join(Record)
        .switch(Loan)
        .join(Reader, pw.JOIN.LEFT_OUTER)
        .switch(Loan)
        .join(Charge, pw.JOIN.LEFT_OUTER, on=(Charge.loan == Loan.id) & (Charge.kind == "lost"))
        .where(
            Loan.school_year == school_year,
            Loan.material == Material.TEXTBOOK.value,
            Loan.ended_as.in_(("lost", "replaced")),
        )
        .order_by(Loan.ended_as, Loan.class_name, Reader.sort_key, Loan.id)
    )  # fmt: skip
    return [
        Loss(
            loan_id=row["id"], reader_id=row["reader"], reader_name=row["full_name"] or "Đã ẩn danh",
            class_name=row["class_name"] or "", title=shown_title(row["title"], row["part"]), barcode=row["barcode"],
            accession_number=row["accession_number"], price=row["price"] or row["title_price"],
            lost_on=row["returned_on"],
            settled_as=None if row["ended_as"] == "lost" else (row["settled_as"] or "other"),
            settled_amount=row["settled_amount"],
            settled_on=local_date(row["settled_at"]) if row["settled_at"] else None,
        )
        for row in dicts_of(query)
    ]  # fmt: skip
